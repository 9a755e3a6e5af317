#define _GNU_SOURCE
#include "signals.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int number;
} table[] = {
    {"HUP", SIGHUP},     {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ILL", SIGILL},       {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
    {"BUS", SIGBUS},     {"FPE", SIGFPE},   {"KILL", SIGKILL}, {"USR1", SIGUSR1},     {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE},   {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD}, {"CONT", SIGCONT},
    {"STOP", SIGSTOP},   {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},   {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ},   {"PROF", SIGPROF}, {"IO", SIGIO},     {"VTALRM", SIGVTALRM}, {"PWR", SIGPWR},   {"SYS", SIGSYS},
    {"WINCH", SIGWINCH}, {"IOT", SIGIOT},   {"POLL", SIGPOLL},
};

int signal_number(const char *text) {
  char *end;
  long number = strtol(text, &end, 10);
  if (end != text) return *end == 0 && number >= 1 && number <= SIGNAL_LAST ? (int)number : -1;
  if (strncmp(text, "SIG", 3) == 0) text += 3;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(text, table[i].name) == 0) return table[i].number;
  return -1;
}
