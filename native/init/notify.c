#define _GNU_SOURCE
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "brain.h"
#include "generations.h"
#include "kinship.h"
#include "watch.h"

/* Words taken before others have their turn. */
enum { AT_ONCE = 16 };

static bool open_socket(struct notify *notify, struct text name, const struct identity *identity) {
  struct address address;
  if (!address_read(SOCKET_UNIX_DGRAM, name, 0, &address)) return false;
  const char *path = address_path(&address);
  if (path && !socket_file_clear(&address)) return false;
  notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (notify->socket == -1) return false;
  if (setsockopt(notify->socket, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)) == -1) return false;
  if (bind(notify->socket, (struct sockaddr *)&address.storage, address.length) == -1) return false;
  const uint32_t owner = identity->set ? identity->uid : WIRE_NONE;
  return !path || socket_file_take(path, owner, WIRE_NONE, 0600, &notify->file) == FILE_TAKEN;
}

bool notify_open(struct notify *notify, const struct hand_request *hand, const struct identity *identity, int *line_end) {
  int ends[2];
  if (hand->notify.length && !open_socket(notify, hand->notify, identity)) return false;
  if (hand->line == -1) return true;
  if (pipe2(ends, O_CLOEXEC) == -1) return false;
  notify->line = ends[0];
  *line_end = ends[1];
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0; /* ours alone: the service's end waits as it likes */
}

static void close_one(int *fd) {
  if (*fd == -1) return;
  watch_remove(*fd);
  close(*fd);
  *fd = -1;
}

void notify_close(struct notify *notify) {
  close_one(&notify->socket);
  close_one(&notify->line);
  messages_close(&notify->messages);
  socket_file_remove(&notify->file);
  notify->armed = false;
}

bool notify_watch(struct generation *generation) {
  struct notify *notify = &generation->notify;
  const uint32_t index = generations_index(generation);
  notify->armed = true;
  return (notify->socket == -1 || watch_once(notify->socket, index, STREAM_NOTIFY)) &&
         (notify->line == -1 || watch_once(notify->line, index, STREAM_NOTIFY)) &&
         (notify->messages.fd == -1 || watch_once(notify->messages.fd, index, STREAM_NOTIFY));
}

void notify_unwatch(struct generation *generation) {
  struct notify *notify = &generation->notify;
  if (!notify->armed) return;
  if (notify->socket != -1) watch_remove(notify->socket);
  if (notify->line != -1) watch_remove(notify->line);
  if (notify->messages.fd != -1) watch_remove(notify->messages.fd);
  notify->armed = false;
}

static void tell(struct generation *generation, pid_t sender, struct text said) {
  static uint8_t out[WIRE_NOTIFY_MAX];
  generation->notify.armed = false;
  brain_tell(out, wire_notify(out, generation->key, (uint32_t)sender, said));
}

/* Told at the first and then ever more rarely, so that nobody can flood the brain through us. */
static void refuse(struct generation *generation, pid_t sender) {
  uint8_t out[WIRE_REPORT_MAX];
  const uint32_t count = ++generation->notify.refused;
  if (!(count & (count - 1))) brain_tell(out, wire_notify_refused(out, generation->key, (uint32_t)sender, count));
}

static bool says_ready(struct text said) {
  static const char word[] = "READY=1";
  const uint8_t *at = said.bytes, *end = at + said.length;
  while (at < end) {
    const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
    if (!line_end) line_end = end;
    if (line_end - at == sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0) return true;
    at = line_end + 1;
  }
  return false;
}

/* One that is gone already cannot be looked up any more. Of the service's own user it is believed, as nobody (0):
 * a shell's `echo READY=1 | socat` ends before it is read, and a stranger of that user could do worse than this. */
static bool believe(const struct generation *generation, struct ucred *sender) {
  switch (kinship_of(generation, sender->pid)) {
    case KIN_OWN:
    case KIN_DEFUNCT: return true;
    case KIN_STRANGER: return false;
    case KIN_GONE: break;
  }
  if (sender->uid != generation->uid) return false;
  sender->pid = 0;
  return true;
}

/* One datagram; false: there is none. */
static bool hear_datagram(struct generation *generation) {
  static uint8_t bytes[WIRE_NOTIFY_TEXT];
  /* Room for the credentials and nothing else: descriptors that come along are dropped by the kernel, which is also what
   * the barrier of sd_notify_barrier(3) waits for. */
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec room = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(generation->notify.socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length == -1) return errno == EINTR;
  const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  struct ucred sender = {0};
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) memcpy(&sender, CMSG_DATA(header), sizeof sender);
  const struct text said = {bytes, (uint32_t)length};
  const bool legible = length > 0 && !(message.msg_flags & MSG_TRUNC) && !memchr(bytes, 0, (size_t)length);
  if (!sender.pid || !legible || !believe(generation, &sender)) {
    refuse(generation, sender.pid);
  } else {
    generation->notify.ready = generation->notify.ready || says_ready(said);
    tell(generation, sender.pid, said);
  }
  return true;
}

/* s6's way: the first newline counts, whatever comes before it or after. Its end without one is no word at all. */
static bool hear_line(struct generation *generation) {
  static const char word[] = "READY=1";
  char bytes[512];
  ssize_t length = read(generation->notify.line, bytes, sizeof bytes);
  if (length == -1) return errno == EINTR;
  const bool found = memchr(bytes, '\n', (size_t)length) != NULL;
  if (found || length == 0) close_one(&generation->notify.line);
  if (!found) return length > 0;
  generation->notify.ready = true;
  tell(generation, 0, (struct text){(const uint8_t *)word, sizeof word - 1});
  return true;
}

/* One line of a Node child; false: there is none. Nobody but the service has the other end. */
static bool hear_message(struct generation *generation) {
  struct messages *messages = &generation->notify.messages;
  struct text said;
  switch (messages_next(messages, &said)) {
    case MESSAGE_NONE: return false;
    case MESSAGE_AGAIN: break;
    case MESSAGE_TOLD: tell(generation, 0, said); break;
    case MESSAGE_END: messages_close(messages); break;
  }
  return true;
}

void notify_hear(struct generation *generation) {
  struct notify *notify = &generation->notify;
  for (int i = 0; i < AT_ONCE && notify->armed && notify->line != -1 && hear_line(generation); i++);
  for (int i = 0; i < AT_ONCE && notify->armed && notify->socket != -1 && hear_datagram(generation); i++);
  for (int i = 0; i < AT_ONCE && notify->armed && notify->messages.fd != -1 && hear_message(generation); i++);
  /* Only others spoke: what the service itself says is still waited for. */
  if (notify->armed) notify_watch(generation);
}
