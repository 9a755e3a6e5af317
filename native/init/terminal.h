/* The terminal on standard input, from init to the command and back. */
#ifndef LEGATO_TERMINAL_H
#define LEGATO_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

/* tini's way, in the child, in its own process group already: makes that group the foreground one.
 * False where it is refused (said); no terminal at all is as good as done. */
bool terminal_take_foreground(void);

/* Whether our group is the foreground one. False without a terminal. */
bool terminal_is_ours(void);

/* After the end of the command's group: our group is the foreground one again, if it was that group. */
void terminal_take_back(pid_t group);

/* dumb-init's way, in two steps. Ours first: gives the controlling terminal up. True when we led its session: the kernel
 * has then sent HUP and CONT to us (tty_ioctl(4)), which concern nobody. */
bool terminal_give_up(void);

/* Then the child, leader of a new session: makes it the controlling terminal. */
void terminal_adopt(void);

#endif
