/* Who lives below whom, as /proc tells it. */
#ifndef LEGATO_PROCESSES_H
#define LEGATO_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Grown in blocks of pages up to a million entries; zero-initialised it is empty. */
struct pid_list {
  pid_t *pid;
  uint32_t count, capacity;
};

/* False when the list is full or memory is refused (said once on standard error). */
bool pid_list_add(struct pid_list *list, pid_t pid);
void pid_list_free(struct pid_list *list);

/* Calls `each` for every entry of a /proc directory that is a number. False when it cannot be opened. */
bool each_number(const char *path, void (*each)(int number, void *context), void *context);

struct process_facts {
  char state; /* as in proc_pid_stat(5) */
  pid_t parent, group, session;
  uint64_t born; /* clock ticks since boot: with the pid it names a process for the life of the system */
};

/* False when the process is gone. */
bool process_facts(pid_t pid, struct process_facts *out);

/* Appends the children of every thread of `pid`; defunct ones too. Of a running process the answer may be old at once. */
void children_of(pid_t pid, struct pid_list *list);

/* Appends the descendants of the entries from index `first` on. */
void add_descendants(struct pid_list *list, uint32_t first);

#endif
