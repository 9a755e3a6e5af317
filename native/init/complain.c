#define _GNU_SOURCE
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
  ssize_t written = write(STDERR_FILENO, line, length);
  (void)written; /* there is nowhere else to say it */
}
