#define _GNU_SOURCE
#include "requests.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "become.h"
#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "datagrams.h"
#include "ending.h"
#include "generations.h"
#include "last_words.h"
#include "link.h"
#include "loggers.h"
#include "lost.h"
#include "memos.h"
#include "parting.h"
#include "replacement.h"
#include "resume.h"
#include "sockets.h"
#include "spawn.h"
#include "watch.h"
#include "watchdog.h"

static void answer(uint32_t id, int error, uint32_t count) {
  uint8_t out[WIRE_REPORT_MAX];
  link_send(out, wire_result(out, id, error, count));
}

static void say_farewell(uint32_t id) {
  uint8_t out[WIRE_FAREWELL_HEAD + LAST_WORDS_MAX], words[LAST_WORDS_MAX];
  int status;
  bool hung;
  if (!brain_former(&status, &hung)) return;
  const struct farewell_report report = {status, hung, {words, (uint32_t)last_words_read(words)}};
  link_send(out, wire_farewell(out, id, &report));
}

static bool on_hello(const struct frame *frame) {
  uint8_t out[WIRE_REPORT_MAX];
  uint16_t version = 0;
  if (!wire_read_hello(frame, &version)) return false;
  const struct hello_report hello = {(uint32_t)getpid(), become_facts(), spawn_original_nofile()};
  link_send(out, wire_hello(out, frame->id, &hello));
  if (version != WIRE_VERSION) {
    complain("the brain speaks version %u of the link, not %d", version, WIRE_VERSION);
    link_finish();
    return true;
  }
  for (uint32_t i = 0; i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (!generation || (generation->phase != PHASE_KNOWN && generation->phase != PHASE_SPAWNING)) continue;
    parting_forget(generation); /* it is in the report */
    struct generation_report report = generation_report(generation);
    link_send(out, wire_generation(out, frame->id, &report));
  }
  struct socket_report socket;
  for (uint32_t i = 0; sockets_nth(i, &socket); i++) link_send(out, wire_socket(out, frame->id, &socket));
  size_t at = 0;
  for (struct text memo; memos_next(&at, &memo);) {
    link_send(out, wire_memo_head(out, frame->id, memo.length));
    link_send(memo.bytes, memo.length);
  }
  say_farewell(frame->id);
  uint8_t outcome;
  int32_t code;
  if (replacement_report(&outcome, &code)) link_send(out, wire_replaced(out, frame->id, outcome, code));
  link_send(out, wire_snapshot_end(out, frame->id));
  brain_greet();
  return true;
}

static bool on_spawn(const struct frame *frame) {
  struct spawn_request request;
  if (!wire_read_spawn(frame, &request)) return false;
  spawn_generation(frame->id, &request);
  return true;
}

static void signal_lost(struct generation *generation, const struct shim_command *command) {
  struct family family = lost_family(generation);
  struct outcome outcome = family_signal(&family, command->whom, command->signal, command->cont);
  if (command->whom == WHOM_TREE && command->signal == SIGKILL && outcome.count) generation->sweep_at = now_ms() + SWEEP_AGAIN_MS;
  answer(command->id, outcome.error, outcome.count);
}

static bool on_signal(const struct frame *frame) {
  struct signal_request request;
  if (!wire_read_signal(frame, &request)) return false;
  struct generation *generation = generations_find(request.generation);
  const struct shim_command command = {frame->id, brain_epoch(), request.whom, request.signal, request.cont, 0};
  if (!generation)
    answer(frame->id, ENOENT, 0);
  else if (generation->life == LIFE_EMPTY)
    answer(frame->id, ESRCH, 0);
  else if (generation->lost)
    signal_lost(generation, &command);
  else if (!shim_tell(generation, &command))
    answer(frame->id, errno == EPIPE ? ESRCH : errno, 0);
  return true;
}

static bool on_signal_one(const struct frame *frame) {
  struct signal_one_request request;
  if (!wire_read_signal_one(frame, &request)) return false;
  struct generation *generation = generations_find(request.generation);
  const int error = !generation ? ENOENT : generation->life == LIFE_EMPTY ? ESRCH : actor_signal(generation, &request);
  answer(frame->id, error, error ? 0 : 1);
  return true;
}

void requests_take_over(struct generation *generation) {
  for (uint8_t i = 0; i < generation->commands; i++) {
    const struct shim_command *command = &generation->command[i];
    if (command->epoch != brain_epoch()) continue;
    if (generation->lost)
      signal_lost(generation, command);
    else
      answer(command->id, ESRCH, 0);
  }
  generation->commands = 0;
}

/* The stream of a generation that is still known and open, or NULL. */
static struct generation *find_stream(const struct stream_request *request) {
  struct generation *generation = generations_find(request->generation);
  return generation && generation->stream[request->stream] != -1 ? generation : NULL;
}

static bool rearm_notify(uint32_t key) {
  struct generation *generation = generations_find(key);
  if (generation && generation->phase == PHASE_KNOWN && !notify_watch(generation)) complain("cannot hear generation %u: errno %d", key, errno);
  return true;
}

static bool on_rearm(const struct frame *frame) {
  struct stream_request request;
  if (!wire_read_rearm(frame, &request)) return false;
  if (request.stream == STREAM_NOTIFY) return rearm_notify(request.generation);
  struct generation *generation = find_stream(&request);
  if (!generation || request.stream == STREAM_STDIN || generation->logger[request.stream]) return true;
  generation->watched[request.stream] = watch_once(generation->stream[request.stream], generations_index(generation), request.stream);
  if (!generation->watched[request.stream]) complain("cannot watch a stream of generation %u: errno %d", request.generation, errno);
  return true;
}

static bool on_close_stream(const struct frame *frame) {
  struct stream_request request;
  if (!wire_read_stream(frame, &request)) return false;
  struct generation *generation = find_stream(&request);
  if (generation) generation_close_stream(generation, request.stream);
  return true;
}

static bool on_log(const struct frame *frame) {
  struct log_request request;
  if (!wire_read_log(frame, &request)) return false;
  const struct logger_order order = {.kind = LOGGER_LOG, .id = frame->id, .epoch = brain_epoch(), .log = request.log, .turn = request.turn, .brain = brain_pid(),
                                     .fd = request.fd, .device = request.device, .inode = request.inode, .limit = request.limit};
  const int error = request.logger < LOGGERS_MAX ? loggers_tell(request.logger, &order, -1) : EINVAL;
  if (error) answer(frame->id, error, 0);
  return true;
}

static bool on_pour(const struct frame *frame) {
  struct pour_request request;
  if (!wire_read_pour(frame, &request)) return false;
  struct generation *generation = find_stream(&(struct stream_request){request.generation, request.stream});
  struct logger_order order = {.kind = LOGGER_POUR, .id = frame->id, .epoch = brain_epoch(), .generation = request.generation,
                               .stream = request.stream, .log = request.log};
  const bool is_valid = request.logger < LOGGERS_MAX && request.stream != STREAM_STDIN;
  const int error = !generation ? ENOENT : !is_valid ? EINVAL : loggers_pour(generation, request.stream, request.logger, &order);
  if (error) answer(frame->id, error, 0);
  return true;
}

static bool on_return(const struct frame *frame) {
  struct stream_request request;
  if (!wire_read_stream(frame, &request)) return false;
  struct generation *generation = generations_find(request.generation);
  const int error = generation ? loggers_return(generation, request.stream, frame->id) : ENOENT;
  if (error) answer(frame->id, error, 0);
  return true;
}

static bool on_close_log(const struct frame *frame) {
  struct close_log_request request;
  if (!wire_read_close_log(frame, &request)) return false;
  const struct logger_order order = {.kind = LOGGER_CLOSE_LOG, .epoch = brain_epoch(), .log = request.log};
  if (request.logger < LOGGERS_MAX) loggers_tell(request.logger, &order, -1); /* one that is gone has none open */
  return true;
}

static bool on_release(const struct frame *frame) {
  uint32_t key;
  if (!wire_read_key(frame, &key)) return false;
  struct generation *generation = generations_find(key);
  bool busy = generation && generation->life != LIFE_EMPTY;
  answer(frame->id, busy ? EBUSY : generation ? 0 : ENOENT, 0);
  if (generation && !busy) {
    /* Nobody writes any more but strangers. */
    for (uint8_t stream = STREAM_STDOUT; stream <= STREAM_STDERR; stream++) loggers_return(generation, stream, 0);
    generations_retire(generation);
  }
  return true;
}

static bool on_become(const struct frame *frame) {
  struct become_request request;
  if (!wire_read_become(frame, &request)) return false;
  int error = become(&request);
  if (error) answer(frame->id, error, 0);
  return true;
}

static bool on_shutdown(const struct frame *frame) {
  struct shutdown_request request;
  if (!wire_read_shutdown(frame, &request)) return false;
  ending_begin(request.code, request.grace_ms);
  return true;
}

static bool on_memo(const struct frame *frame) {
  struct memo memo;
  if (!wire_read_memo(frame, &memo)) return false;
  int error = memos_keep(&memo);
  if (error) answer(frame->id, error, 0);
  return true;
}

/* Its meaning was seen to when it was read; here it is only taken note of that it is one. */
static bool on_step(const struct frame *frame) {
  uint32_t length;
  return wire_read_key(frame, &length);
}

static bool on_watchdog(const struct frame *frame) {
  uint32_t limit;
  if (!wire_read_key(frame, &limit)) return false;
  watchdog_set(limit);
  return true;
}

static bool on_alive(const struct frame *frame) {
  if (!wire_read_nothing(frame)) return false;
  watchdog_answered();
  return true;
}

static bool on_replace(const struct frame *frame) {
  uint8_t out[WIRE_REPORT_MAX];
  char why[RESUME_WHY_MAX] = "";
  struct replace_request request;
  if (!wire_read_replace(frame, &request)) return false;
  const int error = replacement_ask(&request, why);
  if (why[0])
    link_send(out, wire_refused(out, frame->id, (struct text){(const uint8_t *)why, (uint32_t)strlen(why)}));
  else
    answer(frame->id, error, 0);
  return true;
}

static bool on_settled(const struct frame *frame) {
  if (!wire_read_nothing(frame)) return false;
  brain_settle();
  replacement_settled();
  return true;
}

static bool on_listen(const struct frame *frame) {
  uint8_t out[WIRE_REPORT_MAX];
  struct listen_request request;
  struct socket_report report;
  if (!wire_read_listen(frame, &request)) return false;
  struct listen_failure failure = sockets_listen(&request);
  if (failure.stage || !sockets_report(request.socket, &report))
    link_send(out, wire_listen_failed(out, frame->id, request.socket, failure.stage, failure.error));
  else
    link_send(out, wire_listening(out, frame->id, &report));
  return true;
}

static bool on_close_socket(const struct frame *frame) {
  uint32_t key;
  if (!wire_read_key(frame, &key)) return false;
  answer(frame->id, sockets_close(key) ? 0 : ENOENT, 0);
  return true;
}

static bool on_quiet(const struct frame *frame) {
  uint32_t key;
  if (!wire_read_key(frame, &key)) return false;
  struct generation *generation = generations_find(key);
  answer(frame->id, generation ? page_quiet(generation) : ENOENT, 0);
  return true;
}

static bool on_go(const struct frame *frame) {
  uint32_t key;
  if (!wire_read_key(frame, &key)) return false;
  struct generation *generation = generations_find(key);
  answer(frame->id, generation ? page_go(generation) : ENOENT, 0);
  return true;
}

static bool on_datagrams(const struct frame *frame) {
  struct datagrams_request request;
  uint32_t sent;
  if (!wire_read_datagrams(frame, &request)) return false;
  const int error = datagrams_send(&request, &sent);
  answer(frame->id, error, sent);
  return true;
}

static bool on_usage(const struct frame *frame) {
  uint8_t out[WIRE_REPORT_MAX];
  uint32_t key;
  struct used_report report;
  if (!wire_read_key(frame, &key)) return false;
  const struct generation *generation = generations_find(key);
  if (generation && page_usage(generation, &report))
    link_send(out, wire_used(out, frame->id, &report));
  else
    answer(frame->id, generation ? ENODATA : ENOENT, 0);
  return true;
}

static const struct {
  uint16_t type;
  bool (*handle)(const struct frame *frame);
} handlers[] = {
    {FRAME_HELLO, on_hello},
    {FRAME_SPAWN, on_spawn},
    {FRAME_SIGNAL, on_signal},
    {FRAME_REARM, on_rearm},
    {FRAME_CLOSE_STREAM, on_close_stream},
    {FRAME_RELEASE, on_release},
    {FRAME_SIGNAL_ONE, on_signal_one},
    {FRAME_BECOME, on_become},
    {FRAME_SHUTDOWN, on_shutdown},
    {FRAME_LISTEN, on_listen},
    {FRAME_CLOSE_SOCKET, on_close_socket},
    {FRAME_QUIET, on_quiet},
    {FRAME_USAGE, on_usage},
    {FRAME_GO, on_go},
    {FRAME_DATAGRAMS, on_datagrams},
    {FRAME_MEMO, on_memo},
    {FRAME_STEP, on_step},
    {FRAME_WATCHDOG, on_watchdog},
    {FRAME_ALIVE, on_alive},
    {FRAME_LOG, on_log},
    {FRAME_POUR, on_pour},
    {FRAME_RETURN, on_return},
    {FRAME_CLOSE_LOG, on_close_log},
    {FRAME_REPLACE, on_replace},
    {FRAME_SETTLED, on_settled},
};

static void handle(const struct frame *frame) {
  if (frame->type != FRAME_HELLO && !brain_is_greeted()) {
    answer(frame->id, EPROTO, 0);
    return;
  }
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
    if (handlers[i].type != frame->type) continue;
    if (!handlers[i].handle(frame)) answer(frame->id, EBADMSG, 0);
    return;
  }
  answer(frame->id, ENOSYS, 0);
}

void requests_read(void) { link_read(handle); }
