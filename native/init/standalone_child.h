#ifndef LEGATO_STANDALONE_CHILD_H
#define LEGATO_STANDALONE_CHILD_H

#include "standalone_options.h"
#include "standalone_signals.h"

/* From fork to exec: its place, its terminal, its signals, its program. */
_Noreturn void standalone_child(const struct standalone_options *options, const struct inherited_signals *found);

#endif
