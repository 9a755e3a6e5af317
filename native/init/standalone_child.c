#define _GNU_SOURCE
#include "standalone_child.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standalone_voice.h"
#include "terminal.h"

enum { NOT_FOUND = 127, NOT_EXECUTABLE = 126, DUMB_INIT_EXEC_FAILED = 2 };

static void enter_session(int failure) {
  if (setsid() == -1) {
    voice_dumb_init_error("Unable to setsid (errno=%d %s). Exiting.", errno, strerror(errno));
    _exit(failure);
  }
  terminal_adopt();
  voice_dumb_init("setsid complete.");
}

static void enter_group(const struct standalone_options *options) {
  /* tini takes the terminal even from a group in front of its own; under our own name the command is put in front only
   * where init was. */
  bool wanted = options->personality == AS_TINI || terminal_is_ours();
  if (setpgid(0, 0) == -1) {
    voice_tini(LEVEL_FATAL, "setpgid failed: %s", strerror(errno));
    _exit(options->failure);
  }
  if (wanted && !terminal_take_foreground()) _exit(options->failure);
}

/* Where execvp(3) has found `name`; false when it is not found now. */
static bool find_in_path(const char *name, char *path, size_t size) {
  const char *at = getenv("PATH");
  if (strchr(name, '/') || !at) return (size_t)snprintf(path, size, "%s", name) < size;
  for (;; at++) {
    size_t length = strcspn(at, ":");
    int wanted = snprintf(path, size, "%.*s%s%s", (int)length, at, length ? "/" : "", name);
    if ((size_t)wanted < size && access(path, X_OK) == 0) return true;
    at += length;
    if (!*at) return false;
  }
}

/* A script without a first line that names its interpreter is the shell's: so exec(3p) wants it, so glibc does it; musl does not. */
static void exec_as_script(char **command) {
  char path[PATH_MAX], *name = command[0], *before = command[-1];
  if (find_in_path(name, path, sizeof path)) {
    command[-1] = "/bin/sh";
    command[0] = path;
    execv(command[-1], command - 1);
  }
  command[-1] = before;
  command[0] = name;
  errno = ENOEXEC;
}

static int exec_failure(const struct standalone_options *options, int error) {
  if (options->personality == AS_DUMB_INIT) return DUMB_INIT_EXEC_FAILED;
  if (error == ENOENT) return NOT_FOUND;
  if (error == EACCES || options->personality == AS_LEGATO) return NOT_EXECUTABLE;
  return options->failure;
}

_Noreturn void standalone_child(const struct standalone_options *options, const struct inherited_signals *found) {
  if (options->placement == PLACE_SESSION) enter_session(options->failure);
  if (options->placement == PLACE_GROUP) enter_group(options);
  standalone_return_signals(options, found);
  execvp(options->command[0], options->command);
  if (errno == ENOEXEC) exec_as_script(options->command);
  int error = errno;
  voice_tini(LEVEL_FATAL, "exec %s failed: %s", options->command[0], strerror(error));
  voice_dumb_init_error("%s: %s", options->command[0], strerror(error));
  _exit(exec_failure(options, error));
}
