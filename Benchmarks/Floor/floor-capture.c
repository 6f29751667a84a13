/* floor-capture FILE: decodes every Ethernet/IPv4 packet of a little-endian microsecond pcap and
 * enters it into the table. Prints counts that an independent program can confirm. */
#include "floor.h"

typedef struct {
  uint64_t packets, entered, others, bytes, first, last;
  uint32_t flags, ports, sources_ports;
} totals;

static inline uint16_t be16(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, 2);
  return __builtin_bswap16(v);
}

static inline uint32_t be32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}

static inline uint32_t le32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

/* Decodes one frame; 0 where it is not IPv4 or too short. */
static inline int decode(const uint8_t *frame, uint32_t held, totals *sum, floor_update *out) {
  if (held < 34 || be16(frame + 12) != 0x0800) return 0;
  const uint8_t *ip = frame + 14;
  uint32_t header = (ip[0] & 15u) * 4;
  if (ip[0] >> 4 != 4 || header < 20 || 14 + header > held) return 0;
  uint16_t source_port = 0, port = 0;
  if ((be16(ip + 6) & 0x1fff) == 0) {
    const uint8_t *transport = ip + header;
    uint32_t left = held - 14 - header;
    if (ip[9] == 17 && left >= 8) {
      source_port = be16(transport);
      port = be16(transport + 2);
    } else if (ip[9] == 6 && left >= 20) {
      source_port = be16(transport);
      port = be16(transport + 2);
      sum->flags |= transport[13];
    }
  }
  sum->bytes += be16(ip + 2);
  sum->sources_ports += source_port;
  sum->ports += port;
  out->source = be32(ip + 12);
  out->service = (uint64_t)be32(ip + 16) << 16 | port;
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor-capture FILE.pcap\n");
    return 64;
  }
  floor_file file = floor_map(argv[1]);
  if (file.size < 24 || le32(file.bytes) != 0xa1b2c3d4 || le32(file.bytes + 20) != 1) {
    fprintf(stderr, "not a little-endian microsecond Ethernet pcap\n");
    return 65;
  }
  floor_table table = floor_new();
  floor_update batch[FLOOR_BATCH];
  totals sum = {.first = UINT64_MAX};
  int filled = 0;
  size_t at = 24;
  while (file.size - at >= 16) {
    const uint8_t *record = file.bytes + at;
    uint32_t held = le32(record + 8);
    if (held > file.size - at - 16) break;
    uint64_t time = (uint64_t)le32(record) * 1000000 + le32(record + 4);
    if (time < sum.first) sum.first = time;
    if (time > sum.last) sum.last = time;
    sum.packets++;
    at += 16 + held;
    if (!decode(record + 16, held, &sum, &batch[filled])) {
      sum.others++;
      continue;
    }
    sum.entered++;
    if (++filled == FLOOR_BATCH) {
      floor_consume(&table, batch, filled);
      filled = 0;
    }
  }
  floor_consume(&table, batch, filled);
  printf("records %llu sources %u distinct~ %.0f bytes %llu seconds %.0f digest %u\n",
         (unsigned long long)sum.packets, table.used, floor_distinct(&table),
         (unsigned long long)sum.bytes, sum.packets ? (double)(sum.last - sum.first) / 1e6 : 0.0,
         sum.flags ^ sum.ports ^ sum.sources_ports ^ (uint32_t)sum.others);
  return 0;
}
