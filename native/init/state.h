/* What init holds, as bytes in a file in memory that another image of it can read: docs/upgrade.md, "The state of init".
 * Records, each with a tag and a length: a reader skips a tag that it does not know (unless it is marked as needed) and what a record has
 * behind the fields that it knows; what a record is too short for is zero. */
#ifndef LEGATO_STATE_H
#define LEGATO_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

enum { STATE_VERSION = 1, STATE_NEEDED = 0x8000 };

enum state_tag {
  STATE_END,
  STATE_SELF,
  STATE_FILES,
  STATE_BRAIN,
  STATE_REPLACEMENT,
  STATE_STRANGERS,
  STATE_WATCHDOG,
  STATE_MEMO,
  STATE_SOCKET,
  STATE_GENERATION,
  STATE_MEMBER,
  STATE_LOGGER,
};

/* What becomes of the descriptors that are named while it is written: nothing; execve(2) shall leave them open; execve(2) shall close them, as
 * always. */
enum state_descriptors { STATE_LEAVE, STATE_HAND_ON, STATE_KEEP };

/* Begins to write into a fresh file. False with errno. `state_write_end` gives its descriptor, sealed, or -1 with errno. */
bool state_write_begin(enum state_descriptors descriptors);
int state_write_end(void);

/* One record: begun, its fields in their order, ended. */
void state_begin(enum state_tag tag);
void state_put(uint64_t value, int bytes);
void state_put_text(struct text text);
/* As they are, without their length. */
void state_put_bytes(struct text bytes);
/* Number and one; 0: there is none (-1). */
void state_put_fd(int fd);
/* An instant, of which there may be none (NEVER): 0. */
void state_put_time(uint64_t at);
void state_end(void);

struct state_record {
  uint16_t tag; /* without STATE_NEEDED */
  bool needed;
  const uint8_t *at;
  uint32_t left;
  bool broken; /* a text in it does not end */
};

/* Maps the file and looks whether it is whole. Answers NULL, or what is wrong with it. */
const char *state_read_begin(int fd);
/* The next record; false: that was the last one. */
bool state_next(struct state_record *record);
void state_read_end(void);

uint64_t state_take(struct state_record *record, int bytes);
struct text state_take_text(struct state_record *record);
int state_take_fd(struct state_record *record);
uint64_t state_take_time(struct state_record *record);

#endif
