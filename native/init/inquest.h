/* What can be seen from outside of a process that does nothing any more. */
#ifndef LEGATO_INQUEST_H
#define LEGATO_INQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether a debugger holds it: then it is no wonder that it does not answer. */
bool inquest_traced(pid_t pid);

/* Its state in a letter (R, S, D, …: proc_pid_status(5)); 0: that cannot be read. */
char inquest_state(pid_t pid);

/* One line, without its end: its state, the system call it is in and the file that call is about. Cut at `room`. */
void inquest_describe(pid_t pid, char *out, size_t room);

#endif
