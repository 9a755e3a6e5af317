#define _GNU_SOURCE
#include "handing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "brain.h"
#include "generations.h"
#include "sockets.h"

/* Numbers 1 and 2 are the streams', and 0 is when it is a pipe. */
static bool is_free(const struct handing *handing, uint8_t stdin_plan, int target) {
  if (target == 0 ? stdin_plan != PLAN_NULL : target < 3 || target > HANDED_FD_MAX) return false;
  for (uint32_t i = 0; i < handing->count; i++)
    if (handing->item[i].target == target) return false;
  return true;
}

/* Takes the source in, so that it is closed in the end, whether its number is any good or not. */
static bool add(struct handing *handing, uint8_t stdin_plan, int source, int target, bool borrowed) {
  const bool good = is_free(handing, stdin_plan, target);
  handing->item[handing->count++] = (struct handed){source, target, borrowed};
  errno = EINVAL;
  return good;
}

static void tell_revived(uint32_t key) {
  uint8_t out[WIRE_REPORT_MAX];
  struct socket_report report;
  if (sockets_report(key, &report)) brain_tell(out, wire_listening(out, 0, &report));
}

static bool add_sockets(struct handing *handing, const struct spawn_request *request) {
  const struct sequence *sockets = &request->hand.sockets;
  errno = E2BIG;
  if (sockets->count > HANDED_SOCKETS_MAX) return false;
  for (uint32_t i = 0; i < sockets->count; i++) {
    const uint8_t *at = sockets->bytes + (size_t)WIRE_HANDED * i;
    const uint32_t target = wire_u32(at + 4);
    if (sockets_revive(wire_u32(at))) tell_revived(wire_u32(at));
    int fd = sockets_find(wire_u32(at));
    errno = ENOENT;
    if (fd == -1 || !add(handing, request->plan[STREAM_STDIN], fd, target > HANDED_FD_MAX ? -1 : (int)target, true)) return false;
  }
  return true;
}

static bool add_notify(struct handing *handing, const struct spawn_request *request, struct generation *generation) {
  int line_end = -1;
  const bool made = notify_open(&generation->notify, &request->hand, &request->identity, &line_end);
  const int error = errno;
  const bool good = line_end == -1 || add(handing, request->plan[STREAM_STDIN], line_end, request->hand.line, false);
  if (!made) errno = error;
  return made && good;
}

static bool add_channel(struct handing *handing, const struct spawn_request *request, struct generation *generation) {
  int end = -1;
  if (request->hand.channel == -1) return true;
  return messages_open(&generation->notify.messages, &end) && add(handing, request->plan[STREAM_STDIN], end, request->hand.channel, false);
}

static bool add_page(struct handing *handing, const struct spawn_request *request, struct generation *generation) {
  const struct hand_request *hand = &request->hand;
  struct page *page = &generation->page;
  if (hand->page == -1) return true;
  if (!page_open(page, hand->go != -1)) return false;
  bool good = add(handing, request->plan[STREAM_STDIN], page->memory, hand->page, true);
  good = good && (hand->wake == -1 || add(handing, request->plan[STREAM_STDIN], page->wake, hand->wake, true));
  good = good && (hand->idle == -1 || add(handing, request->plan[STREAM_STDIN], page->idle, hand->idle, true));
  return good && (hand->go == -1 || add(handing, request->plan[STREAM_STDIN], page->go, hand->go, true));
}

enum stage handing_make(struct handing *handing, const struct spawn_request *request, struct generation *generation) {
  if (!add_sockets(handing, request)) return STAGE_DESCRIPTORS;
  if (!add_notify(handing, request, generation)) return STAGE_NOTIFY;
  if (!add_channel(handing, request, generation)) return STAGE_NOTIFY;
  if (!add_page(handing, request, generation)) return STAGE_PAGE;
  return 0;
}

void handing_close_made(const struct handing *handing) {
  for (uint32_t i = 0; i < handing->count; i++)
    if (!handing->item[i].borrowed) close(handing->item[i].source);
}

void handing_close_all(const struct handing *handing) {
  for (uint32_t i = 0; i < handing->count; i++) {
    bool again = false; /* one socket may be wanted at several numbers */
    for (uint32_t j = 0; j < i; j++) again = again || handing->item[j].source == handing->item[i].source;
    if (!again) close(handing->item[i].source);
  }
}

static bool is_target(const struct handing *handing, int fd) {
  for (uint32_t i = 0; i < handing->count; i++)
    if (handing->item[i].target == fd) return true;
  return false;
}

/* Copies a descriptor to a number that none is to be put at. What it leaves behind is overwritten or closed by exec. */
static bool step_aside(const struct handing *handing, int *fd) {
  int from = 3, copy = *fd;
  while (copy != -1 && is_target(handing, copy)) {
    copy = fcntl(*fd, F_DUPFD_CLOEXEC, from);
    from = copy + 1;
  }
  if (copy != -1) *fd = copy;
  return copy != -1;
}

bool handing_place(struct handing *handing, int *keep) {
  if (!step_aside(handing, keep)) return false;
  for (uint32_t i = 0; i < handing->count; i++)
    if (!step_aside(handing, &handing->item[i].source)) return false;
  for (uint32_t i = 0; i < handing->count; i++)
    if (dup2(handing->item[i].source, handing->item[i].target) == -1) return false;
  return true;
}
