#define _GNU_SOURCE
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "complain.h"

enum { BLOCK = 1024, PIDS_MAX = 1 << 20 };

/* As getdents64(2) documents it; readdir(3) would need malloc. */
struct directory_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

bool pid_list_add(struct pid_list *list, pid_t pid) {
  if (list->count == list->capacity) {
    uint32_t wanted = list->capacity ? list->capacity * 2 : BLOCK;
    void *grown = MAP_FAILED;
    if (wanted <= PIDS_MAX)
      grown = list->pid ? mremap(list->pid, list->capacity * sizeof(pid_t), wanted * sizeof(pid_t), MREMAP_MAYMOVE)
                        : mmap(NULL, wanted * sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (grown == MAP_FAILED) {
      static bool said;
      if (!said) complain("a table of %u processes cannot grow; some are overlooked", list->capacity);
      said = true;
      return false;
    }
    list->pid = grown;
    list->capacity = wanted;
  }
  list->pid[list->count++] = pid;
  return true;
}

void pid_list_free(struct pid_list *list) {
  if (list->pid) munmap(list->pid, list->capacity * sizeof(pid_t));
  *list = (struct pid_list){0};
}

static int open_proc(const char *format, pid_t pid, pid_t thread) {
  char path[64];
  snprintf(path, sizeof path, format, pid, thread);
  return open(path, O_RDONLY | O_CLOEXEC);
}

bool process_facts(pid_t pid, struct process_facts *out) {
  char text[512];
  int fd = open_proc("/proc/%d/stat", pid, 0);
  if (fd == -1) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[length] = 0;
  /* The name in parentheses may itself hold blanks and parentheses: the last one closes it. */
  char *at = strrchr(text, ')');
  if (!at || at[1] != ' ' || !at[2]) return false;
  out->state = at[2];
  at += 3;
  out->parent = (pid_t)strtol(at, &at, 10);
  out->group = (pid_t)strtol(at, &at, 10);
  out->session = (pid_t)strtol(at, &at, 10);
  for (int field = 7; field < 22; field++) strtol(at, &at, 10);
  out->born = strtoull(at, &at, 10);
  return true;
}

bool each_number(const char *path, void (*each)(int number, void *context), void *context) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory == -1) return false;
  _Alignas(struct directory_entry) char buffer[1024];
  for (;;) {
    long length = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
    if (length <= 0) break;
    for (long at = 0; at < length;) {
      const struct directory_entry *entry = (const void *)(buffer + at);
      if (entry->name[0] >= '0' && entry->name[0] <= '9') each((int)strtol(entry->name, NULL, 10), context);
      at += entry->length;
    }
  }
  close(directory);
  return true;
}

struct thread_visit {
  pid_t pid;
  struct pid_list *list;
};

static void add_children_of_thread(pid_t thread, void *context) {
  const struct thread_visit *visit = context;
  char text[512];
  pid_t child = 0;
  int fd = open_proc("/proc/%d/task/%d/children", visit->pid, thread);
  if (fd == -1) return;
  for (ssize_t length; (length = read(fd, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < length; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        child = child * 10 + (text[i] - '0');
      } else if (child) {
        pid_list_add(visit->list, child);
        child = 0;
      }
    }
  close(fd);
}

/* Kernels without CONFIG_PROC_CHILDREN: everybody's parent, as pairs of pid and parent. */
static struct pid_list parents;

static void add_parent(pid_t pid, void *context) {
  struct process_facts facts;
  (void)context;
  if (!process_facts(pid, &facts) || !pid_list_add(&parents, pid)) return;
  if (!pid_list_add(&parents, facts.parent)) parents.count--;
}

static void read_parents(void) {
  parents.count = 0;
  each_number("/proc", add_parent, NULL);
}

static int lists_children = -1; /* -1: not yet known */

static bool kernel_lists_children(void) {
  if (lists_children == -1) lists_children = access("/proc/thread-self/children", R_OK) == 0;
  return lists_children == 1;
}

static void add_children(pid_t pid, struct pid_list *list) {
  if (!kernel_lists_children()) {
    for (uint32_t i = 0; i + 1 < parents.count; i += 2)
      if (parents.pid[i + 1] == pid) pid_list_add(list, parents.pid[i]);
    return;
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  each_number(path, add_children_of_thread, &(struct thread_visit){pid, list});
}

void children_of(pid_t pid, struct pid_list *list) {
  if (!kernel_lists_children()) read_parents();
  add_children(pid, list);
  pid_list_free(&parents);
}

void add_descendants(struct pid_list *list, uint32_t first) {
  if (!kernel_lists_children()) read_parents();
  for (uint32_t i = first; i < list->count; i++) add_children(list->pid[i], list);
  pid_list_free(&parents);
}
