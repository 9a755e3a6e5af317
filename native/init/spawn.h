/* init's part in a generation's life with a shim: its birth, and what the shim reports. */
#ifndef LEGATO_SPAWN_H
#define LEGATO_SPAWN_H

#include <sys/resource.h>

#include "channel.h"
#include "generations.h"

/* The limit on descriptors that init was started with: services get it back. */
void spawn_remember_limit(const struct rlimit *nofile);
uint64_t spawn_original_nofile(void);

/* Forks the shim; `spawned` follows when the shim says so, `spawn-failed` at once where init itself fails. */
void spawn_generation(uint32_t id, const struct spawn_request *request);

/* Reads what the generation's shim has reported, to the last word. */
void shim_hear(struct generation *generation);

/* False (errno) when the shim cannot be told; its answer becomes a `result`. What it leaves unanswered at its end stays
 * in `generation->command`. */
bool shim_tell(struct generation *generation, const struct shim_command *command);

/* The main process of a generation ended: recorded, and told to the brain. */
void generation_exited(struct generation *generation, int32_t status, const struct usage *usage);
/* Nothing is left of it; at_once: its main process' end was the end of all. */
void generation_emptied(struct generation *generation, uint32_t orphans, bool at_once);

#endif
