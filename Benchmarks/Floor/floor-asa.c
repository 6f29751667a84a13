/* floor-asa FILE: scans the log of a Cisco ASA, 64 bytes at a time, stopping only at the percent
 * sign before the message's number and at the newline. Of the messages that say who contacts whom
 * (106023, 106100, 302013, 302015, 710003) it parses both ends, the hit count and the stamp, and
 * enters them into the table; ends of connections and translations it passes over. */
#include "text.h"

/* The six digits behind `%ASA-n-` as one number. */
#define MESSAGE(a, b, c, d, e, f)                                                              \
  ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 |            \
   (uint64_t)(e) << 32 | (uint64_t)(f) << 40)

typedef struct {
  uint32_t address, port;
} end_point;

/* `address/port`, the port where there is one. */
static inline end_point end_at(const uint8_t **p) {
  end_point end = {ipv4(p), 0};
  if (**p == '/') {
    ++*p;
    end.port = number(p);
  }
  return end;
}

/* `address(port)` */
static inline end_point listed_at(const uint8_t **p) {
  end_point end = {ipv4(p), 0};
  ++*p;
  end.port = number(p);
  return end;
}

/* Seconds into a leap year, from `Mmm dd yyyy hh:mm:ss`. */
static uint32_t stamp(const uint8_t *p) {
  return (days_before(p) + two(p + 4) - 1) * 86400 + clock_of(p + 12);
}

/* The ends of a message at its percent sign; 0 where it says nothing of a new contact. */
static inline int contact(const uint8_t *q, end_point *from, end_point *to, uint64_t *hits) {
  const uint8_t *text = q + 15;
  switch (load64(q + 7) & 0xffffffffffffu) {
    case MESSAGE('1', '0', '6', '0', '2', '3'): /* Deny tcp src interface:end dst interface:end */
      text = behind(text + 5, ':');
      *from = end_at(&text);
      text = behind(text, ':');
      *to = end_at(&text);
      return 1;
    case MESSAGE('1', '0', '6', '1', '0', '0'): /* access-list NAME denied tcp if/a(p) -> if/a(p) */
      text = behind(text + 12, '/');
      *from = listed_at(&text);
      text = behind(text, '/');
      *to = listed_at(&text);
      text += 10;
      *hits += number(&text);
      return 1;
    case MESSAGE('3', '0', '2', '0', '1', '3'): /* Built outbound TCP connection N for if:end … to if:end */
    case MESSAGE('3', '0', '2', '0', '1', '5'): {
      int outbound = text[6] == 'o';
      text = behind(text + 14, ':');
      end_point first = end_at(&text);
      text = behind(text, ':');
      end_point second = end_at(&text);
      *from = outbound ? second : first;
      *to = outbound ? first : second;
      return 1;
    }
    case MESSAGE('7', '1', '0', '0', '0', '3'): /* TCP access denied by ACL from end to interface:end */
      text += 30;
      *from = end_at(&text);
      text = behind(text, ':');
      *to = end_at(&text);
      return 1;
    default: return 0;
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor-asa FILE\n");
    return 64;
  }
  floor_file file = floor_map(argv[1]);
  floor_table table = floor_new();
  floor_update batch[FLOOR_BATCH];
  int filled = 0;
  uint64_t lines = 0, entered = 0, hits = 0, stamp_now[2] = {0, 0};
  uint32_t first = UINT32_MAX, last = 0, ports = 0;
  const uint8_t *line = file.bytes;
  for (size_t at = 0; at < file.size; at += 64) {
    uint64_t mask = equal64(file.bytes + at, '%') | equal64(file.bytes + at, '\n');
    while (mask != 0) {
      const uint8_t *q = file.bytes + at + __builtin_ctzll(mask);
      mask &= mask - 1;
      if (*q == '\n') {
        lines++;
        line = q + 1;
        continue;
      }
      /* `Mmm dd ` and `hh:mm:ss`: the year between them is one the log never leaves. */
      uint64_t low = load64(line), high = load64(line + 12);
      if (low != stamp_now[0] || high != stamp_now[1]) {
        stamp_now[0] = low;
        stamp_now[1] = high;
        uint32_t now = stamp(line);
        if (now < first) first = now;
        if (now > last) last = now;
      }
      end_point from, to;
      if (load32(q) != ('%' | 'A' << 8 | 'S' << 16 | 'A' << 24)) continue;
      if (!contact(q, &from, &to, &hits)) continue;
      ports += from.port ^ to.port;
      batch[filled].source = from.address;
      batch[filled].service = (uint64_t)to.address << 16 | (to.port & 0xffff);
      entered++;
      if (++filled == FLOOR_BATCH) {
        floor_consume(&table, batch, filled);
        filled = 0;
      }
    }
  }
  floor_consume(&table, batch, filled);
  printf("records %llu sources %u distinct~ %.0f entered %llu hits %llu seconds %u digest %u\n",
         (unsigned long long)lines, table.used, floor_distinct(&table), (unsigned long long)entered,
         (unsigned long long)hits, last >= first ? last - first : 0, ports);
  return 0;
}
