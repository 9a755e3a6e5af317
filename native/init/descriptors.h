/* Who holds which descriptor: what is not meant for a child is closed before it runs. */
#ifndef LEGATO_DESCRIPTORS_H
#define LEGATO_DESCRIPTORS_H

#include <stddef.h>

/* Opens /dev/null on those of 0, 1 and 2 that are closed, so that no pipe ever gets one of these numbers. */
void descriptors_fill_stdio(void);

/* Closes every descriptor above 2 that is not among `keep` (which is sorted in place). */
void descriptors_close_others(int *keep, size_t count);

#endif
