/* make-log FILE: a netfilter kernel log of refusals over fourteen days behind RFC 3164 stamps, the
 * same bytes on every run, with the truth beside it in FILE.truth.json.
 *
 * A background of some 398,000 sources that each knock at a few addresses, eighty scanners hidden
 * in it, loud sources with a single target (which line counting takes for scanners), and one inside
 * host whose name lookups step up at a known hour. */
#include "made.h"

enum {
  BACKGROUND = 397869, SCANNERS = 80, LOUD = 50, LOUD_LINES = 5000, DAYS = 14, STEP_HOUR = 203,
  BEFORE = 20, AFTER = 1000,
};

enum kind { TCP_SYN, UDP, ECHO, LOOKUP };

#define SECOND 1000000ull
static const uint64_t duration = DAYS * 86400ull * SECOND;
static const uint32_t first_day = 1; /* the first of October */

static made_random numbers = {0x6c6f67};
static uint32_t next_address = 0;

/* The defended network: 198.18.0.0/16 (RFC 2544, for benchmarks). */
static uint32_t inside(uint32_t n) { return 0xc6120000u | (n & 0xffff); }

static uint64_t moment(uint64_t room) { return made_between(&numbers, 0, duration - room - 1); }

static uint16_t high_port(void) { return (uint16_t)made_between(&numbers, 1025, 65000); }

static void add(made_plan *plan, uint64_t time, uint32_t from, uint32_t to, uint16_t source_port,
                uint16_t port, enum kind kind) {
  uint16_t id = (uint16_t)made_next(&numbers);
  made_add(plan, (made_event){time, from, to, source_port, port, id, (uint8_t)kind, 0});
}

/* What the internet's noise knocks at, with how often in a hundred. */
static uint16_t noise_port(enum kind *kind) {
  static const struct { uint16_t port; uint8_t percent; enum kind kind; } table[] = {
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

/* A few targets, each tried as a TCP/IP stack does: three times, 3 and 6 seconds apart. */
static void plan_background(made_plan *plan) {
  for (int i = 0; i < BACKGROUND; i++) {
    uint32_t from = made_address(&next_address, 0x106);
    enum kind kind;
    uint16_t port = noise_port(&kind);
    int targets = (int)made_between(&numbers, 1, 6);
    uint64_t time = moment(3 * 86400 * SECOND);
    for (int k = 0; k < targets; k++) {
      uint32_t to = inside((uint32_t)made_next(&numbers));
      uint16_t source_port = high_port();
      add(plan, time, from, to, source_port, port, kind);
      if (kind == TCP_SYN || made_between(&numbers, 0, 1)) {
        add(plan, time + 3 * SECOND, from, to, source_port, port, kind);
        add(plan, time + 9 * SECOND, from, to, source_port, port, kind);
      }
      time += made_between(&numbers, 1, 40000) * SECOND;
    }
  }
  for (int i = 0; i < LOUD; i++) {
    uint32_t from = made_address(&next_address, 0x106), to = inside((uint32_t)made_next(&numbers));
    uint16_t port = 25, source_port = high_port();
    for (int k = 0; k < LOUD_LINES; k++) add(plan, moment(SECOND), from, to, source_port, port, TCP_SYN);
  }
}

static void plan_scanners(made_plan *plan, FILE *truth) {
  static const uint16_t ports[] = {445, 1433, 22, 23, 3389, 8080, 5900, 3306};
  char text[16];
  fprintf(truth, "  \"scanners\": [\n");
  for (int i = 0; i < SCANNERS; i++) {
    uint32_t from = made_address(&next_address, 0x106), key = (uint32_t)made_next(&numbers) | 1;
    uint16_t port = ports[made_between(&numbers, 0, 7)];
    int targets = (int)made_between(&numbers, 200, 2000);
    uint64_t span = made_between(&numbers, 1800, 86400) * SECOND, begin = moment(span + SECOND);
    for (int k = 0; k < targets; k++) /* an odd stride: no target comes twice */
      add(plan, begin + made_between(&numbers, 0, span), from, inside((uint32_t)k * key), high_port(),
          port, TCP_SYN);
    fprintf(truth, "    {\"address\": \"%s\", \"port\": %u, \"targets\": %d, \"lines\": %d}%s\n",
            made_text(from, text), port, targets, targets, i + 1 < SCANNERS ? "," : "");
  }
  fprintf(truth, "  ],\n");
}

/* The inside host: refused lookups, three tries each, whose rate steps up on the hour. */
static void plan_step(made_plan *plan, FILE *truth) {
  uint32_t from = inside(0x0a14), at = 0;
  char text[16];
  for (uint64_t hour = 0; hour < DAYS * 24; hour++) {
    int lines = hour < STEP_HOUR ? BEFORE : AFTER;
    for (int k = 0; k < lines; k += 3) {
      uint64_t time = (hour * 3600 + made_between(&numbers, 0, 3594)) * SECOND;
      uint32_t to = made_address(&at, 0x5e9);
      for (unsigned i = 0; i < 3; i++)
        add(plan, time + i * 1500000, from, to, 137, 137, LOOKUP);
    }
  }
  fprintf(truth, "  \"rateStep\": {\"address\": \"%s\", \"transport\": \"udp\", \"port\": 137, "
          "\"onset\": \"10-%02dT%02d:00:00Z\", \"beforePerHour\": %d, \"afterPerHour\": %d},\n",
          made_text(from, text), (int)first_day + STEP_HOUR / 24, STEP_HOUR % 24,
          (BEFORE + 2) / 3 * 3, (AFTER + 2) / 3 * 3);
}

/* ---- the lines ---- */

static char *put_text(char *p, const char *text) {
  size_t count = strlen(text);
  memcpy(p, text, count);
  return p + count;
}

static char *put_number(char *p, uint32_t v) {
  char digits[10];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10);
  while ((v /= 10) != 0);
  while (n > 0) *p++ = digits[--n];
  return p;
}

static char *put_padded(char *p, uint32_t v, int width) {
  for (int i = width - 1; i >= 0; i--, v /= 10) p[i] = (char)('0' + v % 10);
  return p + width;
}

static char *put_address(char *p, uint32_t a) {
  for (int shift = 24; shift > 0; shift -= 8) {
    p = put_number(p, a >> shift & 255);
    *p++ = '.';
  }
  return put_number(p, a & 255);
}

static char *put_head(char *p, const made_event *e) {
  uint64_t seconds = e->time / SECOND;
  uint32_t day = (uint32_t)(seconds / 86400) + first_day, of_day = (uint32_t)(seconds % 86400);
  p = put_text(p, day < 10 ? "Oct  " : "Oct ");
  p = put_number(p, day);
  *p++ = ' ';
  p = put_padded(p, of_day / 3600, 2);
  *p++ = ':';
  p = put_padded(p, of_day / 60 % 60, 2);
  *p++ = ':';
  p = put_padded(p, of_day % 60, 2);
  p = put_text(p, " gate1 kernel: [");
  p = put_number(p, 1000000 + (uint32_t)seconds);
  *p++ = '.';
  p = put_padded(p, (uint32_t)(e->time % SECOND), 6);
  return put_text(p, e->kind == LOOKUP ? "] REJECT-OUT IN=eth1 OUT=eth0 " : "] DROP-IN IN=eth0 OUT= ");
}

static char *put_line(char *p, const made_event *e) {
  static const uint16_t lengths[] = {[TCP_SYN] = 48, [UDP] = 404, [ECHO] = 92, [LOOKUP] = 78};
  uint32_t length = e->kind == UDP && e->port == 137 ? 78 : lengths[e->kind];
  p = put_head(p, e);
  p = put_text(p, "MAC=00:0c:29:5a:10:02:00:1b:21:3c:9d:04:08:00 SRC=");
  p = put_address(p, e->source);
  p = put_text(p, " DST=");
  p = put_address(p, e->target);
  p = put_text(p, " LEN=");
  p = put_number(p, length);
  p = put_text(p, " TOS=0x00 PREC=0x00 TTL=");
  p = put_number(p, 128 - made_scatter(e->source, 9) % 24);
  p = put_text(p, " ID=");
  p = put_number(p, e->identification);
  if (e->kind == ECHO) {
    p = put_text(p, " PROTO=ICMP TYPE=8 CODE=0 ID=512 SEQ=");
    p = put_number(p, e->source_port);
  } else {
    p = put_text(p, e->kind == TCP_SYN ? " DF PROTO=TCP SPT=" : " PROTO=UDP SPT=");
    p = put_number(p, e->source_port);
    p = put_text(p, " DPT=");
    p = put_number(p, e->port);
    if (e->kind == TCP_SYN) {
      p = put_text(p, " WINDOW=65535 RES=0x00 SYN URGP=0");
    } else {
      p = put_text(p, " LEN=");
      p = put_number(p, length - 20);
    }
  }
  *p++ = '\n';
  return p;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-log FILE\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_background(&plan);
  plan_scanners(&plan, truth);
  plan_step(&plan, truth);
  made_sort(&plan);

  made_output out = made_open(argv[1]);
  made_set sources = made_set_new(21), services = made_set_new(24);
  char line[512];
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    made_write(&out, line, (size_t)(put_line(line, e) - line));
    made_insert(&sources, e->source);
    made_insert(&services, made_service(e->source, e->target, e->kind == ECHO ? 0 : e->port));
  }
  made_close(&out);
  fprintf(truth, "  \"records\": %zu,\n  \"sources\": %llu,\n  \"distinct\": %llu,\n"
          "  \"bytes\": %llu\n}\n", plan.count, (unsigned long long)sources.count,
          (unsigned long long)services.count, (unsigned long long)out.bytes);
  return fclose(truth) == 0 ? 0 : 74;
}
