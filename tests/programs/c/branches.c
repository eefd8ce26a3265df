// Branches that a debugger has to step over: a switch, and an if whose part is skipped.

int choose(int key) {
  int result = 0;
  switch (key) {
  case 1:
    result = 10;
    break;
  case 2:
    result = 20;
    break;
  default:
    result = 30;
  }
  if (key == 1)
    return 0;
  result++;
  return result;
}

int main(void) { return choose(2) == 21 ? 0 : 1; }
