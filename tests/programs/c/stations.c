// One of everything that users of a C debugger look at: functions, recursion, a struct, an array,
// globals, a loop, and a function that is inlined into its caller.
//
// stations: prints how many people the train has carried, and exits with 0.

#include <stdio.h>

struct station {
  const char *name;
  int boarding;
  int leaving;
  double minutes;
};

static struct station line[4] = {
    {"Alder", 7, 0, 0.0},
    {"Birch", 5, 2, 4.5},
    {"Cedar", 3, 6, 9.25},
    {"Dogwood", 0, 7, 14.0},
};

int aboard = 0;
int most = 0;
long long total = 0;

// Takes the larger one of two numbers.
__attribute__((always_inline)) static inline int larger(int left, int right) {
  int result = left;
  if (right > left)
    result = right;
  return result;
}

// The factorial, for a deep stack.
__attribute__((noinline)) long long factorial(int number) {
  if (number <= 1)
    return 1;
  return number * factorial(number - 1);
}

// Lets people on and off.
__attribute__((noinline)) int visit(struct station *station, int index) {
  int before = aboard;
  aboard -= station->leaving;
  aboard += station->boarding;
  most = larger(most, aboard);
  total += station->boarding;
  return aboard - before + index * 0;
}

// Rides from the first station to the last one.
__attribute__((noinline)) int ride(void) {
  int changes[4] = {0, 0, 0, 0};
  int sum = 0;
  for (int index = 0; index < 4; index++) {
    changes[index] = visit(&line[index], index);
    sum += changes[index];
  }
  return sum;
}

int main(void) {
  int left = ride();
  long long ways = factorial(5);
  printf("aboard %d, most %d, total %lld, ways %lld\n", left, most, total, ways);
  return 0;
}
