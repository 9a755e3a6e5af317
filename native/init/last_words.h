/* What a brain writes on its standard error stream besides what it says to the user: the last words of one that crashes,
 * the stack of one that hangs. Kept in a file in memory for its successor's log. */
#ifndef LEGATO_LAST_WORDS_H
#define LEGATO_LAST_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

/* What is told of one brain: the end of what it wrote. */
enum { LAST_WORDS_MAX = 16384 };

/* Empty files for two brains, the one that lives and the one before it. Without memory brains keep init's standard error. */
void last_words_make(void);

/* Before a brain is started: what the one before the last has said is forgotten. */
void last_words_turn(void);

/* In the child that becomes the brain: standard error is the file, `number` what it was. False with errno. */
bool last_words_hand(int number);

/* Adds to what the living brain has said. */
__attribute__((format(printf, 1, 2))) void last_words_note(const char *format, ...);

/* Copies what the last brain has said to init's standard error. */
void last_words_show(void);

/* Fields of a record of the state. */
void last_words_save(void);
void last_words_load(struct state_record *record);

/* The end of what the former brain has said, in at most LAST_WORDS_MAX bytes; without control characters but line ends and tabs. */
size_t last_words_read(uint8_t *out);

#endif
