#ifndef LEGATO_USAGE_H
#define LEGATO_USAGE_H

#include <sys/resource.h>

#include "channel.h"

static inline uint64_t micros(struct timeval time) { return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec; }

/* What wait4(2) tells about a process that has ended. */
static inline struct usage usage_of(const struct rusage *usage) {
  return (struct usage){micros(usage->ru_utime), micros(usage->ru_stime), (uint64_t)usage->ru_maxrss};
}

#endif
