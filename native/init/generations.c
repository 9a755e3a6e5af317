#define _GNU_SOURCE
#include "generations.h"

#include <sys/mman.h>
#include <unistd.h>

#include "actor.h"
#include "clock.h"
#include "parting.h"
#include "watch.h"

static struct generation *table;
static uint32_t end; /* one past the last entry ever used */

bool generations_open(void) {
  void *room = mmap(NULL, sizeof(struct generation) * GENERATIONS_MAX, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  table = room;
  return true;
}

/* What names the room stays: a word written in a shim costs it a page. */
void generations_forget(void) { munmap(table, sizeof(struct generation) * GENERATIONS_MAX); }

struct generation *generations_add(uint32_t key) {
  uint32_t index = 0;
  while (index < end && table[index].phase != PHASE_FREE) index++;
  if (index == GENERATIONS_MAX) return NULL;
  if (index == end) end++;
  table[index] = (struct generation){
      .key = key, .phase = PHASE_SPAWNING, .sweep_at = NEVER, .channel = -1, .actor = -1, .stream = {-1, -1, -1},
      .notify = {.socket = -1, .line = -1, .messages = {.fd = -1}}, .page = {.memory = -1, .wake = -1, .idle = -1, .go = -1}};
  return &table[index];
}

void generation_close_stream(struct generation *generation, int stream) {
  if (generation->stream[stream] == -1) return;
  watch_remove(generation->stream[stream]);
  close(generation->stream[stream]);
  generation->stream[stream] = -1;
  generation->watched[stream] = false;
}

void generation_unwatch(struct generation *generation) {
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    if (generation->watched[stream]) watch_remove(generation->stream[stream]);
    generation->watched[stream] = false;
  }
  notify_unwatch(generation);
}

void generation_close_channel(struct generation *generation) {
  if (generation->channel == -1) return;
  watch_remove(generation->channel);
  close(generation->channel);
  generation->channel = -1;
}

static void close_all_but_channel(struct generation *generation) {
  for (int stream = 0; stream < STREAM_COUNT; stream++) generation_close_stream(generation, stream);
  actor_forget(generation);
  notify_close(&generation->notify);
  page_close(&generation->page);
}

void generations_retire(struct generation *generation) {
  if (!generation->shim) {
    generations_remove(generation);
    return;
  }
  close_all_but_channel(generation);
  generation->phase = PHASE_RETIRED;
  generation->key = 0;
}

void generations_remove(struct generation *generation) {
  parting_forget(generation);
  close_all_but_channel(generation);
  generation_close_channel(generation);
  *generation = (struct generation){.phase = PHASE_FREE};
  while (end && table[end - 1].phase == PHASE_FREE) end--;
}

struct generation *generations_find(uint32_t key) {
  for (uint32_t i = 0; i < end; i++)
    if (table[i].key == key && (table[i].phase == PHASE_SPAWNING || table[i].phase == PHASE_KNOWN)) return &table[i];
  return NULL;
}

struct generation *generations_at(uint32_t index) {
  return index < end && table[index].phase != PHASE_FREE ? &table[index] : NULL;
}

uint32_t generations_index(const struct generation *generation) { return (uint32_t)(generation - table); }

uint32_t generations_end(void) { return end; }

uint32_t generations_count(void) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < end; i++) count += table[i].phase == PHASE_SPAWNING || table[i].phase == PHASE_KNOWN;
  return count;
}

struct generation_report generation_report(const struct generation *generation) {
  return (struct generation_report){
      .generation = generation->key,
      .title = {(const uint8_t *)generation->title, generation->title_length},
      .life = generation->phase == PHASE_SPAWNING ? LIFE_SPAWNING : generation->life,
      .shim = (uint32_t)generation->shim,
      .main = (uint32_t)generation->main,
      .status = generation->status,
      .started_ms = generation->started_ms,
      .ended_ms = generation->ended_ms,
      .stream = {generation->stream[0], generation->stream[1], generation->stream[2]},
      .ready = generation->notify.ready,
      .poured = (uint8_t)((generation->logger[STREAM_STDOUT] ? 1 : 0) | (generation->logger[STREAM_STDERR] ? 2 : 0)),
  };
}
