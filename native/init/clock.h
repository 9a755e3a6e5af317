#ifndef LEGATO_CLOCK_H
#define LEGATO_CLOCK_H

#include <stdint.h>
#include <time.h>

/* A deadline that never comes. */
#define NEVER UINT64_MAX

/* CLOCK_MONOTONIC in milliseconds. */
static inline uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The same in microseconds. */
static inline uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What poll(2) and epoll_wait(2) are to be given so that they return when `deadline` has come; -1: for ever. */
static inline int wait_until(uint64_t deadline) {
  if (deadline == NEVER) return -1;
  uint64_t now = now_ms();
  if (deadline <= now) return 0;
  return deadline - now > 1000000 ? 1000000 : (int)(deadline - now);
}

#endif
