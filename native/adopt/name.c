#include "name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

bool name_internet(const struct sockaddr *address, socklen_t length, struct internet *out) {
  memset(out, 0, sizeof *out);
  if (length >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    memcpy(out->bytes, &in.sin_addr, 4);
    out->port = in.sin_port;
    out->any = in.sin_addr.s_addr == htonl(INADDR_ANY);
    return true;
  }
  // RFC 2133's shorter form, without the scope, is what the kernel takes at least.
  if (length < offsetof(struct sockaddr_in6, sin6_scope_id) || address->sa_family != AF_INET6) return false;
  struct sockaddr_in6 in6 = {0};
  memcpy(&in6, address, length < sizeof in6 ? length : sizeof in6);
  out->port = in6.sin6_port;
  if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
    memcpy(out->bytes, in6.sin6_addr.s6_addr + 12, 4);
    out->any = memcmp(out->bytes, "\0\0\0\0", 4) == 0;
    return true;
  }
  out->v6 = true;
  out->any = IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
  if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr)) out->scope = in6.sin6_scope_id;
  memcpy(out->bytes, &in6.sin6_addr, 16);
  return true;
}

size_t name_unix(const struct sockaddr *address, socklen_t length, const char **out) {
  const size_t start = offsetof(struct sockaddr_un, sun_path);
  if (length <= start || address->sa_family != AF_UNIX) return 0;
  *out = (const char *)address + start;
  size_t size = length - start;
  return **out == '\0' ? size : strnlen(*out, size);
}

bool name_text(const struct sockaddr *address, socklen_t length, int type, char *out, size_t size) {
  const char *path = NULL;
  size_t bytes = name_unix(address, length, &path);
  int written = -1;
  if (bytes > 0) {
    bool abstract = *path == '\0';
    written = snprintf(out, size, "unix:%s%.*s", abstract ? "@" : "", (int)(bytes - abstract), path + abstract);
  } else if (address->sa_family == AF_INET || address->sa_family == AF_INET6) {
    struct internet internet;
    char host[INET6_ADDRSTRLEN];
    if (!name_internet(address, length, &internet)) return false;
    const void *at = internet.bytes;
    if (address->sa_family == AF_INET6) at = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (inet_ntop(address->sa_family, at, host, sizeof host) == NULL) return false;
    const char *shape = address->sa_family == AF_INET6 ? "%s:[%s]:%u" : "%s:%s:%u";
    written = snprintf(out, size, shape, type == SOCK_DGRAM ? "udp" : "tcp", host, (unsigned)ntohs(internet.port));
  }
  return written > 0 && (size_t)written < size;
}
