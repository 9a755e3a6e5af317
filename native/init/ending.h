/* The end of everything below init: TERM, a grace, KILL, and out. */
#ifndef LEGATO_ENDING_H
#define LEGATO_ENDING_H

#include <stdbool.h>
#include <stdint.h>

void ending_begin(uint8_t code, uint32_t grace_ms);
bool ending_is_on(void);

/* Exits without leaving the name of a socket behind. */
_Noreturn void ending_leave(int code);

/* Takes the next step when its time has come; exits as soon as nothing is left. */
uint64_t ending_deadline(void);
void ending_tick(uint64_t now);

#endif
