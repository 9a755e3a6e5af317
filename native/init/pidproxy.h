/* Supervisor's pidproxy: runs a command that keeps a pidfile, and passes signals on to whoever stands there. */
#ifndef LEGATO_PIDPROXY_H
#define LEGATO_PIDPROXY_H

/* `arguments`: the pidfile, the command, its arguments. Answers the exit code: 0 when the command has ended, or when TERM, INT
 * or QUIT was passed on and the process it was for has ended (Supervisor's does not wait for that); 1 for wrong usage. */
int pidproxy_main(int count, char **arguments);

#endif
