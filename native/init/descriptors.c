#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "complain.h"
#include "processes.h"

void descriptors_fill_stdio(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    /* The lowest free number is taken, which is this one. */
    if (open("/dev/null", O_RDWR) == -1) complain("cannot open /dev/null as descriptor %d: errno %d", fd, errno);
  }
}

static void list_descriptor(int fd, void *list) { pid_list_add(list, fd); }

/* close_range(2) is missing before Linux 5.9, and some sandboxes refuse it. Closing by the limit would not do instead:
 * a thousand million is a common one in containers. */
static void close_span_slowly(unsigned first, unsigned last) {
  struct pid_list open = {0};
  if (!each_number("/proc/self/fd", list_descriptor, &open)) complain("cannot close inherited descriptors: errno %d", errno);
  for (uint32_t i = 0; i < open.count; i++)
    if ((unsigned)open.pid[i] >= first && (unsigned)open.pid[i] <= last) close(open.pid[i]);
  pid_list_free(&open);
}

static void close_span(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) == -1) close_span_slowly(first, last);
}

void descriptors_close_others(int *keep, size_t count) {
  for (size_t i = 1; i < count; i++)
    for (size_t j = i; j > 0 && keep[j - 1] > keep[j]; j--) {
      int swapped = keep[j];
      keep[j] = keep[j - 1];
      keep[j - 1] = swapped;
    }
  unsigned first = 3;
  for (size_t i = 0; i < count; i++) {
    if (keep[i] < 3 || (unsigned)keep[i] < first) continue;
    if (keep[i] > 3) close_span(first, (unsigned)keep[i] - 1);
    first = (unsigned)keep[i] + 1;
  }
  close_span(first, ~0u);
}
