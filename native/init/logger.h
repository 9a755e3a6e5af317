/* A logger moves the output of services from their pipes into log files: a process of its own, forked from init without exec, so that neither
 * a dead brain nor a slow disk holds anybody else up. What it is told and what it says are whole structs over a SOCK_SEQPACKET pair; it goes on when
 * init is replaced by another image, so a layout that was released is spoken as long as a logger may have it (loggers.c tells them apart). */
#ifndef LEGATO_LOGGER_H
#define LEGATO_LOGGER_H

#include <stdint.h>
#include <sys/types.h>

enum logger_order_kind {
  LOGGER_LOG,       /* a log has this file from now on; it is not full any more */
  LOGGER_CLOSE_LOG, /* no more streams will be poured into it; closed when the last one has ended */
  LOGGER_POUR,      /* the stream, whose reading end comes with it, goes into the log */
  LOGGER_RETURN,    /* the stream is read no more */
  LOGGER_FLUSH,     /* say when what the generation has written until now is in its logs */
};

/* A log is known by its key and the brain that gave it: the keys of the next one begin anew. */
struct logger_order {
  uint32_t kind, id, epoch;
  uint32_t generation, stream, log, turn;
  pid_t brain; /* the file is its descriptor `fd`, and must be this inode */
  int32_t fd;
  uint64_t device, inode;
  uint64_t limit; /* bytes at which the file is full; 0: never */
};

enum logger_word_kind {
  LOGGER_RESULT,  /* of LOG, POUR and RETURN; of POUR when what was in the pipe is in the log */
  LOGGER_FULL,    /* nothing more is written into the log before its next LOG, or LOGGER_PATIENCE_MS */
  LOGGER_TROUBLE, /* error: writing does not work, `count` bytes are lost so far; 0: it works again */
  LOGGER_FLUSHED,
};

struct logger_word {
  uint32_t kind, order, id, epoch;
  uint32_t generation, stream, log, turn; /* turn: of FULL, that of the log's last LOG */
  int32_t error;
  uint64_t count;
};

/* How long a full log waits for the brain. After that its services count for more than its size: it grows until the next LOG. */
enum { LOGGER_PATIENCE_MS = 2000 };

/* The forked child of init becomes the logger; `channel` is its end. Ends when init has closed its own and no stream is left. */
_Noreturn void logger_run(int channel);

#endif
