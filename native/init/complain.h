#ifndef LEGATO_COMPLAIN_H
#define LEGATO_COMPLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* One line on standard error, prefixed `legato-init: `; cut at 255 bytes. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* At most PIPE_BUF bytes as they are. false: not written. A terminal that is stopped or a pipe that nobody reads has no room, and is not
 * waited for: init has other things to do. */
bool complain_raw(const char *text, size_t length);

#endif
