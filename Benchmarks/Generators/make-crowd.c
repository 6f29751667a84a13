/* make-crowd FILE: a capture of many small packets, the same bytes on every run, with the truth
 * beside it in FILE.truth.json.
 *
 * A crowd of NetBIOS name lookups by innocent hosts, in which hide heavy scanners, servers that
 * look up their own visitors, ordinary clients and servers, hosts whose ICMP errors leave as UDP,
 * and hosts whose valid UDP looks outwardly the same. */
#include "frames.h"

enum {
  CROWD = 200000, SCANNERS = 300, LOOKERS = 20, VISITORS = 1500, SERVERS = 500, CLIENTS = 39200,
  NAME_TALKS = 1080000, WEB_TALKS = 122000, MISREAD = 10, LIKENESSES = 10, SHAPED_PACKETS = 400,
};

enum kind {
  NODE_STATUS, SYN, SYN_ACK, ACK, REQUEST, PAGE, FIN, NAME_QUERY, NAME_ANSWER, MISREAD_ERROR,
  VALID_LIKENESS,
};

#define SECOND 1000000ull
static const uint64_t duration = 6 * 3600 * SECOND;
static const uint32_t start = 1223632800; /* 2008-10-10T10:00:00Z */

static made_random numbers = {0x43756c70726974};
static uint32_t next_address = 0;

static uint32_t host(void) { return made_address(&next_address, 0x5eed); }

static uint64_t moment(uint64_t room) { return made_between(&numbers, 0, duration - room - 1); }

/* ---- the plan ---- */

static void plan_lookup(made_plan *plan, uint64_t time, uint32_t from, uint32_t to, int tries,
                        uint16_t *identification) {
  uint16_t transaction = (uint16_t)made_next(&numbers);
  for (int i = 0; i < tries; i++) {
    /* Windows counts the identification up in little-endian order. */
    uint16_t id = __builtin_bswap16(++*identification);
    made_add(plan, (made_event){time, from, to, 137, 137, id, NODE_STATUS, (uint8_t)transaction});
    time += 1495000 + made_between(&numbers, 0, 10000);
  }
}

static void plan_crowd(made_plan *plan) {
  for (int i = 0; i < CROWD; i++) {
    uint32_t from = host(), at = 0, key = (uint32_t)made_next(&numbers);
    uint16_t identification = (uint16_t)made_next(&numbers);
    int lookups = (int)made_between(&numbers, 10, 20);
    for (int k = 0; k < lookups; k++) {
      /* Two thirds are answered or given up at once; one third runs to its three tries. */
      int tries = made_between(&numbers, 0, 2) == 0 ? 3 : 1;
      plan_lookup(plan, moment(4 * SECOND), from, made_address(&at, key), tries, &identification);
    }
  }
}

static void plan_scanners(made_plan *plan, FILE *truth) {
  static const uint16_t ports[] = {445, 139, 135, 1433, 22, 23, 80, 3389, 5900, 2967};
  char text[16];
  fprintf(truth, "  \"scanners\": [\n");
  for (int i = 0; i < SCANNERS; i++) {
    uint32_t from = host(), at = 0, key = (uint32_t)made_next(&numbers);
    uint16_t port = ports[made_between(&numbers, 0, 9)];
    int targets = (int)made_between(&numbers, 2000, 6000);
    uint64_t span = made_between(&numbers, 600, 7200) * SECOND, begin = moment(span + SECOND);
    for (int k = 0; k < targets; k++) {
      uint64_t time = begin + made_between(&numbers, 0, span);
      uint16_t source_port = (uint16_t)made_between(&numbers, 1025, 65000);
      uint16_t id = (uint16_t)made_next(&numbers);
      made_add(plan, (made_event){time, from, made_address(&at, key), source_port, port, id, SYN, 0});
    }
    fprintf(truth, "    {\"address\": \"%s\", \"port\": %u, \"targets\": %d, \"packets\": %d}%s\n",
            made_text(from, text), port, targets, targets, i + 1 < SCANNERS ? "," : "");
  }
  fprintf(truth, "  ],\n");
}

static void plan_lookers(made_plan *plan, FILE *truth) {
  char text[16];
  fprintf(truth, "  \"innocentLookups\": [\n");
  for (int i = 0; i < LOOKERS; i++) {
    uint32_t server = host();
    uint16_t port = i % 2 ? 80 : 25, identification = (uint16_t)made_next(&numbers);
    for (int k = 0; k < VISITORS; k++) {
      uint32_t visitor = host();
      uint16_t from = (uint16_t)made_between(&numbers, 1025, 65000);
      uint64_t time = moment(70 * SECOND);
      made_add(plan, (made_event){time, visitor, server, from, port, (uint16_t)k, SYN, 0});
      made_add(plan, (made_event){time + 300, server, visitor, port, from, 0, SYN_ACK, 0});
      made_add(plan, (made_event){time + 40000, visitor, server, from, port, (uint16_t)(k + 1), ACK, 0});
      time += made_between(&numbers, 1, 50) * SECOND;
      plan_lookup(plan, time, server, visitor, 3, &identification);
    }
    fprintf(truth, "    {\"address\": \"%s\", \"lookups\": %d, \"visitors\": %d}%s\n",
            made_text(server, text), VISITORS, VISITORS, i + 1 < LOOKERS ? "," : "");
  }
  fprintf(truth, "  ],\n");
}

static void plan_servers(made_plan *plan) {
  uint32_t *servers = made_memory(SERVERS * sizeof(uint32_t));
  uint32_t *clients = made_memory(CLIENTS * sizeof(uint32_t));
  for (int i = 0; i < SERVERS; i++) servers[i] = host();
  for (int i = 0; i < CLIENTS; i++) clients[i] = host();
  enum { RESOLVERS = 200 };
  for (int i = 0; i < NAME_TALKS; i++) {
    uint32_t number = i < CLIENTS ? (uint32_t)i : (uint32_t)made_between(&numbers, 0, CLIENTS - 1);
    uint32_t server = servers[(number + made_between(&numbers, 0, 1)) % RESOLVERS];
    uint16_t from = (uint16_t)made_between(&numbers, 1025, 65000), id = (uint16_t)made_next(&numbers);
    uint64_t time = moment(SECOND);
    made_add(plan, (made_event){time, clients[number], server, from, 53, id, NAME_QUERY, 0});
    time += made_between(&numbers, 400, 90000);
    made_add(plan, (made_event){time, server, clients[number], 53, from, id, NAME_ANSWER, 0});
  }
  for (int i = 0; i < WEB_TALKS; i++) {
    uint32_t client = clients[made_between(&numbers, 0, CLIENTS - 1)];
    uint32_t server = servers[made_between(&numbers, RESOLVERS, SERVERS - 1)];
    uint16_t from = (uint16_t)made_between(&numbers, 1025, 65000), id = (uint16_t)made_next(&numbers);
    uint64_t time = moment(2 * SECOND), trip = made_between(&numbers, 5000, 90000);
    uint8_t size = (uint8_t)made_next(&numbers);
    made_add(plan, (made_event){time, client, server, from, 80, id, SYN, 0});
    made_add(plan, (made_event){time + trip, server, client, 80, from, 0, SYN_ACK, 0});
    made_add(plan, (made_event){time + trip + 200, client, server, from, 80, id, REQUEST, size});
    made_add(plan, (made_event){time + 2 * trip + 900, server, client, 80, from, id, PAGE, size});
    made_add(plan, (made_event){time + 2 * trip + 1200, client, server, from, 80, id, FIN, 0});
    made_add(plan, (made_event){time + 3 * trip + 1200, server, client, 80, from, id, FIN, 0});
  }
  free(servers);
  free(clients);
}

static void plan_shaped(made_plan *plan, FILE *truth, enum kind kind, const char *name, int hosts,
                        const char *end) {
  char text[16];
  fprintf(truth, "  \"%s\": [", name);
  for (int i = 0; i < hosts; i++) {
    uint32_t from = host(), at = 0, key = (uint32_t)made_next(&numbers);
    uint64_t time = moment(SHAPED_PACKETS * 20 * SECOND);
    uint16_t port = (uint16_t)made_between(&numbers, 30000, 50000);
    uint32_t to = 0;
    for (int k = 0; k < SHAPED_PACKETS; k++) {
      if (k % 20 == 0) to = made_address(&at, key);
      made_add(plan, (made_event){time, from, to, 770, (uint16_t)(port + k), (uint16_t)k, kind, 0});
      time += made_between(&numbers, 1, 19) * SECOND;
    }
    fprintf(truth, "%s\n    {\"address\": \"%s\", \"packets\": %d}", i ? "," : "",
            made_text(from, text), SHAPED_PACKETS);
  }
  fprintf(truth, "\n  ]%s\n", end);
}

/* ---- the frames ---- */

/* Checksum of a transport segment with the pseudo-header (RFC 768, RFC 9293). */
static uint16_t transport_checksum(const uint8_t *ip, uint32_t length) {
  return folded(sum16(ip + 20, length, sum16(ip + 12, 8, ip[9] + length)));
}

static uint32_t put_udp(const made_event *e, uint32_t payload, int ttl) {
  uint8_t *udp = frame + 34;
  put16(udp, e->source_port);
  put16(udp + 2, e->port);
  put16(udp + 4, 8 + payload);
  put16(udp + 6, 0);
  put_ip(frame + 14, 28 + payload, e->identification, 0, ttl, 17, e->source, e->target);
  uint16_t sum = transport_checksum(frame + 14, 8 + payload);
  put16(udp + 6, sum ? sum : 0xffff);
  return 42 + payload;
}

static uint32_t put_tcp(const made_event *e, int flags, uint32_t payload, int ttl) {
  uint8_t *tcp = frame + 34;
  uint32_t header = flags & 2 ? 24 : 20;
  memset(tcp, 0, header);
  put16(tcp, e->source_port);
  put16(tcp + 2, e->port);
  put32(tcp + 4, made_scatter(e->source ^ e->port, e->identification));
  if (flags & 16) put32(tcp + 8, made_scatter(e->target ^ e->source_port, e->identification));
  tcp[12] = (uint8_t)(header << 2);
  tcp[13] = (uint8_t)flags;
  put16(tcp + 14, 16384);
  if (flags & 2) put32(tcp + 20, 0x020405b4); /* maximum segment size 1460 */
  for (uint32_t i = 0; i < payload; i++) tcp[header + i] = (uint8_t)('a' + i % 26);
  put_ip(frame + 14, 20 + header + payload, e->identification, 0x40, ttl, 6, e->source, e->target);
  put16(tcp + 16, transport_checksum(frame + 14, header + payload));
  return 34 + header + payload;
}

/* A node status request for the name `*` (RFC 1002, 4.2.17). */
static uint32_t put_node_status(const made_event *e, int ttl) {
  uint8_t *p = frame + 42;
  memset(p, 0, 50);
  put16(p, 0x8000u | e->extra);
  p[5] = 1;
  p[12] = 32;
  memcpy(p + 13, "CK", 2);
  memset(p + 15, 'A', 30);
  p[47] = 0x21;
  p[49] = 1;
  return put_udp(e, 50, ttl);
}

/* A DNS question for an address, and its answer (RFC 1035). */
static uint32_t put_name(const made_event *e, int answer, int ttl) {
  uint8_t *p = frame + 42;
  memset(p, 0, 12);
  put16(p, e->identification);
  put16(p + 2, answer ? 0x8180 : 0x0100);
  p[5] = 1;
  p[7] = (uint8_t)answer;
  uint32_t number = made_scatter(e->identification, 77) % 100000;
  uint32_t at = 12 + (uint32_t)snprintf((char *)p + 12, 20, "%cwww%05u", 8, number);
  memcpy(p + at, "\7example\3net\0\0\1\0\1", 17);
  at += 17;
  if (answer) {
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4};
    memcpy(p + at, record, 12);
    put32(p + at + 12, 0xc6336400u | (number & 255)); /* 198.51.100.0/24, for documents */
    at += 16;
  }
  return put_udp(e, at, ttl);
}

/* An ICMP error (RFC 792: type 3, code 2) whose IP header says UDP, so that type and code read as
 * source port 770 and the ICMP checksum as the destination port. Quotes a packet of the receiver. */
static uint32_t put_misread(const made_event *e, int ttl) {
  uint8_t *icmp = frame + 34;
  memset(icmp, 0, 36);
  put16(icmp, 0x0302);
  put_ip(icmp + 8, 46, 7, 0, 64, 17, e->target, e->source);
  put16(icmp + 28, 1900);
  put16(icmp + 30, 20000u + e->identification); /* one more each time: the checksum, one less */
  put16(icmp + 32, 26);
  put16(icmp + 2, folded(sum16(icmp, 36, 0)));
  put_ip(frame + 14, 56, e->identification, 0, ttl, 17, e->source, e->target);
  return 70;
}

static uint32_t put_frame(const made_event *e) {
  int ttl = 128 - (int)(made_scatter(e->source, 9) % 24);
  uint32_t length = 0;
  switch ((enum kind)e->kind) {
    case NODE_STATUS: length = put_node_status(e, ttl); break;
    case SYN: length = put_tcp(e, 2, 0, ttl); break;
    case SYN_ACK: length = put_tcp(e, 18, 0, ttl); break;
    case ACK: length = put_tcp(e, 16, 0, ttl); break;
    case REQUEST: length = put_tcp(e, 24, 150 + e->extra, ttl); break;
    case PAGE: length = put_tcp(e, 24, 900 + 2u * e->extra, ttl); break;
    case FIN: length = put_tcp(e, 17, 0, ttl); break;
    case NAME_QUERY: length = put_name(e, 0, ttl); break;
    case NAME_ANSWER: length = put_name(e, 1, ttl); break;
    case MISREAD_ERROR: length = put_misread(e, ttl); break;
    case VALID_LIKENESS:
      memset(frame + 42, 'v', 28);
      length = put_udp(e, 28, ttl);
      break;
  }
  /* The card pads a frame to 60 bytes. */
  if (length < 60) {
    memset(frame + length, 0, 60 - length);
    length = 60;
  }
  return length;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-crowd FILE.pcap\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_crowd(&plan);
  plan_scanners(&plan, truth);
  plan_lookers(&plan, truth);
  plan_servers(&plan);
  plan_shaped(&plan, truth, MISREAD_ERROR, "icmpErrorsSentAsUDP", MISREAD, ",");
  plan_shaped(&plan, truth, VALID_LIKENESS, "validUDPOfTheSameShape", LIKENESSES, ",");
  made_sort(&plan);

  made_output out = made_open(argv[1]);
  made_set sources = made_set_new(20), services = made_set_new(24);
  static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
  static const uint8_t link[14] = {0, 0x0c, 0x29, 1, 2, 3, 0, 0x1b, 0x21, 4, 5, 6, 8, 0};
  made_write(&out, header, sizeof header);
  memcpy(frame, link, 14);
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    uint32_t length = put_frame(e);
    uint32_t record[4] = {start + (uint32_t)(e->time / SECOND), (uint32_t)(e->time % SECOND),
                          length, length};
    made_write(&out, record, sizeof record);
    made_write(&out, frame, length);
    /* Counted from the bytes written: a misread error's port is its checksum. */
    made_insert(&sources, e->source);
    made_insert(&services, made_service(e->source, e->target, (uint16_t)(frame[36] << 8 | frame[37])));
  }
  made_close(&out);
  fprintf(truth, "  \"records\": %zu,\n  \"sources\": %llu,\n  \"distinct\": %llu,\n"
          "  \"bytes\": %llu\n}\n", plan.count, (unsigned long long)sources.count,
          (unsigned long long)services.count, (unsigned long long)out.bytes);
  return fclose(truth) == 0 ? 0 : 74;
}
