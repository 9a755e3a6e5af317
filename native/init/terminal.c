#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "standalone_voice.h"

bool terminal_take_foreground(void) {
  if (tcsetpgrp(STDIN_FILENO, getpgrp()) == 0) return true;
  switch (errno) {
    case ENOTTY: voice_tini(LEVEL_DEBUG, "tcsetpgrp failed: no tty (ok to proceed)"); return true;
    case ENXIO: voice_tini(LEVEL_DEBUG, "tcsetpgrp failed: no such device (ok to proceed)"); return true;
    default: voice_tini(LEVEL_FATAL, "tcsetpgrp failed: %s", strerror(errno)); return false;
  }
}

bool terminal_is_ours(void) {
  pid_t foreground = tcgetpgrp(STDIN_FILENO); /* 0 and getpgrp() 0: both outside of our pid namespace */
  return foreground != -1 && foreground == getpgrp();
}

void terminal_take_back(pid_t group) {
  if (tcgetpgrp(STDIN_FILENO) == group) tcsetpgrp(STDIN_FILENO, getpgrp()); /* refused: then it is not ours any more */
}

bool terminal_give_up(void) {
  if (ioctl(STDIN_FILENO, TIOCNOTTY) == -1) {
    voice_dumb_init("Unable to detach from controlling tty (errno=%d %s).", errno, strerror(errno));
    return false;
  }
  bool led = getsid(0) == getpid();
  voice_dumb_init(led ? "Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive."
                      : "Detached from controlling tty, but was not session leader.");
  return led;
}

void terminal_adopt(void) {
  if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) == -1)
    voice_dumb_init("Unable to attach to controlling tty (errno=%d %s).", errno, strerror(errno));
}
