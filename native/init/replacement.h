/* Another program in the brain's place, as an upgrade wants it: the brain asks, and ends; the other one starts, and is on trial until it
 * says that it has settled. One that ends before, or takes too long, makes room for the former program again. */
#ifndef LEGATO_REPLACEMENT_H
#define LEGATO_REPLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"
#include "wire.h"

/* What a command may have, in words and in bytes with a NUL behind each. */
enum { REPLACEMENT_WORDS_MAX = 512, REPLACEMENT_BYTES_MAX = 128 << 10 };

/* Takes note of the commands, and of the other image of init where one is wanted, which is asked whether it can go on. Answers 0, and the brain is to
 * end now (it is given a moment); else an errno, and nothing has changed: EBUSY one is under way already, EINVAL a command without words, E2BIG; or, with
 * a text in `why` (RESUME_WHY_MAX bytes), ENOEXEC. */
int replacement_ask(const struct replace_request *request, char *why);

/* The brain has ended, with this wait status. True: the next one, whose command is settled by this, is to be started at once. Where another
 * image of init was wanted it does not return. */
bool replacement_brain_ended(int status);

/* The brain goes on, or has heard how its replacement failed. */
void replacement_settled(void);

/* What the brain that greets is told; false: nothing. */
bool replacement_report(uint8_t *outcome, int32_t *code);

/* A record of the state. False: it is none that can be. */
void replacement_save(void);
bool replacement_load(struct state_record *record);
/* This image was put in the place of another one, `image` (-1: none to go back to); or, `back`, has come back from one that could not go on. */
void replacement_resume(int image, bool back);

/* When replacement_tick has something to do. */
uint64_t replacement_deadline(void);
/* Ends a brain that was to end and has not, and one that does not settle. */
void replacement_tick(uint64_t now);

#endif
