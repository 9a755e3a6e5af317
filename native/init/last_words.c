#define _GNU_SOURCE
#include "last_words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "complain.h"
#include "memory_file.h"

static int file[2] = {-1, -1};
static int living; /* whose words are written now */

void last_words_make(void) {
  for (int i = 0; i < 2; i++) {
    if (file[i] != -1) close(file[i]);
    /* The name is what the brain knows it by (src/os/standard-error.ts). */
    file[i] = memory_file("legato-words");
    if (file[i] == -1) complain("cannot make a file in memory for the brain's last words: errno %d", errno);
  }
}

void last_words_turn(void) {
  living = 1 - living;
  /* Refused, the old words stand before the new ones. */
  if (file[living] != -1 && ftruncate(file[living], 0) == 0) lseek(file[living], 0, SEEK_SET);
}

bool last_words_hand(int number) {
  if (file[living] == -1) return true;
  return dup2(STDERR_FILENO, number) != -1 && dup2(file[living], STDERR_FILENO) != -1;
}

void last_words_note(const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (file[living] == -1 || length <= 0) return;
  ssize_t written = write(file[living], text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
  (void)written; /* no memory for it: there is nowhere else to say it */
}

void last_words_show(void) {
  char part[1024];
  off_t at = 0;
  ssize_t length;
  if (file[living] == -1) return;
  while ((length = pread(file[living], part, sizeof part, at)) > 0) {
    if (!complain_raw(part, (size_t)length)) return;
    at += length;
  }
}

size_t last_words_read(uint8_t *out) {
  const int former = file[1 - living];
  const off_t size = former == -1 ? 0 : lseek(former, 0, SEEK_END);
  if (size <= 0) return 0;
  ssize_t length = pread(former, out, LAST_WORDS_MAX, size > LAST_WORDS_MAX ? size - LAST_WORDS_MAX : 0);
  for (ssize_t i = 0; i < length; i++)
    if ((out[i] < ' ' && out[i] != '\n' && out[i] != '\t') || out[i] == 0x7f) out[i] = '?';
  return length > 0 ? (size_t)length : 0;
}

void last_words_save(void) {
  for (int i = 0; i < 2; i++) state_put_fd(file[i]);
  state_put((uint64_t)living, 1);
}

void last_words_load(struct state_record *record) {
  for (int i = 0; i < 2; i++) file[i] = state_take_fd(record);
  living = state_take(record, 1) & 1;
}
