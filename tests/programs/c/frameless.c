// Functions that keep nothing in memory. Compiled with optimization they have no frame, and LLDB 22
// takes the declarations of their locals for their beginning.

volatile int kept;

__attribute__((noinline)) void keep(int value) {
  kept = value;
}

__attribute__((noinline)) int sum(int left, int right) {
  return left + right;
}

int main(int argc, char **argv) {
  (void)argv;
  keep(sum(argc, 4));
  keep(sum(argc, 41));
  return kept;
}
