#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "complain.h"
#include "watch.h"
#include "watchdog.h"

/* A frame and one byte more: a string at its very end is terminated in place by the service's process (stages.c). */
enum { STEP_HEAD = WIRE_HEADER + 4, INPUT_ROOM = STEP_HEAD + LINK_STEP_MAX + 4096, KEPT = 4096 };

static int socket_fd = -1;
static uint32_t openings; /* tells a link from its successor, which may have the same number */
static uint8_t *input, *output;
static size_t input_used, input_touched;
static size_t output_start, output_end, output_touched;
static bool waiting_for_room;

static uint8_t *reserve(size_t size) {
  void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return room == MAP_FAILED ? NULL : room;
}

bool link_reserve(void) {
  input = reserve(INPUT_ROOM);
  output = reserve(LINK_OUTPUT_MAX);
  return input && output;
}

void link_forget(void) {
  munmap(input, INPUT_ROOM);
  munmap(output, LINK_OUTPUT_MAX);
}

/* An empty buffer that once held much gives its pages back, except the first. */
static void give_back(uint8_t *buffer, size_t *touched) {
  if (*touched <= KEPT) return;
  madvise(buffer + KEPT, (*touched - 1) / KEPT * KEPT, MADV_DONTNEED); /* advice: refused, the memory is merely kept */
  *touched = KEPT;
}

bool link_open(int fd) {
  socket_fd = fd;
  openings++;
  /* Not at the closing: it may be a frame in there that closes the link. */
  give_back(input, &input_touched);
  give_back(output, &output_touched);
  return watch_add(fd, WATCH_LINK, 0);
}

void link_close(void) {
  if (socket_fd == -1) return;
  watch_remove(socket_fd);
  close(socket_fd);
  socket_fd = -1;
  input_used = output_start = output_end = 0;
  waiting_for_room = false;
}

bool link_is_open(void) { return socket_fd != -1; }

/* Nothing of a step is handed on before all of it is there: a brain that dies in between has asked for none of it. */
static bool is_whole(const struct frame *frame, size_t behind) {
  uint32_t length;
  return frame->type != FRAME_STEP || !wire_read_key(frame, &length) || length <= behind;
}

static bool is_too_long(const struct frame *frame) {
  uint32_t length;
  return frame->type == FRAME_STEP && wire_read_key(frame, &length) && length > LINK_STEP_MAX;
}

/* Hands on the whole frames at the head of the input; false when the link was closed over it. */
static bool handle_input(void (*handle)(const struct frame *frame)) {
  size_t at = 0;
  const uint32_t opening = openings;
  for (;;) {
    struct frame frame;
    enum wire_found found = wire_next(input + at, input_used - at, &frame);
    if (found == WIRE_TOO_LONG || (found == WIRE_FRAME && is_too_long(&frame))) {
      complain("the brain sent a frame that is too long; the link is closed");
      link_close();
      return false;
    }
    if (found == WIRE_INCOMPLETE || !is_whole(&frame, input_used - at - WIRE_HEADER - frame.length)) break;
    handle(&frame);
    if (socket_fd == -1 || openings != opening) return false;
    at += WIRE_HEADER + frame.length;
  }
  input_used -= at;
  if (at && input_used) memmove(input, input + at, input_used);
  if (!input_used) give_back(input, &input_touched);
  return true;
}

void link_read(void (*handle)(const struct frame *frame)) {
  while (socket_fd != -1) {
    ssize_t length = recv(socket_fd, input + input_used, INPUT_ROOM - 1 - input_used, MSG_DONTWAIT);
    /* A brain that ended without reading all it was told may have asked for something before (ECONNRESET is told once). */
    if (length == -1 && (errno == EINTR || errno == ECONNRESET)) continue;
    if (length == -1 && errno == EAGAIN) return;
    if (length <= 0) {
      link_close();
      return;
    }
    input_used += (size_t)length;
    if (input_used > input_touched) input_touched = input_used;
    if (!handle_input(handle)) return;
  }
}

void link_send(const uint8_t *frame, size_t length) {
  if (socket_fd == -1) return;
  if (LINK_OUTPUT_MAX - output_end < length && output_start) {
    memmove(output, output + output_start, output_end - output_start);
    output_end -= output_start;
    output_start = 0;
  }
  if (LINK_OUTPUT_MAX - output_end < length) {
    complain("the brain does not read its link; the link is closed");
    link_close();
    return;
  }
  memcpy(output + output_end, frame, length);
  output_end += length;
  watchdog_sent();
  if (output_end > output_touched) output_touched = output_end;
}

void link_flush(void) {
  while (socket_fd != -1 && output_start < output_end) {
    ssize_t written = send(socket_fd, output + output_start, output_end - output_start, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written == -1 && errno == EINTR) continue;
    if (written == -1 && errno == EAGAIN) {
      if (!waiting_for_room) waiting_for_room = watch_change(socket_fd, WATCH_LINK, true);
      return;
    }
    /* It has ended, or is about to: there is nobody to tell, but what it asked for is still to be read. */
    if (written <= 0) break;
    output_start += (size_t)written;
  }
  output_start = output_end = 0;
  give_back(output, &output_touched);
  if (waiting_for_room && socket_fd != -1) waiting_for_room = !watch_change(socket_fd, WATCH_LINK, false);
}

void link_finish(void) {
  link_flush();
  link_close();
}
