/* What init learns from /proc where a system call or a file is missing, on a system that has both: close_range(2) is taken
 * away by a seccomp filter, the kernel's lists of children by not looking at them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../init/descriptors.h"
#include "../init/processes.c"

static int passed, failed;

static void check(const char *what, bool good) {
  printf("%s proc: %s\n", good ? "ok" : "FAILED", what);
  good ? passed++ : failed++;
}

static pid_t idle_child(void) {
  pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  return child;
}

/* A child with two children; answers when all three are there. */
static pid_t family(void) {
  int ready[2];
  char byte;
  if (pipe(ready) == -1) return -1;
  pid_t parent = fork();
  if (parent == 0) {
    setpgid(0, 0);
    idle_child();
    idle_child();
    if (write(ready[1], "", 1) != 1) _exit(1);
    for (;;) pause();
  }
  if (read(ready[0], &byte, 1) != 1) parent = -1;
  close(ready[0]);
  close(ready[1]);
  return parent;
}

static void check_descendants(const char *what, pid_t parent) {
  struct pid_list list = {0};
  struct process_facts facts;
  children_of(getpid(), &list);
  bool good = list.count == 1 && list.pid[0] == parent;
  add_descendants(&list, 0);
  good = good && list.count == 3;
  for (uint32_t i = 1; good && i < 3; i++) good = process_facts(list.pid[i], &facts) && facts.parent == parent && facts.group == parent;
  pid_list_free(&list);
  check(what, good);
}

static void check_growth(void) {
  struct pid_list list = {0};
  bool good = true;
  for (pid_t i = 0; i < 10000 && good; i++) good = pid_list_add(&list, i);
  for (pid_t i = 0; i < 10000 && good; i++) good = list.pid[i] == i;
  pid_list_free(&list);
  check("a list grows and keeps what it has", good && list.count == 0);
}

static bool open_fd(int fd) { return fcntl(fd, F_GETFD) != -1; }

/* Exit code 0: of the descriptors 10, 20, 21 and 30 exactly 20 and 21 are left. */
static _Noreturn void close_in_child(bool refuse) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  int opened[] = {10, 20, 21, 30}, keep[] = {21, -1, 20, -1};
  for (int i = 0; i < 4; i++)
    if (dup2(0, opened[i]) == -1) _exit(2);
  if (refuse && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)) _exit(3);
  descriptors_close_others(keep, 4);
  _exit(open_fd(0) && open_fd(2) && open_fd(20) && open_fd(21) && !open_fd(10) && !open_fd(30) && !open_fd(3) ? 0 : 1);
}

static void check_closing(const char *what, bool refuse) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) close_in_child(refuse);
  waitpid(child, &status, 0);
  check(what, status == 0);
}

int main(void) {
  check_growth();
  check_closing("descriptors are closed around those to keep", false);
  check_closing("descriptors are closed without close_range", true);
  pid_t parent = family();
  check_descendants("descendants by the kernel's lists", parent);
  lists_children = 0;
  check_descendants("descendants by everybody's parent", parent);
  kill(-parent, SIGKILL);
  waitpid(parent, NULL, 0);
  printf("proc: %d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
