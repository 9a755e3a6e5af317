#include "table.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "count.h"
#include "held.h"

enum { chunk_entries = 4096, chunks = 256 };

bool adopt_active;
bool adopt_given_nonblock;

typedef _Atomic uint16_t entry_t;
static _Atomic(entry_t *) chunk[chunks];

static entry_t *at(int fd, bool make) {
  if (fd < 0 || fd >= chunk_entries * chunks) return NULL;
  entry_t *entries = atomic_load(&chunk[fd / chunk_entries]);
  if (entries == NULL && make) {
    // Not malloc: close() and accept() may be called from signal handlers.
    void *fresh = mmap(NULL, chunk_entries * sizeof(entry_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) return NULL;
    if (atomic_compare_exchange_strong(&chunk[fd / chunk_entries], &entries, (entry_t *)fresh))
      entries = fresh;
    else
      munmap(fresh, chunk_entries * sizeof(entry_t));
  }
  return entries == NULL ? NULL : &entries[fd % chunk_entries];
}

uint16_t table_get(int fd) {
  entry_t *entry = at(fd, false);
  return entry == NULL ? 0 : atomic_load_explicit(entry, memory_order_relaxed);
}

void table_set(int fd, uint16_t value) {
  entry_t *entry = at(fd, value != 0);
  if (entry != NULL) atomic_store(entry, value);
}

uint16_t table_mark(int fd, uint16_t bits) {
  entry_t *entry = at(fd, true);
  if (entry == NULL) return bits;
  uint16_t before = atomic_load(entry);
  // Not atomic_fetch_or: GCC 12 -Os forgets the bits of a 16-bit one whose result is used.
  while (!atomic_compare_exchange_weak(entry, &before, (uint16_t)(before | bits))) {
  }
  return before;
}

void table_unmark(int fd, uint16_t bits) {
  entry_t *entry = at(fd, false);
  if (entry == NULL) return;
  uint16_t before = atomic_load(entry);
  while (!atomic_compare_exchange_weak(entry, &before, (uint16_t)(before & ~bits))) {
  }
}

uint32_t table_accepted(void) {
  uint32_t found = 0;
  for (int i = 0; i < chunks; i++) {
    entry_t *entries = atomic_load(&chunk[i]);
    for (int j = 0; entries != NULL && j < chunk_entries; j++) found += atomic_load(&entries[j]) & fd_accepted;
  }
  return found;
}

void table_forget_sets(void) {
  for (int fd = table_next(0, ~0U); fd >= 0; fd = table_next((unsigned)fd + 1, ~0U))
    if (table_get(fd) == fd_used) table_set(fd, 0);
}

int table_next(unsigned from, unsigned last) {
  const unsigned end = chunk_entries * chunks;
  for (unsigned fd = from; fd < end && fd <= last; fd++) {
    entry_t *entries = atomic_load(&chunk[fd / chunk_entries]);
    if (entries == NULL)
      fd |= chunk_entries - 1;
    else if (entries[fd % chunk_entries] != 0)
      return (int)fd;
  }
  return -1;
}

uint16_t table_listener(int fd) {
  uint16_t entry = table_get(fd);
  if (entry != 0) return entry & fd_listener ? entry : 0;
  int index = held_behind(fd);
  if (index < 0) return 0;
  entry = (uint16_t)(fd_listener | (adopt_given_nonblock ? fd_nonblock : 0) | index << 8);
  // The child of a vfork(2) has descriptors of its own and our memory.
  if (count_mine()) table_set(fd, entry);
  return entry;
}
