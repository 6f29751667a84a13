/* What generators of captures share: the frame under way, and an IPv4 header in it. */
#ifndef FRAMES_H
#define FRAMES_H

#include "made.h"

static uint8_t frame[1600];

static void put16(uint8_t *p, uint32_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v) {
  put16(p, v >> 16);
  put16(p + 2, v & 0xffff);
}

static uint32_t sum16(const uint8_t *p, size_t count, uint32_t sum) {
  for (size_t i = 0; i + 1 < count; i += 2) sum += (uint32_t)p[i] << 8 | p[i + 1];
  return count & 1 ? sum + ((uint32_t)p[count - 1] << 8) : sum;
}

static uint16_t folded(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

/* Writes an IPv4 header (RFC 791) with its checksum. */
static void put_ip(uint8_t *ip, uint32_t length, uint16_t id, int flags, int ttl, int protocol,
                   uint32_t from, uint32_t to) {
  memset(ip, 0, 20);
  ip[0] = 0x45;
  put16(ip + 2, length);
  put16(ip + 4, id);
  ip[6] = (uint8_t)flags;
  ip[8] = (uint8_t)ttl;
  ip[9] = (uint8_t)protocol;
  put32(ip + 12, from);
  put32(ip + 16, to);
  put16(ip + 10, folded(sum16(ip, 20, 0)));
}

#endif
