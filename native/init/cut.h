/* Where a log that is rotated at a size ends: the rule of src/os/rotation.ts, held to it by native/test/cut_test.c. */
#ifndef LEGATO_CUT_H
#define LEGATO_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cut {
  size_t end;  /* so many of the bytes go into the file */
  bool full;   /* and then it is full */
};

/* `count` bytes are on their way into a file that has `size` bytes and is full at `limit` (not 0). A file ends with the last line that fits;
 * a line that began in it (`at_line_start` is false) is ended in it, unless that made it twice as large as it may be; in one that is that large already,
 * because it grew while nobody rotated it, as far as the end is among the bytes. */
struct cut cut_next(const uint8_t *bytes, size_t count, uint64_t size, bool at_line_start, uint64_t limit);

#endif
