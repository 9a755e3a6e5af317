// The sockets that legato-init holds for this generation, and which addresses they stand for.
#ifndef LEGATO_ADOPT_HELD_H
#define LEGATO_ADOPT_HELD_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { held_max = 64 };

struct held {
  int fd;       // the inherited descriptor; -1 once the program has put something else in its place
  int type;     // SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
  bool v6only;
  dev_t dev;    // with ino: which socket it is, whatever descriptor it is met under
  ino_t ino;
  struct sockaddr_storage name;  // as getsockname(2) says it
  socklen_t name_length;
};

// Reads LEGATO_ADOPT. Entries whose descriptor is not (or no longer) that socket are left out. Returns how many there are.
int held_read(const char *text);

int held_count(void);
struct held *held_at(int index);

// The held socket that would receive exactly what a socket like fd would, bound to this address; -1: none.
// A miss on a declared port is noted in the page.
int held_for(int fd, const struct sockaddr *address, socklen_t length);

// Whether the inherited descriptor is that socket still: the program may have closed it by other means than ours.
bool held_is_there(int index);

// The held stream socket that fd is, whatever way it came here; -1: none.
int held_behind(int fd);

// Whether fd is a connection that was accepted from a held socket (by its own address).
bool held_connection(int fd);

// Whether the path names a held unix socket.
bool held_path(int directory, const char *path);

#endif
