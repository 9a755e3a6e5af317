// Socket addresses as text and as sets of what they receive.
#ifndef LEGATO_ADOPT_NAME_H
#define LEGATO_ADOPT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

// An internet address with v4-mapped ones (::ffff:a.b.c.d) told as what they are.
struct internet {
  bool v6;
  bool any;             // the wildcard of its family
  unsigned char bytes[16];
  uint32_t scope;
  uint16_t port;        // network order
};

// false: not an internet address.
bool name_internet(const struct sockaddr *address, socklen_t length, struct internet *out);

// Writes tcp:127.0.0.1:80, tcp:[::]:80, udp:…, unix:/path or unix:@abstract; false: it does not fit, or is none of these.
bool name_text(const struct sockaddr *address, socklen_t length, int type, char *out, size_t size);

// The bytes of a unix address' name without a trailing NUL; 0: unnamed, or not a unix address.
size_t name_unix(const struct sockaddr *address, socklen_t length, const char **out);

#endif
