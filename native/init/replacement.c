#define _GNU_SOURCE
#include "replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "ending.h"
#include "resume.h"

/* Far beyond what either takes: to end in order; to read what is kept and to serve again. */
enum { LEAVE_MS = 3000, TRIAL_MS = 30000 };

/* Written to when it is asked for: until then it is no memory. */
static struct command {
  char bytes[REPLACEMENT_BYTES_MAX];
  char *word[REPLACEMENT_WORDS_MAX + 1];
} next, former;
static char init_path[PATH_MAX]; /* of the other image of init; empty: this one stays */

static struct {
  enum { AS_IT_IS, ASKED_FOR, ON_TRIAL } state;
  uint64_t limit; /* of ASKED_FOR and ON_TRIAL */
  bool late;
  uint8_t outcome; /* enum replaced; 0: nothing is to be told */
  int32_t code;
  int image; /* the image of init before this one, to go back to; -1: none */
} replacement = {.limit = NEVER, .image = -1};

/* 0, or the errno of a command that cannot be kept. */
static int measure(struct sequence words) {
  const uint8_t *at = words.bytes;
  size_t needed = words.count;
  if (!words.count) return EINVAL;
  if (words.count > REPLACEMENT_WORDS_MAX) return E2BIG;
  for (uint32_t i = 0; i < words.count; i++) {
    needed += wire_u32(at);
    at += 4 + wire_u32(at);
  }
  return needed > REPLACEMENT_BYTES_MAX ? E2BIG : 0;
}

static void copy(struct command *to, struct sequence words) {
  const uint8_t *at = words.bytes;
  char *end = to->bytes;
  for (uint32_t i = 0; i < words.count; i++) {
    const uint32_t length = wire_u32(at);
    to->word[i] = memcpy(end, at + 4, length);
    end[length] = 0;
    end += length + 1;
    at += 4 + length;
  }
  to->word[words.count] = NULL;
}

int replacement_ask(const struct replace_request *request, char *why) {
  if (replacement.state != AS_IT_IS || ending_is_on()) return EBUSY;
  int error = measure(request->former);
  if (!error) error = measure(request->command);
  if (!error && request->init.length >= sizeof init_path) error = E2BIG;
  if (error) return error;
  memcpy(init_path, request->init.bytes, request->init.length);
  init_path[request->init.length] = 0;
  if (init_path[0] && !resume_can(init_path, why)) return ENOEXEC;
  copy(&former, request->former);
  copy(&next, request->command);
  replacement.state = ASKED_FOR;
  replacement.limit = now_ms() + LEAVE_MS;
  replacement.late = false;
  replacement.outcome = 0;
  return 0;
}

static void forget_image(void) {
  if (replacement.image != -1) close(replacement.image);
  replacement.image = -1;
}

static void fail(uint8_t outcome, int32_t code) {
  brain_command(former.word);
  replacement.state = AS_IT_IS;
  replacement.limit = NEVER;
  replacement.outcome = outcome;
  replacement.code = code;
}

static void begin_trial(void) {
  brain_command(next.word);
  replacement.state = ON_TRIAL;
  replacement.limit = now_ms() + TRIAL_MS;
  replacement.outcome = REPLACED_ON_TRIAL;
  replacement.code = 0;
  if (!init_path[0]) return;
  resume_into(init_path, -1);
  const int error = errno;
  complain("cannot execute %s: errno %d", init_path, error);
  fail(REPLACED_NOT_EXECUTED, error);
}

/* The former image of init, too: the former brain may speak its version of the link alone. */
static void go_back(int status) {
  complain("the program in the brain's place %s (%s %d): the former one comes back", replacement.late ? "does not settle" : "has ended",
           WIFSIGNALED(status) ? "signal" : "code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  fail(replacement.late ? REPLACED_LATE : REPLACED_ENDED, status);
  if (replacement.image == -1) return;
  resume_into(NULL, replacement.image);
  complain("cannot go back to the former image: errno %d", errno);
  forget_image();
}

bool replacement_brain_ended(int status) {
  switch (replacement.state) {
    case AS_IT_IS: return false;
    case ASKED_FOR: begin_trial(); return true;
    case ON_TRIAL: go_back(status); return true;
  }
  return false;
}

void replacement_settled(void) {
  if (replacement.state == ASKED_FOR) return;
  forget_image();
  replacement.state = AS_IT_IS;
  replacement.limit = NEVER;
  replacement.outcome = 0;
}

bool replacement_report(uint8_t *outcome, int32_t *code) {
  *outcome = replacement.outcome;
  *code = replacement.code;
  return replacement.outcome != 0;
}

uint64_t replacement_deadline(void) { return replacement.limit; }

void replacement_tick(uint64_t now) {
  if (now < replacement.limit) return;
  replacement.limit = NEVER;
  replacement.late = replacement.state == ON_TRIAL;
  brain_signal(SIGKILL);
}

void replacement_save(void) {
  uint32_t words = 0;
  state_begin(STATE_REPLACEMENT);
  state_put(replacement.state == ON_TRIAL, 1);
  state_put(replacement.outcome, 1);
  state_put((uint32_t)replacement.code, 4);
  while (replacement.state == ON_TRIAL && former.word[words]) words++;
  state_put(words, 4);
  for (uint32_t i = 0; i < words; i++) state_put_text((struct text){(const uint8_t *)former.word[i], (uint32_t)strlen(former.word[i])});
  state_end();
}

bool replacement_load(struct state_record *record) {
  replacement.state = state_take(record, 1) ? ON_TRIAL : AS_IT_IS;
  replacement.outcome = (uint8_t)state_take(record, 1);
  replacement.code = (int32_t)state_take(record, 4);
  struct sequence words = {.count = (uint32_t)state_take(record, 4)};
  words.bytes = record->at;
  for (uint32_t i = 0; i < words.count && !record->broken; i++) {
    record->broken = record->left < 4;
    state_take_text(record);
  }
  if (!words.count) return replacement.state == AS_IT_IS;
  if (record->broken || measure(words)) return false;
  copy(&former, words);
  return true;
}

void replacement_resume(int image, bool back) {
  replacement.image = image;
  replacement.limit = now_ms() + TRIAL_MS;
  if (replacement.state == ON_TRIAL && back) fail(REPLACED_NOT_RESUMED, 0);
  if (replacement.state == ON_TRIAL && fcntl(image, F_SETFD, FD_CLOEXEC) != -1) return;
  forget_image();
  if (replacement.state == AS_IT_IS) replacement.limit = NEVER;
}
