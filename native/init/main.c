/* legato-init: what runs first and ends last.
 *
 *   legato-init --brain [NAME] -- PROGRAM …     holds services for a program that decides      loop.c
 *   legato-init [OPTIONS] -- COMMAND            a container's init, as tini and dumb-init are  standalone.c
 *   legato-init --pidproxy PIDFILE COMMAND…     Supervisor's pidproxy                          pidproxy.c
 *
 * Brain mode, from the outside in:
 *   loop        waits, and hands each event to whom it concerns   watch, clock
 *   brain       the process that decides: started, started again  become: identity, background; herald: who waits for that
 *   watchdog    whether it still does anything                    inquest: what is seen of it; last_words: what it said
 *   replacement another program in its place                      resume: and another image of init; state, state_generation: what it is told
 *   requests    what it asks for                                  link: the bytes; wire: their meaning
 *   memos       what it wants to find again                       shelves: its configuration; memory_file: where that lies
 *   datagrams   what it wants sent, since Node cannot
 *   generations the table of what must outlive it                 spawn: a generation's birth and its shim's words
 *   shim        the process above each service                    channel: what it and init say to each other
 *   stages      from fork to exec, each failing step named        identity, descriptors, title
 *   sockets     the listener sockets                              address: its text; socket_file: a unix socket's name
 *   handing     what a generation gets besides its streams        notify: its words; messages: a Node child's; page: adopt's
 *   families    signals for a process, a group, roots or a tree   processes: who lives below whom
 *   actor       a signal for one process of a generation          kinship: whose a process is
 *   lost        generations whose shim was killed
 *   loggers     the processes that move output into log files     logger: one; logger_streams, logger_logs, logger_voice; cut: where a file ends
 *   reap        whose child has ended                             usage: what it used
 *   parting     an end is told when the output is in its log
 *   ending      the end of everything below                       complain: what init itself has to say
 */
#include <stdbool.h>
#include <string.h>

#include "loop.h"
#include "pidproxy.h"
#include "resume.h"
#include "standalone.h"

int main(int argc, char **argv) {
  const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
  name = name ? name + 1 : argc > 0 ? argv[0] : "";
  /* Called by another init's name it is that one alone, whatever the arguments are. */
  static const char *const others[] = {"tini", "tini-static", "docker-init", "dumb-init"};
  bool other = false;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) other = other || strcmp(name, others[i]) == 0;
  if (!other && argc > 1 && strcmp(argv[1], "--brain") == 0) return brain_main(argc, argv);
  if (!other && argc > 1 && (strcmp(argv[1], "--resume") == 0 || strcmp(argv[1], "--return") == 0)) return resumed_main(argc, argv);
  if (!other && argc > 1 && strcmp(argv[1], "--can-resume") == 0) return resume_check(argc, argv);
  if (!other && argc > 1 && strcmp(argv[1], "--pidproxy") == 0) return pidproxy_main(argc - 2, argv + 2);
  return standalone_main(argc, argv);
}
