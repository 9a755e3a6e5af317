#define _GNU_SOURCE
#include "ending.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "families.h"
#include "generations.h"
#include "last_words.h"
#include "link.h"
#include "loggers.h"
#include "sockets.h"

/* The brain has asked for the end, so it is not given all of a long grace. What SIGKILL does not end (uninterruptible
 * sleep) is waited for, but not for ever. */
enum { BRAIN_GRACE_MS = 1000, LOOK_EVERY_MS = 10, GIVE_UP_MS = 10000 };

static struct {
  bool on;
  uint8_t code;
  uint64_t brain_at, kill_at, give_up_at, look_at;
} ending;

static bool nothing_left(void) {
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD) return false;
  return no_stranger_left();
}

void ending_begin(uint8_t code, uint32_t grace_ms) {
  uint64_t now = now_ms();
  link_finish();
  loggers_dismiss();
  ending.on = true;
  ending.code = code;
  ending.kill_at = now + grace_ms;
  ending.brain_at = now + (grace_ms < BRAIN_GRACE_MS ? grace_ms : BRAIN_GRACE_MS);
  ending.give_up_at = now + grace_ms + GIVE_UP_MS;
  ending.look_at = NEVER;
  everybody_signal(SIGTERM);
}

_Noreturn void ending_leave(int code) {
  for (uint32_t i = 0; i < generations_end(); i++)
    if (generations_at(i)) notify_close(&generations_at(i)->notify);
  sockets_close_all();
  last_words_show();
  _exit(code);
}

bool ending_is_on(void) { return ending.on; }

uint64_t ending_deadline(void) {
  if (!ending.on) return NEVER;
  uint64_t first = ending.kill_at < ending.brain_at ? ending.kill_at : ending.brain_at;
  if (ending.look_at < first) first = ending.look_at;
  return ending.give_up_at < first ? ending.give_up_at : first;
}

void ending_tick(uint64_t now) {
  if (!ending.on) return;
  if (nothing_left()) ending_leave(ending.code);
  if (now >= ending.give_up_at) {
    complain("not everything could be ended");
    ending_leave(ending.code);
  }
  if (now >= ending.brain_at) {
    ending.brain_at = NEVER;
    brain_signal(SIGKILL);
  }
  if (now >= ending.kill_at) {
    everybody_signal(SIGKILL);
    ending.kill_at = now + SWEEP_AGAIN_MS;
  }
  /* The end of a stranger is reaped outside and told to nobody here. */
  ending.look_at = getpid() == 1 ? now + LOOK_EVERY_MS : NEVER;
}
