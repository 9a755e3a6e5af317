/* What the service's process does between fork and exec, in Supervisor's order: group, streams, descriptors, limits, privileges,
 * directory, umask, exec. Each step that fails is named. */
#ifndef LEGATO_STAGES_H
#define LEGATO_STAGES_H

#include <stdint.h>
#include <sys/resource.h>

#include "handing.h"
#include "wire.h"

struct service {
  const struct spawn_request *request;
  /* The service's ends of its pipes; -1: /dev/null, or as stdout says the plan. */
  int end[STREAM_COUNT];
  struct handing handing;
  /* What init was started with; it has raised its own since. */
  struct rlimit nofile;
};

/* What a failed step writes to the status pipe, which closes unwritten when exec succeeds. */
struct failure {
  int32_t stage, error;
};

/* Writes into the bytes behind `request` (strings are terminated in place): only for a process of its own. */
_Noreturn void stages_run(struct service *service, int status);

#endif
