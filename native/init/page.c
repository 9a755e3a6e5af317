#define _GNU_SOURCE
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../adopt/page.h"
#include "brain.h"
#include "clock.h"
#include "generations.h"
#include "kinship.h"
#include "watch.h"

enum { LOOK_EVERY_MS = 100, SLOTS = (adopt_page_size - sizeof(struct adopt_page)) / sizeof(struct adopt_slot) };

static uint64_t look_at = NEVER;

/* The service must not be able to shrink what init reads. */
static bool make_page(struct page *page) {
  page->memory = memfd_create("legato-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (page->memory == -1 || ftruncate(page->memory, adopt_page_size) == -1) return false;
  if (fcntl(page->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1 || !page_map(page)) return false;
  page->at->magic = adopt_magic;
  page->at->version = adopt_version;
  page->at->slots = SLOTS;
  return true;
}

bool page_map(struct page *page) {
  void *room = mmap(NULL, adopt_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, page->memory, 0);
  if (room == MAP_FAILED) return false;
  madvise(room, adopt_page_size, MADV_DONTFORK); /* advice: refused, the shim merely has it too */
  page->at = room;
  return true;
}

bool page_open(struct page *page, bool held) {
  if (!make_page(page)) return false;
  page->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  page->idle = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (page->wake == -1 || page->idle == -1) return false;
  if (!held) return true;
  page->go = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  atomic_store(&page->at->gate, adopt_held);
  return page->go != -1;
}

void page_close(struct page *page) {
  if (page->at) munmap(page->at, adopt_page_size);
  if (page->memory != -1) close(page->memory);
  if (page->wake != -1) close(page->wake);
  if (page->go != -1) close(page->go);
  if (page->idle != -1) {
    watch_remove(page->idle);
    close(page->idle);
  }
  *page = (struct page){.memory = -1, .wake = -1, .idle = -1, .go = -1};
}

/* The fields of a slot, in the order in which docs/adopt.md wants them read. A slot of one that has ended holds nothing; one in
 * another pid namespace may look like a stranger's and is counted. Everything in the page is what the service wrote: no
 * number there is trusted to lead anywhere. */
static void read_slot(const struct generation *generation, uint32_t index, uint32_t *accepting, uint32_t *open) {
  const struct adopt_slot *slot = &generation->page.at->slot[index];
  *accepting = atomic_load(&slot->accepting);
  *open = atomic_load(&slot->open);
  if (index == 0 || (!*accepting && !*open)) return;
  const uint32_t pid = atomic_load(&slot->pid);
  enum kinship kin = pid && pid <= INT32_MAX ? kinship_of(generation, (pid_t)pid) : KIN_GONE;
  if (kin == KIN_GONE || kin == KIN_DEFUNCT) *accepting = *open = 0;
}

static uint32_t sum(uint32_t a, uint32_t b) { return a > UINT32_MAX - b ? UINT32_MAX : a + b; }

static bool count_open(const struct generation *generation, uint32_t *accepting, uint32_t *open) {
  const struct adopt_page *page = generation->page.at;
  const uint32_t moves = atomic_load(&page->moves);
  *accepting = *open = 0;
  for (uint32_t i = 0; i < SLOTS; i++) {
    uint32_t a, o;
    read_slot(generation, i, &a, &o);
    *accepting = sum(*accepting, a);
    *open = sum(*open, o);
  }
  return !*accepting && !*open && atomic_load(&page->moves) == moves;
}

bool page_usage(const struct generation *generation, struct used_report *out) {
  static char missed[adopt_missed_size]; /* a copy, which the service cannot change any more */
  const struct adopt_page *page = generation->page.at;
  if (!page) return false;
  memcpy(missed, page->missed, sizeof missed);
  *out = (struct used_report){
      .generation = generation->key,
      .binds = atomic_load(&page->binds),
      .listens = atomic_load(&page->listens),
      .accepted = atomic_load(&page->accepted),
      .refusals = atomic_load(&page->refusals),
      .misses = atomic_load(&page->misses),
      .quiet = generation->page.quiet,
      .missed = {(const uint8_t *)missed, (uint32_t)strnlen(missed, sizeof missed)},
  };
  /* The brain's numbers are exact up to here. */
  if (out->accepted >> 53) out->accepted = (UINT64_C(1) << 53) - 1;
  out->idle = count_open(generation, &out->accepting, &out->open);
  return true;
}

/* Says that it is idle, or keeps looking. */
static bool look(struct generation *generation) {
  uint8_t out[WIRE_REPORT_MAX];
  uint32_t accepting, open;
  if (!count_open(generation, &accepting, &open)) return false;
  generation->page.drained = true;
  brain_tell(out, wire_drained(out, generation->key));
  return true;
}

static bool is_draining(const struct generation *generation) {
  return generation && generation->page.quiet && !generation->page.drained && generation->life != LIFE_EMPTY;
}

void page_hear(struct generation *generation) {
  uint64_t told;
  if (generation->page.idle == -1) return;
  ssize_t length = read(generation->page.idle, &told, sizeof told);
  (void)length; /* empty: another look does no harm */
  if (is_draining(generation) && !look(generation)) watch_once(generation->page.idle, generations_index(generation), STREAM_PAGE);
}

static void ring(int bell) {
  const uint64_t one = 1;
  ssize_t written = write(bell, &one, sizeof one);
  (void)written; /* full: the service has written there itself, and it is as readable */
}

int page_go(struct generation *generation) {
  struct page *page = &generation->page;
  if (!page->at) return ENODATA;
  if (page->go == -1 || page->quiet) return 0;
  atomic_store(&page->at->gate, adopt_open);
  ring(page->go);
  return 0;
}

int page_quiet(struct generation *generation) {
  struct page *page = &generation->page;
  if (!page->at) return ENODATA;
  atomic_store(&page->at->gate, adopt_quiet);
  if (!page->quiet) {
    ring(page->wake);
    if (page->go != -1) ring(page->go); /* whoever is held waits there */
  }
  page->quiet = true;
  page->drained = false; /* a new brain asks again in order to be told */
  page_hear(generation);
  if (is_draining(generation) && look_at == NEVER) look_at = now_ms() + LOOK_EVERY_MS;
  return 0;
}

uint64_t page_deadline(void) { return look_at; }

void page_look(void) { look_at = now_ms(); }

void page_tick(uint64_t now) {
  if (now < look_at) return;
  look_at = NEVER;
  for (uint32_t i = 0; i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (is_draining(generation) && !look(generation)) look_at = now + LOOK_EVERY_MS;
  }
}
