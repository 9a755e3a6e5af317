#define _GNU_SOURCE
#include "shelves.h"

#include <errno.h>
#include <unistd.h>

#include "complain.h"
#include "memory_file.h"

static int shelf[SHELF_COUNT] = {-1, -1};

void shelves_make(void) {
  for (int i = 0; i < SHELF_COUNT; i++) {
    if (shelf[i] != -1) close(shelf[i]);
    shelf[i] = memory_file("legato");
    if (shelf[i] == -1) complain("cannot make a file in memory for the brain's configuration: errno %d", errno);
  }
}

bool shelves_hand(int first) {
  for (int i = 0; i < SHELF_COUNT; i++)
    if (shelf[i] != -1 && dup2(shelf[i], first + i) == -1) return false;
  return true;
}

void shelves_save(void) {
  for (int i = 0; i < SHELF_COUNT; i++) state_put_fd(shelf[i]);
}

void shelves_load(struct state_record *record) {
  for (int i = 0; i < SHELF_COUNT; i++) shelf[i] = state_take_fd(record);
}
