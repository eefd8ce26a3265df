// Functions, recursion, an array and an exit code, in C, for names and lines of another compiler.
//
// primes [LIMIT]: prints the primes below LIMIT (at most 100; 30 if it is not given) and how many
// there are, which is also the exit code.

#include <stdio.h>
#include <stdlib.h>

#define MOST 100

static char composite[MOST];

// Marks the multiples of a number, from `multiple` on.
__attribute__((noinline)) static void mark(int step, int multiple, int limit) {
  if (multiple >= limit)
    return;
  composite[multiple] = 1;
  mark(step, multiple + step, limit);
}

// Finds the primes below the limit and counts them.
__attribute__((noinline)) static int sieve(int limit, int *primes) {
  int count = 0;
  for (int number = 2; number < limit; number++) {
    if (composite[number])
      continue;
    primes[count++] = number;
    mark(number, 2 * number, limit);
  }
  return count;
}

// The sum, from both ends inwards.
__attribute__((noinline)) static int sum(const int *numbers, int count) {
  if (count == 0)
    return 0;
  if (count == 1)
    return numbers[0];
  return numbers[0] + sum(numbers + 1, count - 2) + numbers[count - 1];
}

int main(int argc, char **argv) {
  int limit = argc > 1 ? atoi(argv[1]) : 30;
  if (limit < 0 || limit > MOST) {
    fprintf(stderr, "primes: the limit has to be from 0 to %d\n", MOST);
    return 255;
  }
  int primes[MOST];
  int count = sieve(limit, primes);
  for (int index = 0; index < count; index++)
    printf("%d ", primes[index]);
  printf("\n%d primes below %d, %d in all\n", count, limit, sum(primes, count));
  return count;
}
