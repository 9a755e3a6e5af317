#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

_Static_assert(sizeof((struct sockaddr_un *)0)->sun_path == WIRE_ADDRESS_MAX, "the snapshot has room for every address");

int address_family(uint8_t kind) {
  switch ((enum socket_kind)kind) {
    case SOCKET_TCP4:
    case SOCKET_UDP4: return AF_INET;
    case SOCKET_TCP6:
    case SOCKET_UDP6: return AF_INET6;
    case SOCKET_UNIX:
    case SOCKET_UNIX_DGRAM: return AF_UNIX;
  }
  return AF_UNSPEC;
}

int address_type(uint8_t kind) { return kind == SOCKET_TCP4 || kind == SOCKET_TCP6 || kind == SOCKET_UNIX ? SOCK_STREAM : SOCK_DGRAM; }

static bool refuse(int error) {
  errno = error;
  return false;
}

static bool read_unix(struct text text, struct address *out) {
  struct sockaddr_un *un = (struct sockaddr_un *)&out->storage;
  if (text.length < 2 || (text.bytes[0] != '/' && text.bytes[0] != '@')) return refuse(EINVAL);
  /* A path keeps its NUL: programs that read the name back rely on it. */
  if (text.length > sizeof un->sun_path - (text.bytes[0] == '/')) return refuse(ENAMETOOLONG);
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, text.bytes, text.length);
  if (text.bytes[0] == '@') un->sun_path[0] = 0;
  out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + text.length + (text.bytes[0] == '/'));
  return true;
}

static bool read_inet4(const char *text, uint16_t port, struct address *out) {
  struct sockaddr_in *in = (struct sockaddr_in *)&out->storage;
  *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
  out->length = sizeof *in;
  return inet_pton(AF_INET, text, &in->sin_addr) == 1 || refuse(EINVAL);
}

static bool read_inet6(char *text, uint16_t port, struct address *out) {
  struct sockaddr_in6 *in = (struct sockaddr_in6 *)&out->storage;
  *in = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
  out->length = sizeof *in;
  char *scope = strchr(text, '%');
  if (scope) {
    *scope++ = 0;
    in->sin6_scope_id = if_nametoindex(scope);
    if (!in->sin6_scope_id) return refuse(ENODEV);
  }
  return inet_pton(AF_INET6, text, &in->sin6_addr) == 1 || refuse(EINVAL);
}

bool address_read(uint8_t kind, struct text text, uint16_t port, struct address *out) {
  char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
  memset(out, 0, sizeof *out);
  if (address_family(kind) == AF_UNIX) return read_unix(text, out);
  if (text.length >= sizeof copy) return refuse(EINVAL);
  memcpy(copy, text.bytes, text.length);
  copy[text.length] = 0;
  return address_family(kind) == AF_INET ? read_inet4(copy, port, out) : read_inet6(copy, port, out);
}

const char *address_path(const struct address *address) {
  const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;
  return un->sun_family == AF_UNIX && un->sun_path[0] ? un->sun_path : NULL;
}

uint16_t address_port(int fd) {
  struct address name = {.length = sizeof name.storage};
  if (getsockname(fd, (struct sockaddr *)&name.storage, &name.length) == -1) return 0;
  if (name.storage.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&name.storage)->sin_port);
  if (name.storage.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&name.storage)->sin6_port);
  return 0;
}
