#define _GNU_SOURCE
#include "lost.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "brain.h"
#include "clock.h"
#include "complain.h"
#include "loggers.h"
#include "spawn.h"

enum { MEMBERS_MAX = 1 << 16 };

struct member {
  pid_t pid, group, session;
  uint32_t index; /* of the generation */
};

/* Reserved at the first loss; memory is taken as entries are used. */
static struct member *members;
static uint32_t count;
/* The generation of a member that was reaped in this round: the one whose orphans may just have arrived. */
static bool bereaved;
static uint32_t bereaved_index;

static struct member *find_member(pid_t pid) {
  for (uint32_t i = 0; i < count; i++)
    if (members[i].pid == pid) return &members[i];
  return NULL;
}

static bool is_shim(pid_t pid) {
  for (uint32_t i = 0; i < generations_end(); i++) {
    const struct generation *generation = generations_at(i);
    if (generation && generation->shim == pid) return true;
  }
  return false;
}

static void remember(pid_t pid, const struct process_facts *facts, uint32_t index) {
  static bool said;
  if (count == MEMBERS_MAX) {
    if (!said) complain("more than %d processes without their shim; the rest is not attributed", MEMBERS_MAX);
    said = true;
    return;
  }
  members[count++] = (struct member){pid, facts->group, facts->session, index};
}

/* Sessions and groups are hardly ever left by a service, so one of them in common tells the family. */
static bool find_relative(const struct process_facts *facts, uint32_t *index) {
  for (uint32_t i = 0; i < count; i++)
    if (members[i].session == facts->session || members[i].group == facts->group) {
      *index = members[i].index;
      return true;
    }
  for (uint32_t i = 0; i < generations_end(); i++) {
    const struct generation *generation = generations_at(i);
    if (generation && generation->lost && (generation->session == facts->session || generation->group == facts->group)) {
      *index = i;
      return true;
    }
  }
  return false;
}

/* Takes in a child of init, unless somebody knows it already. Without a known session or group it goes to `fallback`,
 * the generation from which it must have come; ~0: to nobody. */
static void meet(pid_t pid, uint32_t fallback) {
  struct process_facts facts;
  if (pid == brain_pid() || loggers_own(pid) || is_shim(pid) || find_member(pid) || !process_facts(pid, &facts)) return;
  if (facts.parent != getpid() || facts.session == brain_pid()) return;
  find_relative(&facts, &fallback);
  if (fallback != ~0u) remember(pid, &facts, fallback);
}

static void meet_all(uint32_t fallback) {
  struct pid_list children = {0};
  children_of(getpid(), &children);
  for (uint32_t i = 0; i < children.count; i++) meet(children.pid[i], fallback);
  pid_list_free(&children);
}

void lost_meet(pid_t pid) {
  if (members) meet(pid, bereaved ? bereaved_index : ~0u);
}

static bool make_room(void) {
  if (members) return true;
  void *room = mmap(NULL, sizeof *members * MEMBERS_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  members = room;
  return true;
}

void lost_begin(struct generation *generation) {
  uint8_t out[WIRE_REPORT_MAX];
  if (!make_room()) {
    complain("no memory for the processes of a killed shim: errno %d", errno);
    return;
  }
  generation->shim = 0;
  generation->lost = true;
  brain_tell(out, wire_shim_lost(out, generation->key));
  meet_all(generations_index(generation));
}

void lost_abandon(struct generation *generation) {
  struct pid_list children = {0};
  struct process_facts facts;
  const pid_t session = generation->session;
  generations_remove(generation);
  children_of(getpid(), &children);
  for (uint32_t i = 0; i < children.count; i++)
    if (process_facts(children.pid[i], &facts) && facts.session == session)
      kill(children.pid[i], SIGKILL); /* ours until it is reaped; refused, it stays a stranger */
  pid_list_free(&children);
}

bool lost_reaped(pid_t pid) {
  struct member *member = find_member(pid);
  if (!member) return false;
  struct generation *generation = generations_at(member->index);
  if (generation && generation->main != pid) generation->orphans++;
  bereaved = true;
  bereaved_index = member->index;
  *member = members[--count];
  return true;
}

static uint32_t members_of(uint32_t index) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) found += members[i].index == index;
  return found;
}

void lost_settle(void) {
  static const struct usage unknown;
  if (!members) return;
  if (bereaved || count) meet_all(bereaved ? bereaved_index : ~0u);
  bereaved = false;
  for (uint32_t i = 0; i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (!generation || !generation->lost || generation->life == LIFE_EMPTY || members_of(i)) continue;
    /* The shim was killed between reaping the main process and saying so: how it ended is not known any more. */
    if (generation->life == LIFE_RUNNING) generation_exited(generation, SIGKILL, &unknown);
    generation_emptied(generation, generation->orphans, false);
  }
}

static void add_members(struct pid_list *list, uint32_t which) {
  for (uint32_t i = 0; i < count; i++)
    if (members[i].index == which) pid_list_add(list, members[i].pid);
}

bool lost_owns(const struct generation *generation, pid_t pid) {
  const struct member *member = find_member(pid);
  return member && member->index == generations_index(generation);
}

struct family lost_family(const struct generation *generation) {
  return (struct family){generation->main, generation->group, add_members, generations_index(generation)};
}

uint64_t lost_deadline(void) {
  uint64_t first = NEVER;
  for (uint32_t i = 0; members && i < generations_end(); i++) {
    const struct generation *generation = generations_at(i);
    if (generation && generation->sweep_at < first) first = generation->sweep_at;
  }
  return first;
}

void lost_tick(uint64_t now) {
  for (uint32_t i = 0; members && i < generations_end(); i++) {
    struct generation *generation = generations_at(i);
    if (!generation || generation->sweep_at > now) continue;
    struct family family = lost_family(generation);
    meet_all(~0u);
    family_kill(&family);
    generation->sweep_at = now + SWEEP_RAREST_MS / 10;
  }
}

/* How many entries of the table are written before this one: its index when they are read again. */
static uint32_t place_of(uint32_t index) {
  uint32_t place = 0;
  for (uint32_t i = 0; i < index; i++) place += generations_at(i) != NULL;
  return place;
}

void lost_save(void) {
  for (uint32_t i = 0; i < count; i++) {
    state_begin(STATE_MEMBER);
    state_put((uint32_t)members[i].pid, 4);
    state_put((uint32_t)members[i].group, 4);
    state_put((uint32_t)members[i].session, 4);
    state_put(place_of(members[i].index), 4);
    state_end();
  }
}

bool member_load(struct state_record *record) {
  if (!make_room() || count == MEMBERS_MAX) return false;
  struct member *member = &members[count++];
  member->pid = (pid_t)state_take(record, 4);
  member->group = (pid_t)state_take(record, 4);
  member->session = (pid_t)state_take(record, 4);
  member->index = (uint32_t)state_take(record, 4);
  return generations_at(member->index) != NULL;
}
