#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "link.h"
#include "memos.h"
#include "parting.h"
#include "shim.h"
#include "watch.h"

static struct rlimit original_nofile;

void spawn_remember_limit(const struct rlimit *nofile) { original_nofile = *nofile; }

uint64_t spawn_original_nofile(void) { return original_nofile.rlim_cur; }

static void tell_failure(uint32_t id, uint32_t key, enum stage stage, int error) {
  uint8_t out[WIRE_REPORT_MAX];
  brain_tell(out, wire_spawn_failed(out, id, key, stage, error));
}

/* Makes the pipe of one stream: one end for the generation's entry, the other for the service. False with errno. */
static bool make_pipe(struct generation *generation, struct service *service, int stream) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) == -1) return false;
  const int read_end = stream == STREAM_STDIN;
  service->end[stream] = ends[read_end ? 0 : 1];
  generation->stream[stream] = ends[read_end ? 1 : 0];
  /* So that a service without privileges can open /dev/stdout anew. */
  return !service->request->identity.set || fchown(ends[0], service->request->identity.uid, (gid_t)-1) == 0;
}

static bool make_pipes(struct generation *generation, struct service *service) {
  for (int stream = 0; stream < STREAM_COUNT; stream++)
    if (service->request->plan[stream] == PLAN_PIPE && !make_pipe(generation, service, stream)) return false;
  return true;
}

static void close_service_ends(const struct service *service) {
  handing_close_made(&service->handing);
  for (int stream = 0; stream < STREAM_COUNT; stream++)
    if (service->end[stream] != -1) close(service->end[stream]);
}

static bool watch_output(struct generation *generation) {
  for (int stream = STREAM_STDOUT; stream <= STREAM_STDERR; stream++) {
    if (generation->stream[stream] == -1) continue;
    if (!watch_once(generation->stream[stream], generations_index(generation), (uint8_t)stream)) return false;
    generation->watched[stream] = true;
  }
  return true;
}

/* In the shim: what only init needs. */
static void release_memory(void) {
  link_forget();
  generations_forget();
  memos_forget();
}

/* Forks the shim with its channel. False with errno; nothing is running then. */
static bool start_shim(struct generation *generation, struct service *service) {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) == -1) return false;
  generation->channel = channel[0];
  bool watched = watch_add(channel[0], WATCH_CHANNEL, generations_index(generation));
  if (watched) generation->shim = fork();
  if (watched && generation->shim == 0) shim_run(channel[1], service, release_memory);
  int error = errno;
  close(channel[1]);
  generation->session = generation->shim;
  errno = error;
  return watched && generation->shim != -1;
}

void spawn_generation(uint32_t id, const struct spawn_request *request) {
  struct service service = {.request = request, .end = {-1, -1, -1}, .nofile = original_nofile};
  if (request->generation == 0 || generations_find(request->generation)) {
    tell_failure(id, request->generation, STAGE_SHIM, request->generation ? EEXIST : EINVAL);
    return;
  }
  struct generation *generation = generations_add(request->generation);
  if (!generation) {
    tell_failure(id, request->generation, STAGE_SHIM, ENFILE);
    return;
  }
  generation->request = id;
  generation->started_ms = now_ms();
  generation->title_length = (uint8_t)(request->title.length < WIRE_TITLE_MAX ? request->title.length : WIRE_TITLE_MAX);
  generation->uid = request->identity.set ? request->identity.uid : geteuid();
  memcpy(generation->title, request->title.bytes, generation->title_length);
  enum stage stage = STAGE_PIPE;
  bool done = make_pipes(generation, &service);
  if (done) {
    stage = handing_make(&service.handing, request, generation);
    done = !stage;
  }
  if (done) {
    stage = STAGE_SHIM;
    done = start_shim(generation, &service);
  }
  int error = errno;
  close_service_ends(&service);
  if (done) return;
  tell_failure(id, request->generation, stage, error);
  generations_remove(generation);
}

void generation_exited(struct generation *generation, int32_t status, const struct usage *usage) {
  notify_hear(generation); /* its last words first */
  generation->life = LIFE_REMAINS;
  generation->main = 0;
  generation->ended_ms = now_ms();
  generation->status = status;
  parting_exited(generation, usage);
}

void generation_emptied(struct generation *generation, uint32_t orphans, bool at_once) {
  generation->life = LIFE_EMPTY;
  generation->sweep_at = NEVER;
  parting_emptied(generation, orphans, at_once);
}

static void spawned(struct generation *generation, pid_t main) {
  uint8_t out[WIRE_REPORT_MAX];
  generation->phase = PHASE_KNOWN;
  generation->main = generation->group = main;
  struct generation_report report = generation_report(generation);
  brain_tell(out, wire_spawned(out, generation->request, &report));
  /* Not before: what a quick service has written already must not be announced to a brain that does not know it yet. */
  if (!watch_output(generation) || !notify_watch(generation)) complain("cannot watch the output of generation %u: errno %d", generation->key, errno);
}

static void failed(struct generation *generation, int32_t stage, int32_t error) {
  tell_failure(generation->request, generation->key, (enum stage)stage, error);
  generations_retire(generation);
}

static void take_report(struct generation *generation, const struct shim_report *report) {
  uint8_t out[WIRE_REPORT_MAX];
  switch ((enum shim_report_kind)report->kind) {
    case SHIM_SPAWNED: spawned(generation, report->spawned); return;
    case SHIM_FAILED: failed(generation, report->failed.stage, report->failed.error); return;
    case SHIM_EXITED:
      generation_exited(generation, report->exited.status, &report->exited.usage);
      if (report->exited.empty) generation_emptied(generation, report->exited.orphans, true);
      return;
    case SHIM_EMPTY: generation_emptied(generation, report->orphans, false); return;
    case SHIM_RECEIVED: brain_tell(out, wire_received(out, (uint8_t)report->received, generation->key)); return;
    case SHIM_RESULT:
      /* Commands are answered in the order in which they were told. */
      generation->commands--;
      memmove(generation->command, generation->command + 1, generation->commands * sizeof *generation->command);
      if (report->result.epoch == brain_epoch())
        brain_tell(out, wire_result(out, report->result.id, report->result.error, report->result.count));
      return;
  }
}

void shim_hear(struct generation *generation) {
  while (generation->channel != -1) {
    struct shim_report report;
    ssize_t length = recv(generation->channel, &report, sizeof report, MSG_DONTWAIT);
    if (length == sizeof report)
      take_report(generation, &report);
    else if (length == -1 && errno == EAGAIN)
      return;
    /* A shim that ended with a command unread had reported its end before (ECONNRESET is told once, as of the link). */
    else if (length != -1 || (errno != EINTR && errno != ECONNRESET))
      generation_close_channel(generation); /* the shim has ended; the reaper tells what that means */
  }
}

bool shim_tell(struct generation *generation, const struct shim_command *command) {
  errno = generation->channel == -1 ? ESRCH : EAGAIN;
  if (generation->channel == -1 || generation->commands == COMMANDS_MAX) return false;
  if (send(generation->channel, command, sizeof *command, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof *command) return false;
  generation->command[generation->commands++] = *command;
  return true;
}
