/* What both floors share: the mapped file, and the table source -> {count, 64-byte HyperLogLog}.
 *
 * The floor is the least work that could still be called counting who contacts whom: every byte is
 * looked at, every field decoded, and one table line is touched for each record. It checks no more
 * than it must to stay within the file, remembers no pairs and concludes nothing. */
#ifndef FLOOR_H
#define FLOOR_H

#define _GNU_SOURCE 1 /* mremap */
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ---- */

typedef struct {
  const uint8_t *bytes;
  size_t size;
} floor_file;

/* Maps a file with a page of zeros before and after it, so that a vector load at either end needs
 * no test. Ends the program where the file cannot be had: a floor has no other work. */
static floor_file floor_map(const char *path) {
  int fd = open(path, O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0) {
    perror(path);
    exit(66);
  }
  size_t size = (size_t)status.st_size, page = 4096;
  size_t room = page + ((size + page - 1) & ~(page - 1)) + page;
  uint8_t *base = mmap(NULL, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED ||
      mmap(base + page, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
    perror("mmap");
    exit(70);
  }
  close(fd);
  madvise(base + page, size, MADV_SEQUENTIAL);
  return (floor_file){base + page, size};
}

/* ---- the table ---- */

typedef struct {
  uint32_t address, id, count, unused;
} floor_slot;

typedef struct {
  floor_slot *slots; /* open addressing, linear probing; count 0 marks a free slot */
  uint8_t (*registers)[64];
  uint32_t mask, used, room;
} floor_table;

enum { FLOOR_BATCH = 64 };

/* One record on its way into the table. */
typedef struct {
  uint32_t source;
  uint32_t id;
  uint64_t service; /* destination << 16 | destination port */
} floor_update;

static inline uint64_t floor_mix(uint64_t x) {
  __uint128_t product = (__uint128_t)(x ^ 0x9e3779b97f4a7c15u) * 0xa0761d6478bd642fu;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static void *floor_zeroed(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("memory");
    exit(70);
  }
  return memory;
}

static floor_table floor_new(void) {
  floor_table table = {.mask = (1u << 16) - 1, .used = 0, .room = 1u << 16};
  table.slots = floor_zeroed(sizeof(floor_slot) << 16);
  table.registers = floor_zeroed(64u << 16);
  return table;
}

static void floor_grow_slots(floor_table *t) {
  uint32_t mask = t->mask * 2 + 1;
  floor_slot *slots = floor_zeroed(sizeof(floor_slot) * ((size_t)mask + 1));
  for (uint32_t i = 0; i <= t->mask; i++) {
    if (t->slots[i].count == 0) continue;
    uint32_t at = (uint32_t)floor_mix(t->slots[i].address) & mask;
    while (slots[at].count != 0) at = (at + 1) & mask;
    slots[at] = t->slots[i];
  }
  munmap(t->slots, sizeof(floor_slot) * ((size_t)t->mask + 1));
  t->slots = slots;
  t->mask = mask;
}

static void floor_grow_registers(floor_table *t) {
  void *moved = mremap(t->registers, 64 * (size_t)t->room, 128 * (size_t)t->room, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) {
    perror("memory");
    exit(70);
  }
  t->registers = moved;
  t->room *= 2;
}

/* Enters a batch: three short passes, each of which starts the next one's cache misses. */
static inline void floor_consume(floor_table *t, floor_update *batch, int count) {
  /* Grown before the batch, so that nothing moves under the prefetches. */
  if ((uint64_t)(t->used + FLOOR_BATCH) * 8 > (uint64_t)(t->mask + 1u) * 5) floor_grow_slots(t);
  if (t->used + FLOOR_BATCH > t->room) floor_grow_registers(t);
  uint32_t home[FLOOR_BATCH];
  for (int i = 0; i < count; i++) {
    home[i] = (uint32_t)floor_mix(batch[i].source) & t->mask;
    __builtin_prefetch(&t->slots[home[i]], 1, 3);
  }
  for (int i = 0; i < count; i++) {
    uint32_t at = home[i];
    while (t->slots[at].count != 0 && t->slots[at].address != batch[i].source)
      at = (at + 1) & t->mask;
    floor_slot *slot = &t->slots[at];
    if (slot->count == 0) {
      slot->address = batch[i].source;
      slot->id = t->used++;
    }
    slot->count++;
    batch[i].id = slot->id;
    __builtin_prefetch(t->registers[slot->id], 1, 3);
  }
  for (int i = 0; i < count; i++) {
    uint64_t hash = floor_mix(batch[i].service);
    uint8_t rank = (uint8_t)(__builtin_clzll(hash << 6 | 32) + 1);
    uint8_t *reg = &t->registers[batch[i].id][hash >> 58];
    if (rank > *reg) *reg = rank;
  }
}

/* Distinct (source, destination, port) by the sketches: linear counting where registers are free. */
static double floor_distinct(const floor_table *t) {
  double total = 0;
  for (uint32_t id = 0; id < t->used; id++) {
    double sum = 0;
    int free = 0;
    for (int r = 0; r < 64; r++) {
      sum += ldexp(1, -t->registers[id][r]);
      free += t->registers[id][r] == 0;
    }
    double raw = 0.709 * 64 * 64 / sum;
    total += raw <= 2.5 * 64 && free > 0 ? 64 * log(64.0 / free) : raw;
  }
  return total;
}

#endif
