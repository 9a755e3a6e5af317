/* What the brain keeps here for the one after it: bytes under a key, whose meaning only a brain knows. */
#ifndef LEGATO_MEMOS_H
#define LEGATO_MEMOS_H

#include <stdbool.h>

#include "wire.h"

/* All of them together fit what init may owe a brain (LINK_OUTPUT_MAX), beside the rest of a snapshot. */
enum { MEMO_MAX = 64 << 10, MEMOS_MAX = 3 << 20 };

/* Reserves the addresses of the table; memory is taken as it is used. False with errno. */
bool memos_open(void);
/* For a forked child that has no use for it. */
void memos_forget(void);

/* In the place of the one with this key; an empty text removes that. Answers 0, EMSGSIZE or ENOSPC: then nothing has changed. */
int memos_keep(const struct memo *memo);

/* The n-th one as the payload of a frame, valid until the next memos_keep; false when there are not so many. */
bool memos_next(size_t *at, struct text *payload);

#endif
