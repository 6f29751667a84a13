/* floor-eve FILE: scans Suricata's EVE log. Of each line it walks the keys at its head, value by
 * value, until it knows the kind of event; of flows and alerts it goes on to both ends, and of
 * flows to the packets and bytes of both ways, and enters them into the table. Everything else of a
 * line is passed over, 64 bytes at a time, to the newline. It takes no value with an escape in it
 * at the head of a line: Suricata writes none there. */
#include "text.h"

typedef struct {
  uint32_t source, target, source_port, port, packets, bytes;
  int has; /* 1 a source, 2 a target */
} event;

static inline uint64_t word(const char text[8]) { return load64((const uint8_t *)text); }

/* `{"pkts_toserver":N,"pkts_toclient":N,"bytes_toserver":N,"bytes_toclient":N` */
static inline void counts(const uint8_t *p, event *e) {
  for (int i = 0; i < 4; i++) {
    p = behind(p, ':');
    uint32_t value = number(&p);
    if (i < 2) e->packets += value;
    else e->bytes += value;
  }
}

/* Walks the keys from behind the opening brace; 0 where the event counts nobody's contact. */
static inline int walk(const uint8_t *p, event *e) {
  int is_flow = 0;
  for (int i = 0; i < 16 && *p == '"'; i++) {
    uint64_t key = load64(p + 1);
    const uint8_t *value = behind(p + 1, ':');
    if (key == word("event_ty")) {
      is_flow = load32(value + 1) == ('f' | 'l' << 8 | 'o' << 16 | 'w' << 24);
      if (!is_flow && load32(value + 1) != ('a' | 'l' << 8 | 'e' << 16 | 'r' << 24)) return 0;
    } else if (key == word("src_ip\":")) {
      const uint8_t *text = value + 1;
      e->source = ipv4(&text);
      e->has |= 1;
    } else if (key == word("dest_ip\"")) {
      const uint8_t *text = value + 1;
      e->target = ipv4(&text);
      e->has |= 2;
    } else if (key == word("src_port")) {
      const uint8_t *text = value;
      e->source_port = number(&text);
    } else if (key == word("dest_por")) {
      const uint8_t *text = value;
      e->port = number(&text);
    } else if ((key & 0xffffffffffffffu) == (word("flow\":{\0") & 0xffffffffffffffu)) {
      counts(p + 8, e);
      return e->has == 3;
    }
    if (*value == '{') return !is_flow && e->has == 3;
    /* A text ends at its quote, all else at its comma. */
    p = *value == '"' ? behind(value + 1, '"') + 1 : behind(value, ',');
  }
  return e->has == 3;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor-eve FILE\n");
    return 64;
  }
  floor_file file = floor_map(argv[1]);
  floor_table table = floor_new();
  floor_update batch[FLOOR_BATCH];
  int filled = 0;
  uint64_t lines = 0, entered = 0, packets = 0, bytes = 0, stamp_now = 0;
  uint32_t first = UINT32_MAX, last = 0, ports = 0;
  const uint8_t *line = file.bytes;
  for (size_t at = 0; at < file.size; at += 64) {
    uint64_t mask = equal64(file.bytes + at, '\n');
    while (mask != 0) {
      const uint8_t *next = file.bytes + at + __builtin_ctzll(mask) + 1;
      mask &= mask - 1;
      lines++;
      event e = {0};
      /* {"timestamp":"yyyy-mm-ddThh:mm:ss */
      if (load64(line + 25) != stamp_now) {
        stamp_now = load64(line + 25);
        uint32_t now = two(line + 22) * 86400 + clock_of(line + 25);
        if (now < first) first = now;
        if (now > last) last = now;
      }
      if (walk(line + 1, &e)) {
        ports += e.source_port ^ e.port;
        packets += e.packets;
        bytes += e.bytes;
        batch[filled].source = e.source;
        batch[filled].service = (uint64_t)e.target << 16 | (e.port & 0xffff);
        entered++;
        if (++filled == FLOOR_BATCH) {
          floor_consume(&table, batch, filled);
          filled = 0;
        }
      }
      line = next;
    }
  }
  floor_consume(&table, batch, filled);
  printf("records %llu sources %u distinct~ %.0f entered %llu packets %llu bytes %llu seconds %u "
         "digest %u\n",
         (unsigned long long)lines, table.used, floor_distinct(&table), (unsigned long long)entered,
         (unsigned long long)packets, (unsigned long long)bytes, last >= first ? last - first : 0,
         ports);
  return 0;
}
