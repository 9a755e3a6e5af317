#pragma once

/* A file in memory for the brain (memfd_create(2)): init keeps it, its owner alone may open it through /proc,
 * and its number is out of the way of those that a brain knows. -1 with errno set: there is none. */
int memory_file(const char *name);
