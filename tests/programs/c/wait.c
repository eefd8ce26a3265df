// Waits for its input, so that a debugger finds the program inside a call of the host.
//
// wait: prints "waiting", reads its input to the end, and exits with the length of the first line.

#include <stdio.h>
#include <string.h>

int main(void) {
  char line[100] = "";
  puts("waiting");
  fflush(stdout);
  fgets(line, sizeof line, stdin);
  int length = (int)strcspn(line, "\n");
  while (fgets(line, sizeof line, stdin))
    ;
  return length;
}
