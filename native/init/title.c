#define _GNU_SOURCE
#include "title.h"

#include <string.h>
#include <sys/prctl.h>

static char *room;
static size_t room_of_arguments, room_in_all;

/* The strings follow each other in memory as execve(2) laid them; where one does not, the room ends. */
static char *past_last(char **strings, char *end) {
  for (; *strings && *strings == end; strings++) end += strlen(*strings) + 1;
  return end;
}

void title_find_room(char **argv, char **environment) {
  room = argv[0];
  char *arguments_end = past_last(argv, room);
  room_of_arguments = (size_t)(arguments_end - room);
  room_in_all = (size_t)(past_last(environment, arguments_end) - room);
}

/* The kernel shows exactly the arguments' room, unless its last byte is not NUL: then everything up to the first NUL
 * behind it (proc_pid_cmdline(5)). So a short title is filled up with NULs, a long one just runs on. */
void title_set(const char *text, size_t length) {
  static const char prefix[] = "legato: ";
  size_t at = 0;
  if (room_in_all) {
    memset(room, 0, room_of_arguments);
    for (const char *p = prefix; *p && at + 1 < room_in_all; p++) room[at++] = *p;
    for (size_t i = 0; i < length && at + 1 < room_in_all; i++) room[at++] = text[i];
    room[at] = 0;
  }
  prctl(PR_SET_NAME, "legato-shim"); /* fails for no argument of this kind */
}
