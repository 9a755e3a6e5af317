#define _GNU_SOURCE
#include "inquest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The beginning of /proc/PID/NAME as text; false when it cannot be read. */
static bool read_text(pid_t pid, const char *name, char *out, size_t room) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return false;
  ssize_t length = read(fd, out, room - 1);
  close(fd);
  if (length < 0) return false;
  out[length] = 0;
  return true;
}

/* What stands behind `label` in /proc/PID/status, up to the end of its line, or NULL. */
static char *field(char *status, const char *label) {
  char *found = strstr(status, label);
  if (!found) return NULL;
  found += strlen(label);
  found[strcspn(found, "\n")] = 0;
  return found;
}

bool inquest_traced(pid_t pid) {
  char status[2048];
  const char *tracer = read_text(pid, "status", status, sizeof status) ? field(status, "\nTracerPid:\t") : NULL;
  return tracer && strtol(tracer, NULL, 10) > 0;
}

char inquest_state(pid_t pid) {
  char status[2048];
  const char *state = read_text(pid, "status", status, sizeof status) ? field(status, "\nState:\t") : NULL;
  return state ? *state : 0;
}

/* The file that the first argument of a system call stands for, where it is a descriptor. */
static bool describe_file(pid_t pid, unsigned long argument, char *out, size_t room) {
  char path[64];
  if (argument > 1 << 20) return false;
  snprintf(path, sizeof path, "/proc/%d/fd/%lu", (int)pid, argument);
  ssize_t length = readlink(path, out, room - 1);
  if (length <= 0) return false;
  out[length] = 0;
  return true;
}

void inquest_describe(pid_t pid, char *out, size_t room) {
  char status[2048], call[256], wait[64], target[256];
  const char *state = read_text(pid, "status", status, sizeof status) ? field(status, "\nState:\t") : NULL;
  int used = snprintf(out, room, "state %s", state ? state : "unknown");
  if (used < 0 || (size_t)used >= room || !read_text(pid, "syscall", call, sizeof call)) return;
  char *end;
  const long number = strtol(call, &end, 10);
  if (end == call || number < 0) return; /* "running" */
  const unsigned long argument = strtoul(end, NULL, 16);
  if (!read_text(pid, "wchan", wait, sizeof wait)) wait[0] = 0;
  used += snprintf(out + used, room - (size_t)used, ", in system call %ld%s%s", number, wait[0] && strcmp(wait, "0") != 0 ? ", waiting in " : "",
                   wait[0] && strcmp(wait, "0") != 0 ? wait : "");
  if ((size_t)used < room && describe_file(pid, argument, target, sizeof target))
    snprintf(out + used, room - (size_t)used, ", descriptor %lu: %s", argument, target);
}
