/* In a logger: what it says to init. */
#ifndef LEGATO_LOGGER_VOICE_H
#define LEGATO_LOGGER_VOICE_H

#include "logger.h"

void logger_say(const struct logger_word *word);

#endif
