#ifndef LEGATO_STANDALONE_END_H
#define LEGATO_STANDALONE_END_H

/* Gives everything left below init TERM and CONT, as PID 1 also those who entered its namespace from outside, and waits until
 * nothing is left or `grace_ms` are over. Who is left then is killed: of PID 1 by the kernel, when it exits. */
void standalone_end_rest(unsigned grace_ms);

#endif
