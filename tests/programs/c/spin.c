// An endless loop, for Ctrl-C: only a debugger that writes to memory can end it.
//
// spin: prints "spinning" and loops until `going` is 0; then prints "stopped" and exits with 4.

#include <stdio.h>

volatile int going = 1;
volatile unsigned turns = 0;

__attribute__((noinline)) static void spin(void) {
  puts("spinning");
  fflush(stdout);
  while (going)
    turns++;
}

int main(void) {
  spin();
  puts("stopped");
  return 4;
}
