#define _GNU_SOURCE
#include "state_generation.h"

#include <string.h>

#include "generations.h"
#include "loggers.h"
#include "watch.h"

/* Of the structs that a shim and init exchange (channel.h): a shim stays what it was when its generation began. */
enum { CHANNEL_LAYOUT = 1 };

_Static_assert(sizeof(struct shim_command) == 12 && sizeof(struct shim_report) == 48, "the layout of the channel has changed: see channel.h");

static void save_notify(const struct notify *notify) {
  const struct messages *messages = &notify->messages;
  state_put_fd(notify->socket);
  state_put_fd(notify->line);
  state_put(notify->ready, 1);
  state_put(notify->refused, 4);
  socket_file_save(&notify->file);
  state_put_fd(messages->fd);
  state_put(messages->skipping, 1);
  state_put_text((struct text){messages->room, messages->length});
}

static bool load_notify(struct state_record *record, struct notify *notify) {
  notify->socket = state_take_fd(record);
  notify->line = state_take_fd(record);
  notify->ready = state_take(record, 1);
  notify->refused = (uint32_t)state_take(record, 4);
  socket_file_load(record, &notify->file);
  const int fd = state_take_fd(record);
  const bool skipping = state_take(record, 1);
  const struct text begun = state_take_text(record);
  return fd == -1 || messages_adopt(&notify->messages, fd, skipping, begun);
}

static void save_commands(const struct generation *generation) {
  state_put(generation->commands, 1);
  for (uint8_t i = 0; i < generation->commands; i++) {
    const struct shim_command *command = &generation->command[i];
    state_put(command->id, 4);
    state_put(command->epoch, 4);
    state_put(command->whom, 1);
    state_put(command->signal, 1);
    state_put(command->cont, 1);
  }
}

static bool load_commands(struct state_record *record, struct generation *generation) {
  generation->commands = (uint8_t)state_take(record, 1);
  if (generation->commands > COMMANDS_MAX) return false;
  for (uint8_t i = 0; i < generation->commands; i++) {
    struct shim_command *command = &generation->command[i];
    command->id = (uint32_t)state_take(record, 4);
    command->epoch = (uint32_t)state_take(record, 4);
    command->whom = (uint8_t)state_take(record, 1);
    command->signal = (uint8_t)state_take(record, 1);
    command->cont = (uint8_t)state_take(record, 1);
  }
  return true;
}

static void save_page(const struct page *page) {
  state_put_fd(page->memory);
  state_put_fd(page->wake);
  state_put_fd(page->idle);
  state_put_fd(page->go);
  state_put(page->quiet, 1);
  state_put(page->drained, 1);
}

static void load_page(struct state_record *record, struct page *page) {
  page->memory = state_take_fd(record);
  page->wake = state_take_fd(record);
  page->idle = state_take_fd(record);
  page->go = state_take_fd(record);
  page->quiet = state_take(record, 1);
  page->drained = state_take(record, 1);
}

static void save(const struct generation *generation) {
  state_begin(STATE_GENERATION);
  state_put(generation->key, 4);
  state_put(CHANNEL_LAYOUT, 1);
  state_put(generation->phase, 1);
  state_put(generation->life, 1);
  state_put(generation->lost, 1);
  state_put_text((struct text){(const uint8_t *)generation->title, generation->title_length});
  state_put((uint32_t)generation->shim, 4);
  state_put((uint32_t)generation->main, 4);
  state_put((uint32_t)generation->group, 4);
  state_put((uint32_t)generation->session, 4);
  state_put(generation->uid, 4);
  state_put((uint32_t)generation->status, 4);
  state_put(generation->orphans, 4);
  state_put(generation->started_ms, 8);
  state_put(generation->ended_ms, 8);
  state_put_time(generation->sweep_at);
  state_put_fd(generation->channel);
  save_commands(generation);
  for (int stream = 0; stream < STREAM_COUNT; stream++) state_put_fd(generation->stream[stream]);
  state_put_fd(generation->actor);
  state_put(generation->actor_pid, 4);
  save_notify(&generation->notify);
  save_page(&generation->page);
  for (int stream = 0; stream < STREAM_COUNT; stream++) state_put(generation->logger[stream], 1);
  state_end();
}

void generations_save(void) {
  for (uint32_t i = 0; i < generations_end(); i++)
    if (generations_at(i)) save(generations_at(i));
}

bool generation_load(struct state_record *record) {
  struct generation *generation = generations_add((uint32_t)state_take(record, 4));
  if (!generation || state_take(record, 1) != CHANNEL_LAYOUT) return false;
  generation->phase = (uint8_t)state_take(record, 1);
  generation->life = (uint8_t)state_take(record, 1);
  generation->lost = state_take(record, 1);
  const struct text title = state_take_text(record);
  if (generation->phase < PHASE_SPAWNING || generation->phase > PHASE_RETIRED || generation->life > LIFE_EMPTY) return false;
  if (title.length > sizeof generation->title) return false;
  generation->title_length = (uint8_t)title.length;
  memcpy(generation->title, title.bytes, title.length);
  generation->shim = (pid_t)state_take(record, 4);
  generation->main = (pid_t)state_take(record, 4);
  generation->group = (pid_t)state_take(record, 4);
  generation->session = (pid_t)state_take(record, 4);
  generation->uid = (uid_t)state_take(record, 4);
  generation->status = (int32_t)state_take(record, 4);
  generation->orphans = (uint32_t)state_take(record, 4);
  generation->started_ms = state_take(record, 8);
  generation->ended_ms = state_take(record, 8);
  generation->sweep_at = state_take_time(record);
  generation->channel = state_take_fd(record);
  if (!load_commands(record, generation)) return false;
  for (int stream = 0; stream < STREAM_COUNT; stream++) generation->stream[stream] = state_take_fd(record);
  generation->actor = state_take_fd(record);
  generation->actor_pid = (uint32_t)state_take(record, 4);
  if (!load_notify(record, &generation->notify)) return false;
  load_page(record, &generation->page);
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    generation->logger[stream] = (uint8_t)state_take(record, 1);
    if (generation->logger[stream] > LOGGERS_MAX) return false;
  }
  return true;
}

static bool rearm(struct generation *generation, uint32_t index) {
  struct page *page = &generation->page;
  if (generation->channel != -1 && !watch_add(generation->channel, WATCH_CHANNEL, index)) return false;
  if (generation->actor != -1 && !watch_once(generation->actor, index, STREAM_ACTOR)) return false;
  return page->memory == -1 || page_map(page);
}

bool generations_rearm(void) {
  for (uint32_t i = 0; i < generations_end(); i++)
    if (generations_at(i) && !rearm(generations_at(i), i)) return false;
  page_look(); /* perhaps one is quiet, and waits for its last connection */
  return true;
}
