// Functions and lines to stop at, and nothing else: for measuring what a debugger costs.
//
// stops [TURNS] [LEVELS]: calls `leaf` LEVELS deep, then once in each turn of a loop. Nothing is
// optimized, so that each line has code and each function a prologue to set breakpoints after.

#include <stdlib.h>

#define PLAIN __attribute__((noinline, optnone))

static int total;

PLAIN static int leaf(int i) {
  total += i;
  return total;
}

PLAIN static int deep(int levels) {
  if (levels <= 1)
    return leaf(levels);
  return deep(levels - 1) + 1;
}

PLAIN static int turns(int count) {
  int sum = 0;
  for (int i = 0; i < count; i++) {
    sum += i;
    total += sum;
    sum ^= leaf(i);
    total -= i;
  }
  return sum;
}

PLAIN int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 0;
  int levels = argc > 2 ? atoi(argv[2]) : 0;
  if (levels > 0)
    deep(levels);
  turns(count);
  return 0;
}
