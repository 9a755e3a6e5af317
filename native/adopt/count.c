#include "count.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "name.h"
#include "real.h"
#include "table.h"

// Kept in memory that a forked child finds zeroed (MADV_WIPEONFORK) and a vfork(2) child finds as it is:
// so a fork we did not see starts without a slot, and a vfork is known by a pid that is not ours.
struct self {
  _Atomic pid_t pid;
  _Atomic(struct adopt_slot *) slot;
};

static struct self nobody;
static struct self *self = &nobody;
static struct adopt_page private_page = {.slots = 0};
static struct adopt_page *page = &private_page;
static struct adopt_slot uncounted;
static int wake = -1;
static int idle = -1;
static int go = -1;

int count_wake(void) { return wake; }
int count_go(void) { return go; }

enum adopt_gate count_gate(void) {
  uint32_t gate = atomic_load(&page->gate);
  // Held without a word to wait for would be for ever.
  return gate == adopt_quiet ? adopt_quiet : gate == adopt_held && go >= 0 ? adopt_held : adopt_open;
}

static int inherited(long fd) {
  struct stat st;
  if (fd < 0 || fstat((int)fd, &st) != 0) return -1;
  table_set((int)fd, fd_protected);
  return (int)fd;
}

void count_start(const char *text) {
  void *own = mmap(NULL, sizeof *self, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own != MAP_FAILED && madvise(own, sizeof *self, MADV_WIPEONFORK) == 0) self = own;
  atomic_store(&self->pid, getpid());
  if (text == NULL) return;
  char *end = NULL;
  long fd = strtol(text, &end, 10);
  struct stat st;
  if (end == text || fstat((int)fd, &st) != 0 || st.st_size < adopt_page_size) return;
  struct adopt_page *mapped = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
  if (mapped == MAP_FAILED) return;
  size_t fits = ((size_t)st.st_size - sizeof *mapped) / sizeof(struct adopt_slot);
  if (mapped->magic != adopt_magic || mapped->version != adopt_version || mapped->slots < 1 || mapped->slots > fits) {
    munmap(mapped, (size_t)st.st_size);
    return;
  }
  page = mapped;
  inherited(fd);
  if (*end == ',') wake = inherited(strtol(end + 1, &end, 10));
  if (*end == ',') idle = inherited(strtol(end + 1, &end, 10));
  if (*end == ',') go = inherited(strtol(end + 1, &end, 10));
}

bool count_mine(void) {
  pid_t pid = getpid();
  pid_t had = atomic_load(&self->pid);
  if (had == pid) return true;
  if (had != 0) return false;
  // Forked past our fork(): what it holds is counted from here on.
  count_in_child(NULL);
  return true;
}

static struct adopt_slot *claim(uint32_t pid) {
  if (page->slots == 0) return &uncounted;
  for (int dead = 0; dead < 2; dead++) {
    for (uint32_t i = 1; i < page->slots; i++) {
      struct adopt_slot *slot = &page->slot[i];
      uint32_t had = atomic_load(&slot->pid);
      if (had != 0 && (!dead || kill((pid_t)had, 0) == 0 || errno != ESRCH)) continue;
      if (!atomic_compare_exchange_strong(&slot->pid, &had, pid)) continue;
      atomic_store(&slot->open, 0);
      atomic_store(&slot->accepting, 0);
      return slot;
    }
  }
  return &page->slot[0];
}

static struct adopt_slot *mine(void) {
  struct adopt_slot *slot = count_mine() ? atomic_load(&self->slot) : &uncounted;
  if (slot != NULL) return slot;
  int saved = errno;
  struct adopt_slot *fresh = claim((uint32_t)getpid());
  errno = saved;
  if (atomic_compare_exchange_strong(&self->slot, &slot, fresh)) return fresh;
  // Another thread was faster.
  if (fresh != &page->slot[0] && fresh != &uncounted) atomic_store(&fresh->pid, 0);
  return slot;
}

// Tells legato-init that it is worth looking again.
static void tell_idle(struct adopt_slot *slot) {
  if (idle < 0 || count_gate() != adopt_quiet || atomic_load(&slot->open) != 0 || atomic_load(&slot->accepting) != 0) return;
  int saved = errno;
  const uint64_t one = 1;
  KERNEL(SYS_write, idle, &one, sizeof one);
  errno = saved;
}

void count_enter(void) { atomic_fetch_add(&mine()->accepting, 1); }

void count_leave(void) {
  struct adopt_slot *slot = mine();
  atomic_fetch_sub(&slot->accepting, 1);
  tell_idle(slot);
}

void count_opened(void) { atomic_fetch_add(&mine()->open, 1); }

void count_closed(void) {
  struct adopt_slot *slot = mine();
  atomic_fetch_sub(&slot->open, 1);
  tell_idle(slot);
}

void count_moved(void) {
  count_opened();
  atomic_fetch_add(&page->moves, 1);
}

void count_accepted(void) { atomic_fetch_add(&page->accepted, 1); }
void count_refused(void) { atomic_fetch_add(&page->refusals, 1); }
void count_bound(void) { atomic_fetch_add(&page->binds, 1); }

void count_listening(int fd) {
  if (!(table_get(fd) & fd_used) && !(table_mark(fd, fd_used) & fd_used)) atomic_fetch_add(&page->listens, 1);
}

void count_miss(const struct sockaddr *address, socklen_t length, int type) {
  name_text(address, length, type, page->missed, sizeof page->missed);
  atomic_fetch_add(&page->misses, 1);
}

struct adopt_slot *count_before_fork(void) {
  if (!count_mine()) return NULL;
  struct adopt_slot *slot = atomic_load(&self->slot);
  uint32_t open = slot == NULL ? 0 : atomic_load(&slot->open);
  if (open == 0 || slot == &uncounted) return NULL;
  struct adopt_slot *given = claim((uint32_t)getpid());
  if (given == &page->slot[0]) return NULL;
  atomic_store(&given->open, open);
  atomic_fetch_add(&page->moves, 1);
  return given;
}

void count_in_parent(struct adopt_slot *given, pid_t child) {
  if (given == NULL) return;
  uint32_t parent = (uint32_t)getpid();
  if (child < 0) {
    atomic_store(&given->open, 0);
    atomic_store(&given->pid, 0);
  } else {
    // The child may have done it already.
    atomic_compare_exchange_strong(&given->pid, &parent, (uint32_t)child);
  }
}

void count_in_child(struct adopt_slot *given) {
  pid_t pid = getpid();
  uint32_t held = table_accepted();
  atomic_store(&self->pid, pid);
  atomic_store(&self->slot, NULL);
  table_forget_sets();
  if (given != NULL) {
    atomic_store(&given->pid, (uint32_t)pid);
    atomic_store(&self->slot, given);
    atomic_store(&given->open, held);
  } else if (held > 0) {
    atomic_fetch_add(&mine()->open, held);
    atomic_fetch_add(&page->moves, 1);
  }
}

// Descriptors of accepted connections that an exec leaves open.
static uint32_t outliving(void) {
  uint32_t found = 0;
  for (int fd = table_next(0, ~0U); fd >= 0; fd = table_next((unsigned)fd + 1, ~0U))
    found += table_get(fd) & fd_accepted && !(KERNEL(SYS_fcntl, fd, F_GETFD) & FD_CLOEXEC);
  return found;
}

uint32_t count_before_exec(void) {
  struct adopt_slot *slot = count_mine() ? atomic_load(&self->slot) : NULL;
  if (slot == NULL || slot == &uncounted || slot == &page->slot[0]) return 0;
  uint32_t open = atomic_load(&slot->open);
  uint32_t kept = open == 0 ? 0 : outliving();
  if (kept >= open) return 0;
  atomic_fetch_sub(&slot->open, open - kept);
  tell_idle(slot);
  return open - kept;
}

void count_failed_exec(uint32_t gone) {
  if (gone > 0) atomic_fetch_add(&mine()->open, gone);
}

bool count_after_exec(void) {
  bool had = false;
  uint32_t pid = (uint32_t)getpid();
  for (uint32_t i = 1; i < page->slots; i++) {
    struct adopt_slot *slot = &page->slot[i];
    if (atomic_load(&slot->pid) != pid) continue;
    had = had || atomic_load(&slot->open) > 0;
    atomic_store(&slot->accepting, 0);
    atomic_store(&slot->open, 0);
    atomic_store(&slot->pid, 0);
  }
  return had;
}
