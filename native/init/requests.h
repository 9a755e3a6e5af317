/* What the brain asks for, frame by frame. */
#ifndef LEGATO_REQUESTS_H
#define LEGATO_REQUESTS_H

#include "generations.h"

/* Reads the link and does all that is asked there. */
void requests_read(void);

/* The generation's shim has ended: init does, or answers, what it was told and has not answered. */
void requests_take_over(struct generation *generation);

#endif
