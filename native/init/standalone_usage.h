/* What standalone mode prints when it is asked about itself. */
#ifndef LEGATO_STANDALONE_USAGE_H
#define LEGATO_STANDALONE_USAGE_H

#include "standalone_options.h"

enum text {
  TEXT_LEGATO_HELP,
  TEXT_LEGATO_HINT,
  TEXT_TINI_HELP,
  TEXT_DUMB_INIT_HELP,
  TEXT_DUMB_INIT_HINT,
  TEXT_DUMB_INIT_REWRITE,
  TEXT_LICENSE,
};

/* Both answer 0, the exit code of a question answered. dumb-init answers on standard error, as the original does. */
int standalone_help(enum personality personality);
int standalone_version(enum personality personality);

/* Answers 0. */
int standalone_print(int fd, enum text text);

#endif
