#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "socket_file.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* linux/in6.h */
#endif

/* In the order of their making; the first `count` are in use. */
static struct held {
  uint32_t key;
  uint8_t kind, options;
  uint8_t length;
  char address[WIRE_ADDRESS_MAX];
  uint16_t port;
  uint64_t inode;
  uint32_t backlog;
  int fd;
  struct socket_file file;
} table[SOCKETS_MAX];
static uint32_t count;

static struct held *find(uint32_t key) {
  for (uint32_t i = 0; i < count; i++)
    if (table[i].key == key) return &table[i];
  return NULL;
}

static bool set(int fd, int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value) == 0; }

/* A stream socket may follow one whose connections still linger; of datagrams, REUSEADDR would let another one take a part. */
static bool set_options(int fd, const struct listen_request *request) {
  const int family = address_family(request->kind);
  if (family == AF_UNIX) return true;
  if (address_type(request->kind) == SOCK_STREAM && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  if (family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, (request->options & OPTION_V6ONLY) != 0)) return false;
  if (!(request->options & OPTION_FREEBIND)) return true;
  return family == AF_INET ? set(fd, IPPROTO_IP, IP_FREEBIND, 1) : set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
}

/* The file is never more open than it is to be: nobody can connect before its owner and mode are settled. */
static bool bind_to(int fd, const struct address *address, uint32_t mode) {
  mode_t before = mode == WIRE_NONE ? 0 : umask(0777 & ~mode);
  int result = bind(fd, (const struct sockaddr *)&address->storage, address->length);
  if (mode != WIRE_NONE) umask(before);
  return result == 0;
}

static bool queue(int fd, uint32_t backlog) { return listen(fd, backlog > INT_MAX ? INT_MAX : (int)backlog) == 0; }

static int make(uint8_t kind, uint8_t options) {
  const int blocking = options & OPTION_BLOCKING ? 0 : SOCK_NONBLOCK;
  return socket(address_family(kind), address_type(kind) | SOCK_CLOEXEC | blocking, 0);
}

/* Binds and settles `held`; answers the stage that failed, with errno. */
static enum listen_stage settle(struct held *held, const struct listen_request *request, const struct address *address) {
  const char *path = address_path(address);
  struct stat status;
  if (!set_options(held->fd, request)) return LISTEN_OPTION;
  if (path && request->options & OPTION_UNLINK_STALE && !socket_file_clear(address)) return LISTEN_STALE;
  if (!bind_to(held->fd, address, request->mode)) return LISTEN_BIND;
  if (path) switch (socket_file_take(path, request->uid, request->gid, request->mode, &held->file)) {
      case FILE_TAKEN: break;
      case FILE_OWNER: return LISTEN_OWNER;
      case FILE_MODE: return LISTEN_MODE;
    }
  if (address_type(request->kind) == SOCK_STREAM && !queue(held->fd, request->backlog)) return LISTEN_LISTEN;
  if (fstat(held->fd, &status) == -1) return LISTEN_SOCKET;
  held->inode = status.st_ino;
  held->port = address_port(held->fd);
  return 0;
}

static void drop(struct held *held) {
  socket_file_remove(&held->file);
  close(held->fd);
}

struct listen_failure sockets_listen(const struct listen_request *request) {
  struct address address;
  if (!request->socket) return (struct listen_failure){LISTEN_TABLE, EINVAL};
  if (find(request->socket)) return (struct listen_failure){LISTEN_TABLE, EEXIST};
  if (count == SOCKETS_MAX) return (struct listen_failure){LISTEN_TABLE, ENFILE};
  if (!address_read(request->kind, request->address, request->port, &address)) return (struct listen_failure){LISTEN_ADDRESS, errno};
  struct held *held = &table[count];
  *held = (struct held){.key = request->socket, .kind = request->kind, .options = request->options, .length = (uint8_t)request->address.length};
  held->backlog = request->backlog;
  memcpy(held->address, request->address.bytes, held->length);
  held->fd = make(request->kind, request->options);
  if (held->fd == -1) return (struct listen_failure){LISTEN_SOCKET, errno};
  struct listen_failure failure = {.stage = settle(held, request, &address)};
  failure.error = failure.stage ? errno : 0;
  if (failure.stage)
    drop(held);
  else
    count++;
  return failure;
}

/* Another socket in the place of a file's, which stays as it was: of that owner, with that mode. */
static bool replace(struct held *held) {
  struct stat status;
  struct address address;
  const struct text name = {(const uint8_t *)held->address, held->length};
  if (!held->file.inode || lstat(held->file.path, &status) == -1) return false;
  if (status.st_dev != held->file.device || status.st_ino != held->file.inode) return false;
  if (!address_read(held->kind, name, 0, &address)) return false;
  const struct listen_request request = {.kind = held->kind,
                                         .options = held->options | OPTION_UNLINK_STALE,
                                         .backlog = held->backlog,
                                         .uid = status.st_uid,
                                         .gid = status.st_gid,
                                         .mode = status.st_mode & 07777};
  struct held next = *held;
  next.fd = make(held->kind, held->options);
  if (next.fd == -1) return false;
  if (settle(&next, &request, &address)) {
    close(next.fd);
    return false;
  }
  close(held->fd);
  *held = next;
  return true;
}

bool sockets_revive(uint32_t key) {
  struct held *held = find(key);
  if (!held || address_type(held->kind) != SOCK_STREAM) return false;
  struct pollfd polled = {held->fd, POLLRDHUP, 0};
  if (poll(&polled, 1, 0) != 1 || !(polled.revents & (POLLHUP | POLLRDHUP))) return false;
  if (address_family(held->kind) == AF_UNIX) return replace(held);
  if (!queue(held->fd, held->backlog)) return false;
  held->port = address_port(held->fd); /* of one that the kernel has chosen there is another now */
  return true;
}

bool sockets_close(uint32_t key) {
  struct held *held = find(key);
  if (!held) return false;
  drop(held);
  count--;
  memmove(held, held + 1, (size_t)(table + count - held) * sizeof *held);
  return true;
}

void sockets_close_all(void) {
  while (count) drop(&table[--count]);
}

int sockets_find(uint32_t key) {
  const struct held *held = find(key);
  return held ? held->fd : -1;
}

bool sockets_nth(uint32_t n, struct socket_report *out) {
  if (n >= count) return false;
  const struct held *held = &table[n];
  *out = (struct socket_report){held->key, held->kind, held->options, {(const uint8_t *)held->address, held->length}, held->port, held->inode};
  return true;
}

bool sockets_report(uint32_t key, struct socket_report *out) {
  const struct held *held = find(key);
  return held && sockets_nth((uint32_t)(held - table), out);
}

void sockets_save(void) {
  for (uint32_t i = 0; i < count; i++) {
    const struct held *held = &table[i];
    state_begin(STATE_SOCKET);
    state_put(held->key, 4);
    state_put(held->kind, 1);
    state_put(held->options, 1);
    state_put_text((struct text){(const uint8_t *)held->address, held->length});
    state_put(held->port, 2);
    state_put(held->inode, 8);
    state_put_fd(held->fd);
    socket_file_save(&held->file);
    state_end();
  }
}

bool socket_load(struct state_record *record) {
  if (count == SOCKETS_MAX) return false;
  struct held *held = &table[count];
  *held = (struct held){.key = (uint32_t)state_take(record, 4)};
  held->kind = (uint8_t)state_take(record, 1);
  held->options = (uint8_t)state_take(record, 1);
  const struct text address = state_take_text(record);
  if (address.length > sizeof held->address) return false;
  held->length = (uint8_t)address.length;
  memcpy(held->address, address.bytes, address.length);
  held->port = (uint16_t)state_take(record, 2);
  held->inode = state_take(record, 8);
  held->fd = state_take_fd(record);
  socket_file_load(record, &held->file);
  held->backlog = INT_MAX; /* not kept: whoever has shut it down gets the system's */
  count++;
  return held->fd != -1;
}
