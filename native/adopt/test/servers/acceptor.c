// What accept() on an adopted socket must do as accept(2) does it. acceptor PORT CASE; prints what it saw.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int listener;

static const char *name_of(int number) {
  return number == EAGAIN ? "EAGAIN" : number == EINTR ? "EINTR" : number == EINVAL ? "EINVAL" : "another error";
}

static void say(const char *what, int result) {
  if (result < 0)
    printf("%s %s\n", what, name_of(errno));
  else
    printf("%s ok\n", what);
  fflush(stdout);
}

static void on_alarm(int number) { (void)number; }

// The library's own wait comes here, before the C library's. In the case `late` the first one ends for nothing, and then the signal comes: nobody waits.
static bool comes_late;

int ppoll(struct pollfd *set, nfds_t count, const struct timespec *timeout, const sigset_t *signals) {
  if (comes_late) {
    comes_late = false;
    raise(SIGALRM);
    return 1;
  }
  // The C library's own, which is a cancellation point.
  int (*real)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
  *(void **)&real = dlsym(RTLD_NEXT, "ppoll");
  return real(set, count, timeout, signals);
}

static void *wait_in_accept(void *unused) {
  say("thread", accept(listener, NULL, NULL));
  return unused;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  say("bind", bind(listener, (struct sockaddr *)&at, sizeof at));
  say("listen", listen(listener, 5));
  const char *what = words[2];
  if (strcmp(what, "accept") == 0) {
    say("accept", accept(listener, NULL, NULL));
  } else if (strcmp(what, "timeout") == 0) {
    struct timeval soon = {.tv_usec = 50000};
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    say("accept", accept(listener, NULL, NULL));
  } else if (strcmp(what, "interrupt") == 0 || strcmp(what, "restart") == 0) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = strcmp(what, "restart") == 0 ? SA_RESTART : 0};
    struct itimerval timer = {.it_value.tv_usec = 50000, .it_interval.tv_usec = 50000};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    say("accept", accept(listener, NULL, NULL));
  } else if (strcmp(what, "late") == 0) {
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    comes_late = true;
    say("accept", accept(listener, NULL, NULL));
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    printf("signals are %s\n", sigismember(&blocked, SIGTERM) ? "blocked" : "free");
  } else {
    pthread_t thread;
    pthread_create(&thread, NULL, wait_in_accept, NULL);
    usleep(50000);
    if (strcmp(what, "cancel") == 0)
      pthread_cancel(thread);
    else
      say("shutdown", shutdown(listener, SHUT_RDWR));
    void *result = NULL;
    pthread_join(thread, &result);
    printf("joined %s\n", result == PTHREAD_CANCELED ? "cancelled" : "ended");
  }
  return 0;
}
