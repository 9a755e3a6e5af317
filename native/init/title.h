#ifndef LEGATO_TITLE_H
#define LEGATO_TITLE_H

#include <stddef.h>

/* Remembers where ps reads the command line: the arguments and, right behind them, the environment. */
void title_find_room(char **argv, char **environment);

/* Shows `legato: TEXT` as the command line, cut where the room ends. Destroys argv and the environment. */
void title_set(const char *text, size_t length);

#endif
