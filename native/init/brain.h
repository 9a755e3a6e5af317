/* The brain as a process: started, started again, replaced. What it says is in requests.h. */
#ifndef LEGATO_BRAIN_H
#define LEGATO_BRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "state.h"
#include "wire.h"

/* `command` is the program and its arguments, NULL at the end; `nofile` the limit it is given. */
void brain_configure(char **command, const struct rlimit *nofile);

/* From its next start on it is this program. */
void brain_command(char **command);
char **brain_words(void);

/* Forks and connects it. False when that is impossible now (said on standard error). */
bool brain_start(void);

/* Its pid, 0 while there is none. */
pid_t brain_pid(void);

/* To the brain, where there is one. */
void brain_signal(int signal);

/* Counts the brains: an answer meant for an earlier one is not given to its successor. */
uint32_t brain_epoch(void);

/* The brain serves: whoever waits for that is told, and from now on its end is no mistake of whoever started it. */
void brain_settle(void);

/* It has said hello in our version: from now on it is told what happens. */
void brain_greet(void);
bool brain_is_greeted(void);

/* Sends a report or an answer to a brain that has said hello; nothing otherwise. */
void brain_tell(const uint8_t *frame, size_t length);

/* A signal for init: `received` where there is a brain to hear it; one that asks for the end is told to every later brain as well. */
void brain_receive(uint8_t signal);

/* Its pid is not its own any more; what it has said can still be read. */
void brain_reaped(void);

/* It was reaped, and its link is read to the end. Ends init where there is nothing to go on for, else arranges for the next brain. */
void brain_ended(int status);

/* The same when init itself is ending: there will be no other. */
void brain_forget(void);

/* Ends the brain without a successor (yet): SIGKILL, waited for. */
void brain_remove(void);

/* How the brain before this one ended; false: there was none, or init itself has ended it. */
bool brain_former(int *status, bool *hung);

/* When brain_tick has something to do. */
uint64_t brain_deadline(void);
/* Starts the next brain when its time has come; ends one that has lost its link. */
void brain_tick(uint64_t now);

/* A record of the state, when there is no brain. */
void brain_save(void);
void brain_load(struct state_record *record);

/* In a new image: there is none, and one is to be started. */
void brain_resume(void);

#endif
