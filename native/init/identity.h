/* User, group and supplementary groups, as one step with a name for what failed. */
#ifndef LEGATO_IDENTITY_H
#define LEGATO_IDENTITY_H

#include "wire.h"

enum identity_step { IDENTITY_TAKEN, IDENTITY_GROUPS, IDENTITY_GID, IDENTITY_UID };

/* IDENTITY_TAKEN, or the step that failed (errno says why). Irreversible, and half done when it fails. */
enum identity_step identity_take(const struct identity *identity);

/* The errno with which this process would fail to take it, found out in a child; 0: it would succeed. */
int identity_try(const struct identity *identity);

#endif
