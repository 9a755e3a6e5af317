#define _GNU_SOURCE
#include "standalone_voice.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static enum personality speaker;
static int loudness;

void voice_set(enum personality personality, int verbosity) {
  speaker = personality;
  loudness = verbosity;
}

/* In one write(2), so that lines of parent and child do not mix; cut where a path of full length would still fit. */
static void say(int fd, const char *prefix, const char *format, va_list arguments) {
  char line[PATH_MAX + 128];
  int length = snprintf(line, sizeof line, "%s", prefix);
  int more = vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
  if (more < 0) return;
  length += more;
  if ((size_t)length > sizeof line - 1) length = sizeof line - 1;
  line[length++] = '\n';
  ssize_t written = write(fd, line, (size_t)length);
  (void)written; /* there is nowhere else to say it */
}

void voice_tini(enum level level, const char *format, ...) {
  static const char *const names[] = {"FATAL", "WARN ", "INFO ", "DEBUG", "TRACE"};
  char prefix[64];
  va_list arguments;
  if (speaker == AS_DUMB_INIT || (level != LEVEL_FATAL && loudness < (int)level)) return;
  snprintf(prefix, sizeof prefix, "[%s %s (%d)] ", names[level], speaker == AS_TINI ? "tini" : "legato-init", getpid());
  va_start(arguments, format);
  say(level <= LEVEL_WARN || speaker == AS_LEGATO ? STDERR_FILENO : STDOUT_FILENO, prefix, format, arguments);
  va_end(arguments);
}

void voice_dumb_init(const char *format, ...) {
  va_list arguments;
  if (speaker != AS_DUMB_INIT || !loudness) return;
  va_start(arguments, format);
  say(STDERR_FILENO, "[dumb-init] ", format, arguments);
  va_end(arguments);
}

void voice_dumb_init_error(const char *format, ...) {
  va_list arguments;
  if (speaker != AS_DUMB_INIT) return;
  va_start(arguments, format);
  say(STDERR_FILENO, "[dumb-init] ", format, arguments);
  va_end(arguments);
}
