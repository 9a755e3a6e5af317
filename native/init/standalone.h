/* legato-init without a brain: a container's init that runs one command, passes signals on to it, reaps whatever is
 * left to it, and ends with the command's exit code. */
#ifndef LEGATO_STANDALONE_H
#define LEGATO_STANDALONE_H

/* Answers the exit code: the command's own, 128+n when signal n ended it, 127 not found, 126 not executable, 125 legato-init
 * itself failed. Called as tini, tini-static or docker-init it is tini, called as dumb-init it is dumb-init: their options,
 * environment variables, messages and exit codes (tini 1 and dumb-init 1 for wrong usage, dumb-init 2 for a failed exec). */
int standalone_main(int argc, char **argv);

#endif
