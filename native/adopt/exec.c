// The program that takes this one's place may be without this library, or without our variables: what it can have of connections is settled
// before it is executed. Where the library is in it too, count_after_exec() finds the same.
#include <alloca.h>
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "count.h"
#include "real.h"
#include "table.h"

#define EXECUTE(call)                                          \
  do {                                                         \
    uint32_t gone = adopt_active ? count_before_exec() : 0;    \
    int result = (call);                                       \
    int saved = errno;                                         \
    count_failed_exec(gone);                                   \
    errno = saved;                                             \
    return result;                                             \
  } while (0)

// The words after the first, with the NULL that ends them.
#define WORDS(first, words)                                                      \
  va_list list;                                                                  \
  size_t words_count = 1;                                                        \
  va_start(list, first);                                                         \
  while (va_arg(list, char *) != NULL) words_count++;                            \
  va_end(list);                                                                  \
  char **words = alloca((words_count + 1) * sizeof *words);                      \
  words[0] = (char *)(uintptr_t)(first);                                         \
  va_start(list, first);                                                         \
  for (size_t i = 1; i <= words_count; i++) words[i] = va_arg(list, char *);     \
  va_end(list)

EXPORT int execve(const char *path, char *const words[], char *const environment[]) { EXECUTE(REAL(execve)(path, words, environment)); }

EXPORT int execv(const char *path, char *const words[]) { EXECUTE(REAL(execv)(path, words)); }

EXPORT int execvp(const char *file, char *const words[]) { EXECUTE(REAL(execvp)(file, words)); }

EXPORT int execvpe(const char *file, char *const words[], char *const environment[]) { EXECUTE(REAL(execvpe)(file, words, environment)); }

EXPORT int fexecve(int fd, char *const words[], char *const environment[]) { EXECUTE(REAL(fexecve)(fd, words, environment)); }

EXPORT int execl(const char *path, const char *first, ...) {
  WORDS(first, words);
  EXECUTE(REAL(execv)(path, words));
}

EXPORT int execlp(const char *file, const char *first, ...) {
  WORDS(first, words);
  EXECUTE(REAL(execvp)(file, words));
}
