/* The table of generations: what must outlive the brain. */
#ifndef LEGATO_GENERATIONS_H
#define LEGATO_GENERATIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel.h"
#include "notify.h"
#include "page.h"
#include "wire.h"

enum { GENERATIONS_MAX = 4096, COMMANDS_MAX = 8 };

/* Phases of a shim's work; `life` says what the brain sees of a KNOWN one. */
enum phase {
  PHASE_FREE,
  PHASE_SPAWNING, /* forked, exec not yet reported */
  PHASE_KNOWN,
  PHASE_RETIRED, /* released, or never begun: the entry only waits for the end of its shim and has no key any more */
};

/* What the brain has not been told yet, see parting.h. */
struct parting {
  bool exited, empty;
  bool covers_empty; /* the loggers were asked when nothing was left */
  uint32_t asked, round;
  uint32_t orphans;
  uint64_t until;
  struct usage usage;
};

struct generation {
  uint32_t key;
  uint8_t phase;
  uint8_t life;
  bool lost; /* its shim was killed: init is the parent */
  uint8_t title_length;
  char title[WIRE_TITLE_MAX];
  uint32_t request; /* id of the spawn; 0 when the brain that asked is gone */
  pid_t shim, main; /* 0: gone */
  pid_t group;      /* the main process' own, also after its end */
  pid_t session;    /* the shim's, likewise */
  uid_t uid;        /* its first user */
  int32_t status;
  uint32_t orphans; /* reaped by init itself, of a lost generation */
  uint64_t started_ms, ended_ms;
  uint64_t sweep_at; /* of a lost generation that is being killed */
  int channel;       /* to the shim; -1 */
  uint8_t commands;  /* told to the shim and not yet answered */
  struct shim_command command[COMMANDS_MAX];
  int stream[STREAM_COUNT];
  bool watched[STREAM_COUNT]; /* armed for one `readable` */
  uint8_t logger[STREAM_COUNT]; /* whoever reads it, plus one; 0: the brain */
  struct parting parting;
  int actor; /* pidfd of a process whose end is told; -1 */
  uint32_t actor_pid;
  struct notify notify;
  struct page page;
};

/* Reserves the table's addresses; memory is taken as entries are used. False with errno. */
bool generations_open(void);
/* For a forked child that has no use for the table. */
void generations_forget(void);

/* A fresh entry in PHASE_SPAWNING without descriptors, or NULL: GENERATIONS_MAX are there. */
struct generation *generations_add(uint32_t key);
/* Closes what is open; the entry is free as soon as its shim is reaped. */
void generations_retire(struct generation *generation);
/* The same at once. */
void generations_remove(struct generation *generation);

struct generation *generations_find(uint32_t key);
struct generation *generations_at(uint32_t index);
uint32_t generations_index(const struct generation *generation);
/* Indexes below this may be in use. */
uint32_t generations_end(void);
/* SPAWNING or KNOWN ones: those that bar `become` and keep init going without a brain. */
uint32_t generations_count(void);

void generation_close_stream(struct generation *generation, int stream);
/* None of its streams, nor what it says of itself, is watched until it is asked for again. */
void generation_unwatch(struct generation *generation);
void generation_close_channel(struct generation *generation);
struct generation_report generation_report(const struct generation *generation);

#endif
