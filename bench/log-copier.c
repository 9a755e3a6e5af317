/*
 * What the kernel's copying alone costs: log-copier COUNT WRITER DIR SIZE RATE starts COUNT programs `WRITER DIR/count-N SIZE RATE`, reads what is in
 * their pipes and writes it to DIR/N.log, which begins anew at 4 MB. No line is looked at.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { piece = 1 << 16, limit = 4 << 20, most = 64 };

int main(int argc, char **argv) {
  static char buffer[piece];
  static int pipes[most], logs[most];
  static size_t sizes[most];
  int count = argc == 6 ? atoi(argv[1]) : 0;
  if (count < 1 || count > most) return 100;
  int poller = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; i++) {
    int ends[2];
    char path[256];
    if (pipe2(ends, O_CLOEXEC) < 0) return 111;
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      snprintf(path, sizeof path, "%s/count-%d", argv[3], i);
      dup2(ends[1], 1);
      execl(argv[2], argv[2], path, argv[4], argv[5], (char *)NULL);
      _exit(111);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "%s/%d.log", argv[3], i);
    pipes[i] = ends[0];
    logs[i] = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &(struct epoll_event){.events = EPOLLIN, .data.u32 = (uint32_t)i}) < 0) return 111;
  }
  for (;;) {
    struct epoll_event events[most];
    int ready = epoll_wait(poller, events, most, -1);
    for (int at = 0; at < ready; at++) {
      const uint32_t i = events[at].data.u32;
      ssize_t length = read(pipes[i], buffer, piece);
      if (length <= 0 || write(logs[i], buffer, (size_t)length) != length) return 111;
      sizes[i] += (size_t)length;
      if (sizes[i] < limit) continue;
      if (ftruncate(logs[i], 0) < 0) return 111;
      sizes[i] = 0;
    }
  }
}
