/* The text of an address becomes what bind(2) takes. */
#ifndef LEGATO_ADDRESS_H
#define LEGATO_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "wire.h"

struct address {
  struct sockaddr_storage storage;
  socklen_t length;
};

/* An address of a socket of `kind`: numbers for the internet (`127.0.0.1`, `::`, `fe80::1%eth0`), an absolute path or
 * `@` and an abstract name for the others (whose port is not looked at). False with errno: EINVAL, ENAMETOOLONG, ENODEV. */
bool address_read(uint8_t kind, struct text text, uint16_t port, struct address *out);

/* The path that a socket at this address is a file at; NULL when it is none. */
const char *address_path(const struct address *address);

/* The port that a bound socket has; 0 where there are none, or with errno where it cannot be told. */
uint16_t address_port(int fd);

int address_family(uint8_t kind);
/* SOCK_STREAM or SOCK_DGRAM. */
int address_type(uint8_t kind);

#endif
