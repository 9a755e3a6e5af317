#define _GNU_SOURCE
#include "resume.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "become.h"
#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "generations.h"
#include "last_words.h"
#include "loggers.h"
#include "lost.h"
#include "memos.h"
#include "parting.h"
#include "reap.h"
#include "replacement.h"
#include "shelves.h"
#include "sockets.h"
#include "spawn.h"
#include "state.h"
#include "state_generation.h"
#include "watchdog.h"

/* How long another image may take to read the state: nothing else happens meanwhile. */
enum { CHECK_MS = 10000, FIXED_WORDS = 5 };

static const char can_resume[] = "legato-init can go on from this state\n";

/* What this image was begun with; -1: it was not, or that is over. */
static struct {
  int state, image;
  bool back;
  char **command;
} begun = {.state = -1, .image = -1};

/* argv[0] of every image after the first. */
static char *called = "legato-init";

void resume_as(char *name) { called = name; }

int resume_write(enum state_descriptors descriptors) {
  if (!state_write_begin(descriptors)) return -1;
  state_begin(STATE_SELF);
  state_put(become_facts(), 1);
  state_put(spawn_original_nofile(), 8);
  parting_save();
  state_end();
  state_begin(STATE_FILES);
  shelves_save();
  last_words_save();
  state_end();
  brain_save();
  replacement_save();
  reap_save();
  watchdog_save();
  size_t at = 0;
  for (struct text memo; memos_next(&at, &memo);) {
    state_begin(STATE_MEMO);
    state_put_bytes(memo);
    state_end();
  }
  sockets_save();
  generations_save();
  lost_save();
  loggers_save();
  return state_write_end();
}

static bool load_self(struct state_record *record) {
  struct rlimit nofile;
  become_recall((uint8_t)state_take(record, 1));
  if (getrlimit(RLIMIT_NOFILE, &nofile) == -1) return false;
  nofile.rlim_cur = (rlim_t)state_take(record, 8);
  parting_load(record);
  spawn_remember_limit(&nofile);
  brain_configure(begun.command, &nofile);
  return nofile.rlim_cur > 0;
}

static bool load_memo(struct state_record *record) {
  struct memo memo = {.key = state_take_text(record)};
  memo.text = state_take_text(record);
  return !record->broken && memos_keep(&memo) == 0;
}

static bool load_record(struct state_record *record) {
  switch ((enum state_tag)record->tag) {
    case STATE_END: return false;
    case STATE_SELF: return load_self(record);
    case STATE_FILES:
      shelves_load(record);
      last_words_load(record);
      return true;
    case STATE_BRAIN: brain_load(record); return true;
    case STATE_REPLACEMENT: return replacement_load(record);
    case STATE_STRANGERS: reap_load(record); return true;
    case STATE_WATCHDOG: watchdog_load(record); return true;
    case STATE_MEMO: return load_memo(record);
    case STATE_SOCKET: return socket_load(record);
    case STATE_GENERATION: return generation_load(record);
    case STATE_MEMBER: return member_load(record);
    case STATE_LOGGER: return logger_load(record);
  }
  return !record->needed;
}

const char *resume_read(int state) {
  static char wrong[64];
  struct state_record record;
  bool self = false;
  const char *found = state_read_begin(state);
  while (!found && state_next(&record)) {
    self = self || record.tag == STATE_SELF;
    if (load_record(&record) && !record.broken) continue;
    snprintf(wrong, sizeof wrong, "a record of the state, of kind %u, cannot be used", record.tag);
    found = wrong;
  }
  state_read_end();
  return found || self ? found : "the state lacks its first record";
}

static int number_of(const char *text) {
  char *end;
  const long number = strtol(text, &end, 10);
  return end != text && !*end && number >= 3 && number <= INT32_MAX ? (int)number : -1;
}

int resume_check(int argc, char **argv) {
  static char *nothing[] = {"", NULL};
  begun.command = nothing;
  if (argc != 3 || !generations_open() || !memos_open()) return 1;
  const char *wrong = resume_read(number_of(argv[2]));
  if (wrong) complain("%s", wrong);
  if (!wrong && write(STDERR_FILENO, can_resume, sizeof can_resume - 1) == -1) return 1;
  return wrong ? 1 : 0;
}

static _Noreturn void run_check(const char *path, int state, int said) {
  char number[12];
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL); /* fails for no argument of this kind */
  snprintf(number, sizeof number, "%d", state);
  if (dup2(said, STDERR_FILENO) != -1 && fcntl(state, F_SETFD, 0) != -1) execl(path, "legato-init", "--can-resume", number, (char *)NULL);
  complain("cannot execute %s: %s", path, strerror(errno));
  _exit(1);
}

/* All that is said until nobody can say any more, or the time is over. */
static size_t listen_to(int said, char *text, size_t room, uint64_t until) {
  size_t length = 0;
  for (;;) {
    struct pollfd polled = {said, POLLIN, 0};
    if (now_ms() >= until || poll(&polled, 1, wait_until(until)) == 0) return length;
    char more[256];
    const ssize_t count = read(said, more, sizeof more);
    if (count == 0 || (count == -1 && errno != EINTR)) return length;
    for (ssize_t i = 0; i < count && length < room - 1; i++) text[length++] = more[i];
  }
}

/* Its wait status; one that does not end in time is killed. */
static int end_of(pid_t child, uint64_t until) {
  const struct timespec moment = {.tv_nsec = 1000000};
  int status;
  for (;;) {
    const bool late = now_ms() >= until;
    if (late) kill(child, SIGKILL); /* ours until it is reaped, and of our identity: never refused */
    const pid_t ended = waitpid(child, &status, late ? 0 : WNOHANG);
    if (ended == child) return status;
    if (ended == -1 && errno != EINTR) return -1;
    nanosleep(&moment, NULL);
  }
}

/* Without line ends, and without the name in front, which is ours as well. */
static void explain(char *why, const char *path, const char *said, int status) {
  static const char prefix[] = "legato-init: ";
  if (strncmp(said, prefix, sizeof prefix - 1) == 0) said += sizeof prefix - 1;
  const int length = (int)strcspn(said, "\n");
  if (length)
    snprintf(why, RESUME_WHY_MAX, "%s: %.*s", path, length > 120 ? 120 : length, said);
  else
    snprintf(why, RESUME_WHY_MAX, "%s does not say that it can go on (%s %d)", path, WIFSIGNALED(status) ? "signal" : "code",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

bool resume_can(const char *path, char *why) {
  char said[RESUME_WHY_MAX] = "";
  int ends[2];
  const uint64_t until = now_ms() + CHECK_MS;
  const int state = resume_write(STATE_LEAVE);
  if (state == -1 || pipe2(ends, O_CLOEXEC) == -1) {
    snprintf(why, RESUME_WHY_MAX, "cannot write the state of legato-init: %s", strerror(errno));
    if (state != -1) close(state);
    return false;
  }
  const pid_t child = fork();
  if (child == 0) run_check(path, state, ends[1]);
  if (child == -1) snprintf(why, RESUME_WHY_MAX, "cannot fork: %s", strerror(errno));
  close(ends[1]);
  close(state);
  if (child != -1) said[listen_to(ends[0], said, sizeof said, until)] = 0;
  close(ends[0]);
  if (child == -1) return false;
  const int status = end_of(child, until);
  if (status == 0 && strcmp(said, can_resume) == 0) return true;
  explain(why, path, said, status);
  return false;
}

static int execute(const char *path, int image, char **argv) {
  if (path) return execve(path, argv, environ);
  return (int)syscall(SYS_execveat, image, "", argv, environ, AT_EMPTY_PATH);
}

/* `NAME HOW STATE IMAGE -- COMMAND…` */
static char **words_of(char *how, int state, int image, char **command) {
  static char numbers[2][12], *words[FIXED_WORDS + REPLACEMENT_WORDS_MAX + 1];
  snprintf(numbers[0], sizeof numbers[0], "%d", state);
  snprintf(numbers[1], sizeof numbers[1], "%d", image);
  char *const first[FIXED_WORDS] = {called, how, numbers[0], numbers[1], "--"};
  memcpy(words, first, sizeof first);
  int used = FIXED_WORDS;
  for (; *command && used < FIXED_WORDS + REPLACEMENT_WORDS_MAX; command++) words[used++] = *command;
  words[used] = NULL;
  return words;
}

void resume_into(const char *path, int image) {
  const int own = open("/proc/self/exe", O_PATH | O_CLOEXEC);
  const int state = own == -1 ? -1 : resume_write(STATE_HAND_ON);
  int error = errno;
  if (state != -1 && fcntl(own, F_SETFD, 0) != -1 && fcntl(state, F_SETFD, 0) != -1) {
    execute(path, image, words_of("--resume", state, own, brain_words()));
    error = errno;
  }
  if (own != -1) close(own);
  if (state != -1) close(state);
  resume_settle();
  errno = error;
}

const char *resume_load(int argc, char **argv) {
  if (argc <= FIXED_WORDS || strcmp(argv[FIXED_WORDS - 1], "--") != 0) return "wrong usage";
  begun.back = strcmp(argv[1], "--return") == 0;
  begun.state = number_of(argv[2]);
  begun.image = number_of(argv[3]);
  begun.command = argv + FIXED_WORDS;
  called = argv[0];
  const char *wrong = resume_read(begun.state);
  if (wrong) return wrong;
  if (!become_init() || !generations_rearm() || !loggers_rearm()) return strerror(errno);
  /* Hidden behind an image that only others may read, /proc/PID/fd would not be there for the brain. */
  if (prctl(PR_SET_DUMPABLE, 1) == -1) return strerror(errno);
  prctl(PR_SET_NAME, "legato-init"); /* executed by a descriptor it has another; fails for no argument of this kind */
  replacement_resume(begun.image, begun.back);
  return NULL;
}

void resume_settle(void) {
  const int state = resume_write(STATE_KEEP);
  if (state == -1) complain("cannot see to the descriptors: errno %d", errno);
  if (state != -1) close(state);
  if (begun.state != -1) close(begun.state);
  begun.state = -1;
}

void resume_go_back(const char *why) {
  complain("cannot go on in the place of the former image: %s", why);
  if (begun.image == -1 || begun.state == -1 || begun.back) return;
  execute(NULL, begun.image, words_of("--return", begun.state, begun.image, begun.command));
  complain("cannot go back to it either: errno %d", errno);
}
