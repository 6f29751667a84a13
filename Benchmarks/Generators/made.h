/* What both generators share: numbers by seed, addresses, sorting by time, and honest counting of
 * what was written (distinct sources and services, counted from the records themselves). */
#ifndef MADE_H
#define MADE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

typedef struct {
  uint64_t state;
} made_random;

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere for the same seed. */
static inline uint64_t made_next(made_random *r) {
  uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* A number of low..high, both included. */
static inline uint64_t made_between(made_random *r, uint64_t low, uint64_t high) {
  return low + (uint64_t)(((__uint128_t)made_next(r) * (high - low + 1)) >> 64);
}

/* A bijection of 32 bits: distinct inputs give distinct, scattered outputs. */
static inline uint32_t made_scatter(uint32_t x, uint32_t key) {
  x = (x + key) * 0x9e3779b1u;
  x ^= x >> 15;
  x = (x ^ key) * 0x85ebca6bu;
  x ^= x >> 13;
  return x * 0xc2b2ae35u;
}

/* Whether an address may stand for a host on the internet. */
static inline int made_is_public(uint32_t a) {
  uint32_t top = a >> 24;
  if (top == 0 || top == 10 || top == 127 || top >= 224) return 0;
  if (a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe || a >> 22 == 0x191) return 0;
  return (a & 255) != 0 && (a & 255) != 255;
}

/* The next public address of a scattered sequence; no address comes twice for one key. */
static inline uint32_t made_address(uint32_t *counter, uint32_t key) {
  uint32_t a;
  do a = made_scatter((*counter)++, key);
  while (!made_is_public(a));
  return a;
}

static inline void *made_memory(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (memory == NULL) {
    perror("memory");
    exit(70);
  }
  return memory;
}

/* ---- events ---- */

/* One record to be written. The meaning of `kind` and `extra` is the generator's. */
typedef struct {
  uint64_t time; /* microseconds from the start */
  uint32_t source, target;
  uint16_t source_port, port;
  uint16_t identification;
  uint8_t kind, extra;
} made_event;

typedef struct {
  made_event *events;
  size_t count, room;
} made_plan;

static inline void made_add(made_plan *plan, made_event event) {
  if (plan->count == plan->room) {
    plan->room = plan->room ? plan->room * 2 : 1u << 20;
    plan->events = realloc(plan->events, plan->room * sizeof(made_event));
    if (plan->events == NULL) {
      perror("memory");
      exit(70);
    }
  }
  plan->events[plan->count++] = event;
}

/* Sorts by time; events of the same time keep the order they were planned in. */
static void made_sort(made_plan *plan) {
  made_event *from = plan->events, *to = made_memory(plan->count * sizeof(made_event));
  size_t *place = made_memory(sizeof(size_t) << 16);
  for (int shift = 0; shift < 48; shift += 16) {
    memset(place, 0, sizeof(size_t) << 16);
    for (size_t i = 0; i < plan->count; i++) place[from[i].time >> shift & 0xffff]++;
    size_t sum = 0;
    for (size_t b = 0; b < 1u << 16; b++) {
      size_t here = place[b];
      place[b] = sum;
      sum += here;
    }
    for (size_t i = 0; i < plan->count; i++)
      to[place[from[i].time >> shift & 0xffff]++] = from[i];
    made_event *swap = from;
    from = to;
    to = swap;
  }
  /* Three passes: the sorted events are in what was the second array. */
  plan->events = from;
  free(to);
  free(place);
}

/* ---- counting ---- */

/* A set of 64-bit keys by double hashing: nothing in common with the floor's table but the idea. */
typedef struct {
  uint64_t *keys;
  uint64_t mask, count;
} made_set;

static made_set made_set_new(int bits) {
  return (made_set){made_memory(sizeof(uint64_t) << bits), ((uint64_t)1 << bits) - 1, 0};
}

static void made_insert(made_set *set, uint64_t key) {
  made_random mixer = {key};
  uint64_t at = made_next(&mixer), step = made_next(&mixer) | 1;
  key += 1; /* 0 marks a free place */
  while (set->keys[at & set->mask] != 0) {
    if (set->keys[at & set->mask] == key) return;
    at += step;
  }
  if (++set->count > set->mask / 4 * 3) {
    fprintf(stderr, "more distinct keys than planned for\n");
    exit(70);
  }
  set->keys[at & set->mask] = key;
}

/* Distinct (source, destination, port) needs 80 bits: two of them folded into one key by a hash.
 * The chance that any two of six million collide is about one in a million. */
static inline uint64_t made_service(uint32_t source, uint32_t target, uint16_t port) {
  made_random mixer = {(uint64_t)source << 32 | target};
  return made_next(&mixer) ^ (uint64_t)port * 0xd6e8feb86659fd93u;
}

/* ---- output ---- */

typedef struct {
  FILE *file;
  uint64_t bytes;
} made_output;

static made_output made_open(const char *path) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    exit(73);
  }
  setvbuf(file, NULL, _IOFBF, 1 << 22);
  return (made_output){file, 0};
}

static inline void made_write(made_output *out, const void *bytes, size_t count) {
  if (fwrite(bytes, 1, count, out->file) != count) {
    perror("write");
    exit(74);
  }
  out->bytes += count;
}

static void made_close(made_output *out) {
  if (fclose(out->file) != 0) {
    perror("write");
    exit(74);
  }
}

static inline const char *made_text(uint32_t a, char room[16]) {
  snprintf(room, 16, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
  return room;
}

static FILE *made_truth(const char *path) {
  char name[4096];
  if (snprintf(name, sizeof name, "%s.truth.json", path) >= (int)sizeof name) exit(73);
  FILE *file = fopen(name, "w");
  if (file == NULL) {
    perror(name);
    exit(73);
  }
  return file;
}

#endif
