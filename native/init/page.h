/* The page that a generation's processes share with init through adopt, the preload library: docs/adopt.md. */
#ifndef LEGATO_PAGE_H
#define LEGATO_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct generation;
struct adopt_page;

struct page {
  struct adopt_page *at; /* NULL: none */
  int memory;            /* the file it lies in; -1: none */
  int wake, idle, go;    /* eventfds; go: -1 where it was never held */
  bool quiet, drained;   /* told to be quiet; found idle since, and said so */
};

/* Makes the page and its eventfds. held: nothing is accepted before page_go. False with errno; page_close undoes. */
bool page_open(struct page *page, bool held);
/* Maps the page that `memory` is, after a change of the image. False with errno. */
bool page_map(struct page *page);
void page_close(struct page *page);

/* A held generation accepts from now on; of another nothing is changed. An errno: ENODATA without a page. */
int page_go(struct generation *generation);

/* No connection is accepted from now on; `drained` is told when none is left. An errno: ENODATA without a page. */
int page_quiet(struct generation *generation);

/* False: it has no page. */
bool page_usage(const struct generation *generation, struct used_report *out);

/* A process of the generation says that it may be idle now. */
void page_hear(struct generation *generation);

/* The deaths of processes are told to their parents only, so quiet generations are looked at now and then. */
uint64_t page_deadline(void);
/* Quiet generations are looked at soon. */
void page_look(void);
void page_tick(uint64_t now);

#endif
