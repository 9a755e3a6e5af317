/* What init and a shim say to each other: whole structs over a SOCK_SEQPACKET pair. A shim goes on when init is replaced by another image, so a
 * layout that was released is spoken as long as a shim may have it: state_generation.c tells the layouts apart. */
#ifndef LEGATO_CHANNEL_H
#define LEGATO_CHANNEL_H

#include <stdint.h>
#include <sys/types.h>

/* init to shim: pass a signal on. `epoch` says which brain asked; the answer repeats it. */
struct shim_command {
  uint32_t id, epoch;
  uint8_t whom, signal, cont, reserved;
};

enum shim_report_kind { SHIM_SPAWNED, SHIM_FAILED, SHIM_EXITED, SHIM_EMPTY, SHIM_RESULT, SHIM_RECEIVED };

struct usage {
  uint64_t user_us, system_us, maxrss_kb;
};

struct shim_report {
  uint32_t kind;
  union {
    pid_t spawned; /* the main process */
    struct {
      int32_t stage, error;
    } failed;
    struct {
      int32_t status;
      struct usage usage;
      int32_t empty;    /* nobody is left either: no SHIM_EMPTY follows */
      uint32_t orphans; /* then: as of SHIM_EMPTY */
    } exited;
    uint32_t orphans; /* of SHIM_EMPTY */
    struct {
      uint32_t id, epoch, count;
      int32_t error;
    } result;
    int32_t received; /* signal */
  };
};

#endif
