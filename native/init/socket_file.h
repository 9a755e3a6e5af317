/* A unix socket's name in the file system: taken over from a dead owner, given to its user, removed when it is still ours. */
#ifndef LEGATO_SOCKET_FILE_H
#define LEGATO_SOCKET_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"
#include "state.h"

/* Which file it is; an inode of 0: none. */
struct socket_file {
  dev_t device;
  ino_t inode;
  char path[WIRE_ADDRESS_MAX];
};

/* Removes a socket that nobody has bound any more. False with errno: EADDRINUSE somebody has, ENOTSOCK it is another kind of
 * file, or why it cannot be known or removed. Nothing there: true. */
bool socket_file_clear(const struct address *address);

enum file_step { FILE_TAKEN, FILE_OWNER, FILE_MODE };

/* Remembers the file that a socket was just bound to and gives it owner and mode (WIRE_NONE: left as they are).
 * FILE_TAKEN, or the step that failed, with errno. */
enum file_step socket_file_take(const char *path, uint32_t uid, uint32_t gid, uint32_t mode, struct socket_file *out);

/* Removes the file, if it is the one that was taken. */
void socket_file_remove(struct socket_file *file);

/* As fields of a record of the state. */
void socket_file_save(const struct socket_file *file);
void socket_file_load(struct state_record *record, struct socket_file *file);

#endif
