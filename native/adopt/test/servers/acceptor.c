// What accept() on an adopted socket must do as accept(2) does it. acceptor PORT CASE; prints what it saw.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
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
