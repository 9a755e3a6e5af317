/* In a logger: the pipes, and when they are looked at. */
#ifndef LEGATO_LOGGER_STREAMS_H
#define LEGATO_LOGGER_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "logger.h"
#include "logger_logs.h"

enum { LOGGER_STREAMS_MAX = 8192 };

/* Reserves the tables, and what peeking into a pipe needs; `poller` is the epoll instance by which streams are watched under their index.
 * False with errno. */
bool logger_streams_open(int poller);

/* Owns `fd` from now on, whatever it answers: 0 or errno. Its result is told when what is in the pipe is in the log. */
int logger_streams_pour(const struct logger_order *order, int fd, struct logger_log *log);
/* What is there is moved once more, where the log takes it. */
void logger_streams_return(uint32_t generation, uint32_t stream);
void logger_streams_flush(const struct logger_order *order);

/* There is something to read in one that was watched. */
void logger_streams_wake(uint32_t index);
/* Those whose log is not full any more go on. */
void logger_streams_resume(void);
/* Looks at those whose time has come; answers when the next one's has, in microseconds; ~0: none. */
uint64_t logger_streams_look(uint64_t now_us);
bool logger_streams_any(void);

#endif
