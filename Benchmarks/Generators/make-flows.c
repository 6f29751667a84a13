/* make-flows FILE: a capture of ordinary traffic, the same bytes on every run, with the truth beside
 * it in FILE.truth.json.
 *
 * Clients of an office fetch pages and files over TCP, most of it in full segments; names are
 * asked before. Nothing in it is to be raised. */
#include "frames.h"

enum { CLIENTS = 4000, SERVERS = 600, RESOLVERS = 2, TALKS = 60000, SEGMENT = 1448 };
enum kind { NAME_QUERY, NAME_ANSWER, SYN, SYN_ACK, ACK, REQUEST, DATA, LAST, FIN, FIN_BACK };

#define SECOND 1000000ull
static const uint64_t duration = 3600 * SECOND;
static const uint32_t start = 1223632800; /* 2008-10-10T10:00:00Z */

static made_random numbers = {0x466c6f7773};

/* A segment without a checksum, as a host captures what its card is still to sum up. */
static uint32_t put_tcp(const made_event *e, int flags, uint32_t payload, uint32_t sequence) {
  uint8_t *tcp = frame + 34;
  memset(tcp, 0, 20);
  put16(tcp, e->source_port);
  put16(tcp + 2, e->port);
  put32(tcp + 4, sequence);
  tcp[12] = 0x50;
  tcp[13] = (uint8_t)flags;
  put16(tcp + 14, 29200);
  put_ip(frame + 14, 40 + payload, e->identification, 0x40, 64, 6, e->source, e->target);
  return 54 + payload;
}

static uint32_t put_name(const made_event *e, int answer) {
  uint8_t *p = frame + 42;
  memset(p, 0, 60);
  put16(p, e->identification);
  put16(p + 2, answer ? 0x8180 : 0x0100);
  p[5] = 1;
  p[7] = (uint8_t)answer;
  memcpy(p + 12, "\3www\7example\3net\0\0\1\0\1", 21);
  uint32_t at = 33;
  if (answer) {
    memcpy(p + at, "\xc0\14\0\1\0\1\0\0\16\20\0\4", 12);
    put32(p + at + 12, 0xc6336400u | e->extra);
    at += 16;
  }
  put16(frame + 34, e->source_port);
  put16(frame + 36, e->port);
  put16(frame + 38, 8 + at);
  put16(frame + 40, 0);
  put_ip(frame + 14, 28 + at, e->identification, 0x40, 64, 17, e->source, e->target);
  return 42 + at;
}

static void plan_talks(made_plan *plan) {
  uint32_t next = 0, clients[CLIENTS], servers[SERVERS], resolvers[RESOLVERS];
  for (int i = 0; i < CLIENTS; i++) clients[i] = 0x0a000000u | (uint32_t)(i + 258);
  for (int i = 0; i < SERVERS; i++) servers[i] = made_address(&next, 0xf10);
  for (int i = 0; i < RESOLVERS; i++) resolvers[i] = made_address(&next, 0xf10);
  for (int i = 0; i < TALKS; i++) {
    uint32_t client = clients[made_between(&numbers, 0, CLIENTS - 1)];
    uint32_t number = (uint32_t)made_between(&numbers, 0, SERVERS - 1);
    uint32_t server = servers[number], resolver = resolvers[i % RESOLVERS];
    uint16_t from = (uint16_t)made_between(&numbers, 1025, 65000), id = (uint16_t)made_next(&numbers);
    uint16_t port = number % 3 ? 443 : 80;
    /* Most answers are short, some are files. */
    int segments = (int)(made_between(&numbers, 0, 9) ? made_between(&numbers, 1, 12)
                                                      : made_between(&numbers, 20, 100));
    uint64_t time = made_between(&numbers, 0, duration - 60 * SECOND), trip = 8000 + number * 20;
    made_add(plan, (made_event){time, client, resolver, from, 53, id, NAME_QUERY, (uint8_t)number});
    made_add(plan, (made_event){time + 900, resolver, client, 53, from, id, NAME_ANSWER, (uint8_t)number});
    time += 2000;
    made_add(plan, (made_event){time, client, server, from, port, ++id, SYN, 0});
    made_add(plan, (made_event){time + trip, server, client, port, from, 0, SYN_ACK, 0});
    made_add(plan, (made_event){time + trip + 60, client, server, from, port, ++id, ACK, 0});
    made_add(plan, (made_event){time + trip + 90, client, server, from, port, ++id, REQUEST, 0});
    time += 2 * trip + 90;
    uint16_t back = (uint16_t)made_next(&numbers);
    for (int k = 0; k < segments; k++, time += 120) {
      made_add(plan, (made_event){time, server, client, port, from, ++back,
                                  k + 1 < segments ? DATA : LAST, (uint8_t)k});
      if (k % 2) made_add(plan, (made_event){time + 40, client, server, from, port, ++id, ACK, 0});
    }
    made_add(plan, (made_event){time + 500, server, client, port, from, ++back, FIN, 0});
    made_add(plan, (made_event){time + 560, client, server, from, port, ++id, FIN_BACK, 0});
  }
}

static uint32_t put_frame(const made_event *e) {
  uint32_t key = made_scatter(e->source ^ e->source_port, 3);
  switch ((enum kind)e->kind) {
    case NAME_QUERY: return put_name(e, 0);
    case NAME_ANSWER: return put_name(e, 1);
    case SYN: return put_tcp(e, 2, 0, key);
    case SYN_ACK: return put_tcp(e, 18, 0, key);
    case ACK: return put_tcp(e, 16, 0, key + 301);
    case REQUEST: memcpy(frame + 54, "GET / HTTP/1.1\r\nHost: www.example.net\r\n", 39);
      return put_tcp(e, 24, 300, key + 1);
    case DATA: return put_tcp(e, 16, SEGMENT, key + 1 + e->identification * (uint32_t)SEGMENT);
    case LAST: return put_tcp(e, 24, 300u + 4u * e->extra, key + 1 + e->identification * (uint32_t)SEGMENT);
    case FIN: case FIN_BACK: return put_tcp(e, 17, 0, key + 302);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-flows FILE.pcap\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_talks(&plan);
  made_sort(&plan);
  made_output out = made_open(argv[1]);
  made_set sources = made_set_new(20), services = made_set_new(24);
  static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  static const uint8_t link[14] = {0, 0x0c, 0x29, 1, 2, 3, 0, 0x1b, 0x21, 4, 5, 6, 8, 0};
  made_write(&out, header, sizeof header);
  memcpy(frame, link, 14);
  for (uint32_t i = 54; i < sizeof frame; i++) frame[i] = (uint8_t)('a' + i % 26);
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    uint32_t length = put_frame(e);
    if (length < 60) memset(frame + length, 0, 60 - length), length = 60;
    uint32_t record[4] = {start + (uint32_t)(e->time / SECOND), (uint32_t)(e->time % SECOND),
                          length, length};
    made_write(&out, record, sizeof record);
    made_write(&out, frame, length);
    made_insert(&sources, e->source);
    made_insert(&services, made_service(e->source, e->target, e->port));
  }
  made_close(&out);
  fprintf(truth, "  \"records\": %zu,\n  \"sources\": %llu,\n  \"distinct\": %llu,\n"
          "  \"bytes\": %llu\n}\n", plan.count, (unsigned long long)sources.count,
          (unsigned long long)services.count, (unsigned long long)out.bytes);
  return fclose(truth) == 0 ? 0 : 74;
}
