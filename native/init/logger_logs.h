/* In a logger: the log files, and the writing into them. */
#ifndef LEGATO_LOGGER_LOGS_H
#define LEGATO_LOGGER_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logger.h"

enum { LOGGER_LOGS_MAX = 8192 };

struct logger_log {
  uint32_t key, epoch, turn;
  bool used, closing;
  bool full;
  bool grown; /* it was full, and nobody gave another file in time */
  int fd;
  int former; /* the file before, as long as the line that began in it has not ended; -1: none */
  size_t former_room;
  uint32_t streams; /* that are poured into it */
  int error;        /* of the writing; 0: it works */
  uint64_t limit, full_since;
  uint64_t lost, told_at;
};

/* Reserves the table's addresses. False with errno. */
bool logger_logs_open(void);

/* The log of an order has the file that it names; a new one is made. 0 or errno: ESTALE it is another file, or none. */
int logger_logs_give(const struct logger_order *order);
/* NULL: there is none. */
struct logger_log *logger_logs_find(uint32_t epoch, uint32_t key);
struct logger_log *logger_logs_at(uint32_t index);
uint32_t logger_logs_index(const struct logger_log *log);

/* It is closed when no stream is poured into it any more. */
void logger_log_close(struct logger_log *log);
void logger_log_leave(struct logger_log *log);
/* The same for all that brains before this one have given. */
void logger_logs_outdate(uint32_t epoch);

/* Bytes in the file; 0 where that cannot be known. */
uint64_t logger_log_size(const struct logger_log *log);
/* Whether the next byte of a file of that size begins a line, whoever wrote the last one; true where that cannot be read. */
bool logger_log_at_line_start(const struct logger_log *log, uint64_t size);
/* What cannot be written is lost, counted and told. */
void logger_log_write(struct logger_log *log, const uint8_t *bytes, size_t count);
/* Says so, and waits for the brain. */
void logger_log_fill(struct logger_log *log);
/* Full logs that have waited long enough, at that many milliseconds, grow. */
void logger_logs_grow(uint64_t now);
/* When the next one has waited long enough, in milliseconds. */
uint64_t logger_logs_patience(void);

#endif
