/* Where a log ends: native/init/cut.c against the rule of src/os/rotation.ts. */
#include <stdio.h>
#include <string.h>

#include "../init/cut.h"

static const struct {
  const char *name, *bytes;
  uint64_t size;
  bool at_line_start;
  uint64_t limit;
  size_t end;
  bool full;
} cases[] = {
    {"what fits goes in whole", "ab\ncd\n", 0, true, 10, 6, false},
    {"what fits to the last byte leaves no room", "ab\ncd\n", 0, true, 6, 6, true},
    {"the last line that fits ends the file", "ab\ncd\nef\n", 0, true, 8, 6, true},
    {"a line that begins where the room ends goes into the next file", "abc\n", 6, true, 8, 0, true},
    {"a line that began in the file is ended in it", "abc\nde\n", 6, false, 8, 4, true},
    {"a line too long for an empty file goes on", "abcdef", 0, true, 4, 6, false},
    {"and is ended where that does not make it twice too large", "abcdef\ng", 0, true, 4, 7, true},
    {"and is cut where it would", "abcdefghij", 0, true, 4, 8, true},
    {"a file that is too large already takes no more", "abc\n", 20, true, 8, 0, true},
    {"but the end of its line", "abc\nde\n", 20, false, 8, 4, true},
    {"unless that is not at hand", "abc", 20, false, 8, 0, true},
    {"or too long", "abcdefgh\n", 20, false, 8, 0, true},
    {"a full file ends a line", "c\nde\n", 8, false, 8, 2, true},
    {"a piece without an end of line that fits", "abc", 0, true, 4, 3, false},
    {"a newline alone", "\n", 7, false, 8, 1, true},
};

int main(void) {
  int passed = 0, failed = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct cut cut = cut_next((const uint8_t *)cases[i].bytes, strlen(cases[i].bytes), cases[i].size, cases[i].at_line_start, cases[i].limit);
    bool good = cut.end == cases[i].end && cut.full == cases[i].full;
    if (good) {
      passed++;
      printf("ok cut: %s\n", cases[i].name);
    } else {
      failed++;
      printf("FAILED cut: %s: end %zu, full %d\n", cases[i].name, cut.end, cut.full);
    }
  }
  printf("cut: %d passed, %d failed\n", passed, failed);
  return failed != 0;
}
