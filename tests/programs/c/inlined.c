// A function that traps and is inlined into another.
static inline __attribute__((always_inline)) int check(int n) {
  if (n > 2)
    __builtin_trap();
  return n;
}
__attribute__((noinline)) int fall(int n) { return check(n + 1) * 2; }
int main(int argc, char **argv) { return fall(argc + 4); }
