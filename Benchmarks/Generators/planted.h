/* What is planted in every log, whichever firewall writes it: the internet's noise from half a
 * million sources, eighty scanners of three kinds hidden in it, loud sources with a single target
 * (which line counting takes for scanners), and one inside host whose name lookups step up at a
 * known hour. Fourteen days from the first of October. */
#ifndef PLANTED_H
#define PLANTED_H

#include "written.h"

enum {
  SOURCES = 500000, HORIZONTAL = 40, VERTICAL = 24, BLOCK = 16, SLOW = 6, LOUD = 50, DAYS = 14,
  SCANNERS = HORIZONTAL + VERTICAL + BLOCK,
  /* All sources but the scanners, the loud ones and the host that steps. */
  NOISE = SOURCES - SCANNERS - SLOW - LOUD - 1,
  STEP_HOUR = 203, BEFORE = 20, AFTER = 1000, FIRST_DAY = 1, YEAR = 2025,
};

/* What the noise and the planted ones send; a generator's own kinds begin at OWN_KINDS. */
enum kind { TCP_SYN, UDP, ECHO, LOOKUP, OWN_KINDS };

#define SECOND 1000000ull
static const uint64_t duration = DAYS * 86400ull * SECOND;

static made_random numbers = {0x6c6f67};
static uint32_t next_address = 0;

/* The next source on the internet. */
static inline uint32_t outside(void) { return made_address(&next_address, 0x106); }

/* The defended network: 198.18.0.0/16 (RFC 2544, for benchmarks). */
static inline uint32_t inside(uint32_t n) { return 0xc6120000u | (n & 0xffff); }

static inline uint64_t moment(uint64_t room) {
  return made_between(&numbers, 0, duration - room - 1);
}

static inline uint16_t high_port(void) { return (uint16_t)made_between(&numbers, 1025, 65000); }

static inline void add(made_plan *plan, uint64_t time, uint32_t from, uint32_t to,
                       uint16_t source_port, uint16_t port, int kind) {
  uint16_t id = (uint16_t)made_next(&numbers);
  made_add(plan, (made_event){time, from, to, source_port, port, id, (uint8_t)kind, 0});
}

/* ---- noise ---- */

/* What the internet's noise knocks at, with how often in a hundred. */
static uint16_t noise_port(int *kind) {
  static const struct { uint16_t port; uint8_t percent; uint8_t kind; } table[] = {
      {445, 26, TCP_SYN}, {135, 12, TCP_SYN}, {1433, 8, TCP_SYN}, {22, 10, TCP_SYN},
      {23, 8, TCP_SYN},   {80, 7, TCP_SYN},   {139, 6, TCP_SYN},  {1434, 5, UDP},
      {137, 5, UDP},      {1026, 5, UDP},     {0, 8, ECHO}};
  uint64_t pick = made_between(&numbers, 0, 99);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (pick < table[i].percent) {
      *kind = table[i].kind;
      return table[i].port;
    }
    pick -= table[i].percent;
  }
  *kind = TCP_SYN;
  return (uint16_t)made_between(&numbers, 1024, 65535);
}

/* Sources with up to `most` targets, each tried `tries` times at most, as a TCP/IP stack does: 3
 * and 6 seconds apart. A record of a whole flow counts the tries instead (one try). */
static void plan_noise(made_plan *plan, int most, int tries) {
  for (int i = 0; i < NOISE; i++) {
    uint32_t from = outside();
    int kind;
    uint16_t port = noise_port(&kind);
    int targets = (int)made_between(&numbers, 1, (uint64_t)most);
    uint64_t time = moment(3 * 86400 * SECOND);
    for (int k = 0; k < targets; k++) {
      uint32_t to = inside((uint32_t)made_next(&numbers));
      uint16_t source_port = high_port();
      int given_up = kind != TCP_SYN && made_between(&numbers, 0, 1);
      for (int n = 0; n < (given_up ? 1 : tries); n++)
        add(plan, time + (n == 2 ? 9ull : 3ull * (uint64_t)n) * SECOND, from, to, source_port, port, kind);
      time += made_between(&numbers, 1, 40000) * SECOND;
    }
  }
}

/* Loud and narrow: one target, one port, for two weeks. */
static void plan_loud(made_plan *plan, int records) {
  for (int i = 0; i < LOUD; i++) {
    uint32_t from = outside(), to = inside((uint32_t)made_next(&numbers));
    uint16_t source_port = high_port();
    for (int k = 0; k < records; k++)
      add(plan, moment(SECOND), from, to, source_port, 25, TCP_SYN);
  }
}

/* ---- scanners ---- */

typedef struct {
  const char *kind;
  uint16_t lowest;
  int targets, ports;
} scan;

/* What a scanner of the given number looks at. */
static scan scan_of(int i) {
  static const uint16_t ports[] = {445, 1433, 22, 23, 3389, 8080, 5900, 3306};
  uint16_t port = ports[made_between(&numbers, 0, 7)];
  if (i < HORIZONTAL)
    return (scan){"horizontal", port, (int)made_between(&numbers, 200, 2000), 1};
  uint16_t low = (uint16_t)made_between(&numbers, 1, 1024);
  if (i < HORIZONTAL + VERTICAL)
    return (scan){"vertical", low, 1, (int)made_between(&numbers, 200, 1500)};
  return (scan){"block", port, (int)made_between(&numbers, 40, 120),
                (int)made_between(&numbers, 4, 9)};
}

static void plan_scan(made_plan *plan, FILE *truth, int i, uint64_t shortest, uint64_t longest) {
  uint32_t from = outside(), key = (uint32_t)made_next(&numbers) | 1;
  uint32_t first = (uint32_t)made_next(&numbers);
  char text[16];
  scan s = scan_of(i);
  uint64_t span = made_between(&numbers, shortest, longest) * SECOND, begin = moment(span + SECOND);
  for (int k = 0; k < s.targets; k++)
    for (int j = 0; j < s.ports; j++)
      add(plan, begin + made_between(&numbers, 0, span), from,
          /* A block lies together; an odd stride brings no target twice. */
          inside(i < HORIZONTAL ? (uint32_t)k * key : first + (uint32_t)k), high_port(),
          (uint16_t)(s.lowest + j), TCP_SYN);
  fprintf(truth, "    {\"address\": \"%s\", \"kind\": \"%s\", \"targets\": %d, \"ports\": %d}%s\n",
          made_text(from, text), s.kind, s.targets, s.ports,
          i + 1 < SCANNERS || (i >= SCANNERS && i + 1 < SCANNERS + SLOW) ? "," : "");
}

/* Each target once at each port, in an order that repeats nothing: within half an hour to a day, a
 * block within two hours, as fast as programs for it do. Beside the eighty, blocks so slow that no
 * port of theirs is tried at thirteen addresses in an hour, which is below what culprit tells from
 * noise: they are not counted among the eighty, and shown apart. */
static void plan_scanners(made_plan *plan, FILE *truth) {
  fprintf(truth, "  \"scanners\": [\n");
  for (int i = 0; i < SCANNERS; i++) {
    if (i < HORIZONTAL + VERTICAL) plan_scan(plan, truth, i, 1800, 86400);
    else plan_scan(plan, truth, i, 600, 7200);
  }
  fprintf(truth, "  ],\n  \"slowBlocks\": [\n");
  for (int i = SCANNERS; i < SCANNERS + SLOW; i++) plan_scan(plan, truth, i, 86400, 3 * 86400);
  fprintf(truth, "  ],\n");
}

/* ---- the step ---- */

/* The inside host: refused lookups, so many tries each, whose rate steps up on the hour. */
static void plan_step(made_plan *plan, FILE *truth, int tries) {
  uint32_t from = inside(0x0a14), at = 0;
  char text[16];
  for (uint64_t hour = 0; hour < DAYS * 24; hour++) {
    int lookups = ((hour < STEP_HOUR ? BEFORE : AFTER) + 2) / 3;
    for (int k = 0; k < lookups; k++) {
      uint64_t time = (hour * 3600 + made_between(&numbers, 0, 3594)) * SECOND;
      uint32_t to = made_address(&at, 0x5e9);
      for (int i = 0; i < tries; i++)
        add(plan, time + (uint64_t)i * 1500000, from, to, 137, 137, LOOKUP);
    }
  }
  fprintf(truth,
          "  \"rateStep\": {\"address\": \"%s\", \"transport\": \"udp\", \"port\": 137, "
          "\"onset\": \"10-%02dT%02d:00:00Z\", \"beforePerHour\": %d, \"afterPerHour\": %d},\n",
          made_text(from, text), FIRST_DAY + STEP_HOUR / 24, STEP_HOUR % 24,
          (BEFORE + 2) / 3 * tries, (AFTER + 2) / 3 * tries);
}

/* ---- the end ---- */

/* What was written, counted from the records. */
typedef struct {
  made_set sources, services;
  uint64_t records;
} planted_count;

static inline planted_count planted_counting(void) {
  return (planted_count){made_set_new(21), made_set_new(24), 0};
}

/* Counts a record that names who contacts whom. */
static inline void planted_enter(planted_count *count, const made_event *e) {
  made_insert(&count->sources, e->source);
  made_insert(&count->services, made_service(e->source, e->target, e->kind == ECHO ? 0 : e->port));
}

static int planted_end(FILE *truth, const planted_count *count, const made_output *out) {
  fprintf(truth,
          "  \"records\": %llu,\n  \"sources\": %llu,\n  \"distinct\": %llu,\n  \"bytes\": %llu\n}\n",
          (unsigned long long)count->records, (unsigned long long)count->sources.count,
          (unsigned long long)count->services.count, (unsigned long long)out->bytes);
  return fclose(truth) == 0 ? 0 : 74;
}

#endif
