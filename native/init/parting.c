#define _GNU_SOURCE
#include "parting.h"

#include <sys/ioctl.h>

#include "brain.h"
#include "clock.h"
#include "loggers.h"

enum { HELD_MS = 1000 };

static uint32_t rounds;
static uint32_t held; /* generations whose end is not told yet */

/* Streams of the brain's in which something waits: bit 0 stdout, bit 1 stderr. */
static uint8_t unread(const struct generation *generation) {
  uint8_t bits = 0;
  for (int stream = STREAM_STDOUT; stream <= STREAM_STDERR; stream++) {
    int waiting = 0;
    if (generation->stream[stream] == -1 || generation->logger[stream]) continue;
    if (ioctl(generation->stream[stream], FIONREAD, &waiting) == 0 && waiting > 0) bits |= (uint8_t)(1 << (stream - STREAM_STDOUT));
  }
  return bits;
}

static void tell_exited(const struct generation *generation, const struct usage *usage) {
  uint8_t out[WIRE_REPORT_MAX];
  brain_tell(out, wire_exited(out, &(struct exited_report){generation->key, generation->status, usage->user_us, usage->system_us, usage->maxrss_kb,
                                                           unread(generation)}));
}

static void tell_emptied(const struct generation *generation, uint32_t orphans) {
  uint8_t out[WIRE_REPORT_MAX];
  brain_tell(out, wire_empty(out, generation->key, orphans, unread(generation)));
}

static bool is_held(const struct parting *parting) { return parting->exited || parting->empty; }

static void release(struct generation *generation) {
  struct parting *parting = &generation->parting;
  if (!is_held(parting)) return;
  if (parting->exited) tell_exited(generation, &parting->usage);
  if (parting->empty) tell_emptied(generation, parting->orphans);
  *parting = (struct parting){.exited = false};
  held--;
}

/* Asks every logger that has a stream of it; false: there is none that can be asked. */
static bool flush(struct generation *generation) {
  struct parting *parting = &generation->parting;
  const struct logger_order order = {.kind = LOGGER_FLUSH, .id = ++rounds, .epoch = brain_epoch(), .generation = generation->key};
  uint32_t asked = 0;
  parting->asked = 0;
  parting->round = rounds;
  parting->covers_empty = parting->empty;
  for (int stream = STREAM_STDOUT; stream <= STREAM_STDERR; stream++) {
    const uint8_t logger = generation->logger[stream];
    if (!logger || asked & 1u << logger) continue;
    asked |= 1u << logger;
    if (loggers_tell((uint8_t)(logger - 1), &order, -1) == 0) parting->asked++;
  }
  return parting->asked > 0;
}

static bool is_poured(const struct generation *generation) { return generation->logger[STREAM_STDOUT] || generation->logger[STREAM_STDERR]; }

static void hold(struct generation *generation) {
  generation->parting.until = now_ms() + HELD_MS;
  held++;
  if (!flush(generation)) release(generation);
}

void parting_exited(struct generation *generation, const struct usage *usage) {
  if (!is_poured(generation)) {
    tell_exited(generation, usage);
    return;
  }
  generation->parting = (struct parting){.exited = true, .usage = *usage};
  hold(generation);
}

void parting_emptied(struct generation *generation, uint32_t orphans, bool at_once) {
  struct parting *parting = &generation->parting;
  const bool waits = is_held(parting);
  if (!waits && !is_poured(generation)) {
    tell_emptied(generation, orphans);
    return;
  }
  parting->empty = true;
  parting->orphans = orphans;
  if (!waits)
    hold(generation);
  else if (at_once)
    parting->covers_empty = true;
}

void parting_flushed(struct generation *generation, uint32_t round) {
  struct parting *parting = &generation->parting;
  if (!is_held(parting) || parting->round != round || --parting->asked) return;
  if (!parting->empty || parting->covers_empty) {
    release(generation);
    return;
  }
  /* The rest has written on after the main process. */
  if (parting->exited) tell_exited(generation, &parting->usage);
  parting->exited = false;
  if (!flush(generation)) release(generation);
}

void parting_unheld(struct generation *generation) { release(generation); }

void parting_forget(struct generation *generation) {
  if (is_held(&generation->parting)) held--;
  generation->parting = (struct parting){.exited = false};
}

uint64_t parting_deadline(void) {
  uint64_t first = NEVER;
  for (uint32_t i = 0; held && i < generations_end(); i++) {
    const struct generation *generation = generations_at(i);
    if (generation && is_held(&generation->parting) && generation->parting.until < first) first = generation->parting.until;
  }
  return first;
}

void parting_tick(uint64_t now) {
  for (uint32_t i = 0; held && i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (generation && is_held(&generation->parting) && generation->parting.until <= now) release(generation);
  }
}

void parting_save(void) { state_put(rounds, 4); }

void parting_load(struct state_record *record) { rounds = (uint32_t)state_take(record, 4); }
