// The life of a listening socket: bind, listen, its name, its flags, its end.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "accept.h"
#include "count.h"
#include "held.h"
#include "real.h"
#include "swap.h"
#include "table.h"

// What the program has set on its own socket, or left as it was, and expects of accept() and of every connection accepted, or of what it
// receives. A socket of another kind has no such option, and getsockopt(2) says so.
static void carry_options(int from, int to) {
  static const struct { int level; int name; } options[] = {
      {SOL_SOCKET, SO_KEEPALIVE},      {SOL_SOCKET, SO_LINGER},           {SOL_SOCKET, SO_RCVTIMEO},
      {SOL_SOCKET, SO_SNDTIMEO},       {SOL_SOCKET, SO_BROADCAST},        {SOL_SOCKET, SO_TIMESTAMP},
      {SOL_SOCKET, SO_TIMESTAMPNS},    {SOL_SOCKET, SO_RXQ_OVFL},         {SOL_SOCKET, SO_PASSCRED},
      {IPPROTO_TCP, TCP_NODELAY},      {IPPROTO_TCP, TCP_DEFER_ACCEPT},   {IPPROTO_TCP, TCP_KEEPIDLE},
      {IPPROTO_TCP, TCP_KEEPINTVL},    {IPPROTO_TCP, TCP_KEEPCNT},        {IPPROTO_TCP, TCP_USER_TIMEOUT},
      {IPPROTO_IP, IP_TOS},            {IPPROTO_IP, IP_PKTINFO},          {IPPROTO_IP, IP_RECVTOS},
      {IPPROTO_IP, IP_RECVTTL},        {IPPROTO_IP, IP_MTU_DISCOVER},     {IPPROTO_IPV6, IPV6_RECVPKTINFO},
      {IPPROTO_IPV6, IPV6_RECVTCLASS}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT}, {IPPROTO_IPV6, IPV6_TCLASS},
      {IPPROTO_UDP, UDP_GRO},
  };
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
    char value[sizeof(struct timeval)];
    socklen_t length = sizeof value;
    // Refused of an option that the held socket has not (an IPv4 one, for a mapped address): a bind(2) that failed for it would cost more.
    if (getsockopt(from, options[i].level, options[i].name, value, &length) != 0) continue;
    // These two are one: what is off in one of them would put the other one out.
    bool is_stamp = options[i].level == SOL_SOCKET && (options[i].name == SO_TIMESTAMP || options[i].name == SO_TIMESTAMPNS);
    if (is_stamp && value[0] == 0) continue;
    setsockopt(to, options[i].level, options[i].name, value, length);
  }
}

EXPORT int bind(int fd, const struct sockaddr *address, socklen_t length) {
  int index = adopt_active ? held_for(fd, address, length) : -1;
  if (index < 0) return (int)KERNEL(SYS_bind, fd, address, length);
  const struct held *held = held_at(index);
  int flags = (int)KERNEL(SYS_fcntl, fd, F_GETFL);
  if (flags < 0) return -1;
  carry_options(fd, held->fd);
  if (swap_file(fd, held->fd) != 0) return -1;
  if (held->type == SOCK_DGRAM) {
    // Nothing here waits for the program: what it wants of its socket is what the kernel does.
    KERNEL(SYS_fcntl, fd, F_SETFL, flags);
  } else {
    // Shared with other generations and never to be waited on in the kernel: accept() waits in ppoll(2).
    KERNEL(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
    table_set(fd, (uint16_t)(fd_listener | (flags & O_NONBLOCK ? fd_nonblock : 0) | index << 8));
  }
  count_bound();
  return 0;
}

EXPORT int listen(int fd, int backlog) {
  uint16_t entry = adopt_active ? table_listener(fd) : 0;
  if (entry == 0) return (int)KERNEL(SYS_listen, fd, backlog);
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  // Of a listening socket tcpi_sacked is the backlog (tcp(7) is silent; net/ipv4/tcp.c, tcp_get_info). Others keep theirs.
  int at = entry & fd_held ? held_at(table_index(entry))->fd : fd;
  if (!(entry & fd_silent) && getsockopt(at, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
      (backlog < 0 || (unsigned)backlog > info.tcpi_sacked))
    KERNEL(SYS_listen, at, backlog);
  count_listening(fd);
  return 0;
}

// shutdown(2) of a listening socket is how some programs wake their acceptors: on the held one it would end it for everybody.
EXPORT int shutdown(int fd, int how) {
  uint16_t entry = adopt_active ? table_listener(fd) : 0;
  if (entry == 0) return (int)KERNEL(SYS_shutdown, fd, how);
  swap_silence(fd);
  // A number that the program has closed past us and opened anew.
  if (table_get(fd) == 0) return (int)KERNEL(SYS_shutdown, fd, how);
  table_mark(fd, fd_shut);
  // Where nothing could be put in its place (no descriptor is left) the mark alone ends it, here.
  int result = held_behind(fd) >= 0 ? 0 : (int)KERNEL(SYS_shutdown, fd, how);
  accept_wake_all();
  return result;
}

EXPORT int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  uint16_t entry = adopt_active ? table_get(fd) : 0;
  if (!(entry & (fd_silent | fd_held))) return (int)KERNEL(SYS_getsockname, fd, address, length);
  const struct held *held = held_at(table_index(entry));
  memcpy(address, &held->name, *length < held->name_length ? *length : held->name_length);
  *length = held->name_length;
  return 0;
}

// What stands in for a listener has none of its options.
static int option_at(int fd) {
  uint16_t entry = adopt_active ? table_get(fd) : 0;
  if (!(entry & (fd_silent | fd_held))) return fd;
  int held = held_at(table_index(entry))->fd;
  return held < 0 ? fd : held;
}

EXPORT int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict length) {
  return (int)KERNEL(SYS_getsockopt, option_at(fd), level, name, value, length);
}

// A quiet generation has no say in the others' socket any more.
EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  bool held = adopt_active && table_get(fd) & fd_held;
  return (int)KERNEL(SYS_setsockopt, held ? option_at(fd) : fd, level, name, value, length);
}

// An exclusive waiter of a silent generation would swallow the wake-up that the other generation needs.
EXPORT int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
  if (adopt_active && operation == EPOLL_CTL_ADD && event != NULL && table_listener(fd)) {
    struct epoll_event shared = *event;
    shared.events &= ~(uint32_t)EPOLLEXCLUSIVE;
    count_listening(fd);
    if (count_mine() && table_get(epoll) == 0) table_set(epoll, fd_used);
    return (int)KERNEL(SYS_epoll_ctl, epoll, operation, fd, &shared);
  }
  return (int)KERNEL(SYS_epoll_ctl, epoll, operation, fd, event);
}
