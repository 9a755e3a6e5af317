/* One per generation: the parent of the service and the subreaper of all that comes of it. It reaps, passes signals on
 * and reports; when nothing is left below it, it says so and ends. */
#ifndef LEGATO_SHIM_H
#define LEGATO_SHIM_H

#include "stages.h"

/* The forked child of init becomes the shim. `release_memory` gives back what only init needs,
 * called once the service no longer needs `service->request`. */
_Noreturn void shim_run(int channel, struct service *service, void (*release_memory)(void));

#endif
