/* What standalone mode says while it runs, in the words of whoever it stands in for: scripts and tests read them. */
#ifndef LEGATO_STANDALONE_VOICE_H
#define LEGATO_STANDALONE_VOICE_H

#include "standalone_options.h"

/* tini's. Said when the verbosity is at least the level. */
enum level { LEVEL_FATAL, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG, LEVEL_TRACE };

void voice_set(enum personality personality, int verbosity);

/* One line in tini's form: `[WARN  tini (1)] …`, FATAL and WARN on standard error, the others on standard output.
 * Under our own name with that name in it, all on standard error; under dumb-init's name nothing. */
__attribute__((format(printf, 2, 3))) void voice_tini(enum level level, const char *format, ...);

/* One line on standard error in dumb-init's form, `[dumb-init] …`: under its name, and only where it is verbose. */
__attribute__((format(printf, 1, 2))) void voice_dumb_init(const char *format, ...);

/* The same, verbose or not. */
__attribute__((format(printf, 1, 2))) void voice_dumb_init_error(const char *format, ...);

#endif
