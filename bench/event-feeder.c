/*
 * What pipes and processes alone cost: event-feeder LISTENERS DIR PROGRAMS SERVICE WORD… starts LISTENERS listeners `SERVICE count DIR/count-N` and so many
 * programs `SERVICE WORD…` (bench/event-listener.c), and hands what it reads at a time, which is an event, to a listener that is ready, of those that wait the
 * oldest first. More than a hundred do not wait. Nothing is looked at: whatever a listener says means that it is ready.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum { block = 4096, most = 16, most_programs = 256, waiting_at_most = 100 };

/* Starts the service; its stdout is read from *out, and its stdin, where in is not NULL, written to *in. */
static void start(char *const words[], int *out, int *in) {
  int from[2], to[2] = {-1, -1};
  if (pipe2(from, 0) < 0 || (in != NULL && pipe2(to, 0) < 0)) _exit(111);
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(from[1], 1);
    if (in != NULL) dup2(to[0], 0);
    for (int fd = 3; fd < 1024; fd++) close(fd);
    execv(words[0], words);
    _exit(111);
  }
  close(from[1]);
  *out = from[0];
  if (in == NULL) return;
  close(to[0]);
  *in = to[1];
}

int main(int argc, char **argv) {
  static char blocks[waiting_at_most][block], answer[256];
  static ssize_t sizes[waiting_at_most];
  static int inputs[most], ready[most];
  struct pollfd watched[most + most_programs];
  const int listeners = argc > 5 ? atoi(argv[1]) : 0, programs = argc > 5 ? atoi(argv[3]) : 0;
  if (listeners < 1 || listeners > most || programs < 1 || programs > most_programs) return 100;
  for (int i = 0; i < listeners; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/count-%d", argv[2], i);
    start((char *[]){argv[4], "count", path, NULL}, &watched[i].fd, &inputs[i]);
  }
  for (int i = 0; i < programs; i++) start(argv + 4, &watched[listeners + i].fd, NULL);
  for (int i = 0; i < listeners + programs; i++) watched[i].events = POLLIN;
  size_t first = 0, waiting = 0;
  for (unsigned long serial = 0;;) {
    if (poll(watched, (nfds_t)(listeners + programs), -1) < 0) return 111;
    for (int i = 0; i < listeners + programs; i++) {
      if (watched[i].revents == 0) continue;
      const size_t at = (first + waiting) % waiting_at_most;
      const ssize_t got = i < listeners ? read(watched[i].fd, answer, sizeof answer) : read(watched[i].fd, blocks[at], block);
      if (got <= 0) return 111;
      if (i >= listeners) sizes[at] = got;
      if (i < listeners) ready[i] = 1;
      else if (waiting < waiting_at_most) waiting++;
      else first = (first + 1) % waiting_at_most;
    }
    for (int i = 0; i < listeners && waiting > 0; i++) {
      if (!ready[i]) continue;
      char head[256];
      int length = snprintf(head, sizeof head, "ver:3.0 server:supervisor serial:%lu pool:count poolserial:%lu eventname:PROCESS_LOG_STDOUT len:%zd\n", serial, serial, sizes[first]);
      serial++;
      struct iovec parts[] = {{head, (size_t)length}, {blocks[first], (size_t)sizes[first]}};
      if (writev(inputs[i], parts, 2) != length + sizes[first]) return 111;
      ready[i] = 0;
      first = (first + 1) % waiting_at_most;
      waiting--;
    }
  }
}
