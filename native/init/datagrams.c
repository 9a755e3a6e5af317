#define _GNU_SOURCE
#include "datagrams.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

int datagrams_send(const struct datagrams_request *request, uint32_t *sent) {
  struct address address;
  *sent = 0;
  if (!address_read(SOCKET_UNIX_DGRAM, request->address, 0, &address)) return errno;
  /* A socket a batch: whoever listens there may be another one the next time, and nothing has to be remembered. */
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd == -1) return errno;
  const uint8_t *at = request->messages.bytes;
  int error = 0;
  while (*sent < request->messages.count) {
    const uint32_t length = wire_u32(at);
    if (sendto(fd, at + 4, length, MSG_NOSIGNAL, (const struct sockaddr *)&address.storage, address.length) == -1) {
      error = errno;
      break;
    }
    at += 4 + length;
    (*sent)++;
  }
  close(fd);
  return error;
}
