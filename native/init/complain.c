#define _GNU_SOURCE
#include "complain.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool complain_raw(const char *text, size_t length) {
  struct pollfd there = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (length > PIPE_BUF || poll(&there, 1, 0) != 1 || !(there.revents & POLLOUT)) return false;
  return write(STDERR_FILENO, text, length) == (ssize_t)length;
}

void complain(const char *format, ...) {
  char line[256] = "legato-init: ";
  size_t prefix = strlen(line);
  va_list arguments;
  va_start(arguments, format);
  int wanted = vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);
  va_end(arguments);
  size_t length = strlen(line);
  if (wanted < 0) return;
  line[length++] = '\n';
  complain_raw(line, length); /* there is nowhere else to say it */
}
