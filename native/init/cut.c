#define _GNU_SOURCE
#include "cut.h"

#include <string.h>

static struct cut whole(size_t count) { return (struct cut){count, false}; }

struct cut cut_next(const uint8_t *bytes, size_t count, uint64_t size, bool at_line_start, uint64_t limit) {
  const uint64_t room = limit > size ? limit - size : 0;
  if (count < room) return whole(count);
  const uint8_t *last = room ? memrchr(bytes, '\n', (size_t)room) : NULL;
  if (last) return (struct cut){(size_t)(last - bytes) + 1, true};
  if (at_line_start && size > 0) return (struct cut){0, true};
  const uint64_t farthest = 2 * limit > size ? 2 * limit - size : 0;
  const uint8_t *next = room < count ? memchr(bytes + room, '\n', count - (size_t)room) : NULL;
  if (next && (uint64_t)(next - bytes) < (farthest ? farthest : limit)) return (struct cut){(size_t)(next - bytes) + 1, true};
  return count < farthest ? whole(count) : (struct cut){(size_t)farthest, true};
}
