#define _GNU_SOURCE
#include "stages.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"

static int status_pipe;

static _Noreturn void fail(enum stage stage) {
  struct failure failure = {stage, errno};
  ssize_t written = write(status_pipe, &failure, sizeof failure);
  (void)written; /* without a reader nobody wants to know */
  _exit(127);
}

static void arrange_stdio(const struct service *service) {
  for (int target = 0; target < STREAM_COUNT; target++) {
    int source = service->end[target];
    if (target == STREAM_STDERR && service->request->plan[target] == PLAN_AS_STDOUT) {
      source = STDOUT_FILENO;
    } else if (source == -1) {
      source = open("/dev/null", (target == STREAM_STDIN ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
      if (source == -1) fail(STAGE_STDIO);
    }
    if (dup2(source, target) == -1) fail(STAGE_STDIO);
  }
}

static void set_limits(const struct service *service) {
  if (setrlimit(RLIMIT_NOFILE, &service->nofile) == -1) fail(STAGE_RLIMIT);
  const uint8_t *at = service->request->rlimits.bytes;
  for (uint32_t i = 0; i < service->request->rlimits.count; i++, at += WIRE_RLIMIT) {
    struct rlimit limit = {.rlim_cur = wire_u64(at + 4), .rlim_max = wire_u64(at + 12)};
    if (setrlimit((int)wire_u32(at), &limit) == -1) fail(STAGE_RLIMIT);
  }
}

static void set_identity(const struct identity *identity) {
  switch (identity_take(identity)) {
    case IDENTITY_TAKEN: return;
    case IDENTITY_GROUPS: fail(STAGE_GROUPS);
    case IDENTITY_GID: fail(STAGE_GID);
    case IDENTITY_UID: fail(STAGE_UID);
  }
}

/* On the wire a string is followed by the next length (or by bytes already decoded): once that is read, its first byte
 * can be the terminating NUL. */
static char *terminated(struct text text) {
  char *string = (char *)(uintptr_t)text.bytes;
  string[text.length] = 0;
  return string;
}

/* An empty LISTEN_PID is filled in: whom descriptors are meant for, sd_listen_fds(3), only the process itself knows. */
static char *with_pid(char *entry) {
  static char filled[sizeof "LISTEN_PID=" + 11];
  if (strcmp(entry, "LISTEN_PID=") != 0) return entry;
  snprintf(filled, sizeof filled, "LISTEN_PID=%d", (int)getpid());
  return filled;
}

static char **vector(struct sequence strings, char **slots) {
  uint8_t *at = (uint8_t *)(uintptr_t)strings.bytes;
  for (uint32_t i = 0; i < strings.count; i++) {
    uint32_t length = wire_u32(at);
    *at = 0;
    slots[i] = (char *)at + 4;
    at += 4 + length;
  }
  *at = 0;
  slots[strings.count] = NULL;
  return slots;
}

static _Noreturn void execute(const struct spawn_request *request) {
  size_t slots = (size_t)request->argv.count + request->env.count + 2;
  char **room = mmap(NULL, slots * sizeof *room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) fail(STAGE_EXEC);
  char *exe = terminated(request->exe);
  char **argv = vector(request->argv, room);
  char **env = vector(request->env, room + request->argv.count + 1);
  for (uint32_t i = 0; i < request->env.count; i++) env[i] = with_pid(env[i]);
  execve(exe, argv, env);
  fail(STAGE_EXEC);
}

_Noreturn void stages_run(struct service *service, int status) {
  const struct spawn_request *request = service->request;
  sigset_t none;
  status_pipe = status;
  if (setpgid(0, 0) == -1) fail(STAGE_GROUP);
  arrange_stdio(service);
  if (!handing_place(&service->handing, &status_pipe)) fail(STAGE_DESCRIPTORS);
  set_limits(service);
  if (request->identity.set) set_identity(&request->identity);
  if (request->cwd.length && chdir(terminated(request->cwd)) == -1) fail(STAGE_CWD);
  if (request->umask >= 0) umask((mode_t)request->umask);
  /* init has set every disposition to its default; only the mask is in the way. All else is close-on-exec. */
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) == -1) fail(STAGE_EXEC);
  execute(request);
}
