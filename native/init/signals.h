/* The names of signal(7). */
#ifndef LEGATO_SIGNALS_H
#define LEGATO_SIGNALS_H

/* Signals that have names of their own are 1 to 31 on Linux; those above are real-time signals. */
enum { SIGNAL_LAST = 31 };

/* The number that `SIGTERM`, `TERM` or `15` stands for; -1: there is no such signal. */
int signal_number(const char *text);

#endif
