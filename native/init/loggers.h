/* init's end of the loggers: one for each file system that logs lie on, as the brain counts them, so that a slow disk holds up its own logs alone.
 * What they know is not kept here: after the end of one the brain tells its successor everything anew. */
#ifndef LEGATO_LOGGERS_H
#define LEGATO_LOGGERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "generations.h"
#include "logger.h"
#include "state.h"

enum { LOGGERS_MAX = 8 };

/* Tells a logger; the first log makes it. `fd` goes along, -1: none. 0 or errno: EAGAIN it is behind, ESRCH there is none. */
int loggers_tell(uint8_t logger, const struct logger_order *order, int fd);

/* A stream goes into a log from now on. 0 or errno; the answer to the brain follows. */
int loggers_pour(struct generation *generation, uint8_t stream, uint8_t logger, struct logger_order *order);
/* A stream is the brain's again, or (without an id) nobody's. */
int loggers_return(struct generation *generation, uint8_t stream, uint32_t id);

/* Reads what one has said. */
void loggers_hear(uint32_t logger);

/* Whether a child of init is one of them. */
bool loggers_own(pid_t pid);
/* A child of init was reaped. False when it was none of them. */
bool loggers_reaped(pid_t pid);

/* They end as soon as everything is written. */
void loggers_dismiss(void);

/* Records of the state; false: it is none that can be. */
void loggers_save(void);
bool logger_load(struct state_record *record);
/* In a new image: they are heard again. False with errno. */
bool loggers_rearm(void);

#endif
