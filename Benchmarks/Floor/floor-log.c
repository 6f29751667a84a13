/* floor-log FILE: scans a netfilter log behind RFC 3164 stamps, 64 bytes at a time, stopping only
 * at `=` behind C, T or O and at the newline; parses SRC, DST, LEN, PROTO, SPT, DPT and the stamp,
 * and enters each line into the table. */
#include "text.h"

#ifdef __AVX2__
/* Bits of the 64 bytes at p where the scan must stop. */
static inline uint64_t stops(const uint8_t *p) {
  const __m256i equals = _mm256_set1_epi8('='), line = _mm256_set1_epi8('\n');
  const __m256i c = _mm256_set1_epi8('C'), t = _mm256_set1_epi8('T'), o = _mm256_set1_epi8('O');
  uint64_t mask = 0;
  for (int half = 0; half < 2; half++) {
    __m256i here = _mm256_loadu_si256((const __m256i *)(p + 32 * half));
    __m256i before = _mm256_loadu_si256((const __m256i *)(p + 32 * half - 1));
    __m256i name = _mm256_or_si256(
        _mm256_or_si256(_mm256_cmpeq_epi8(before, c), _mm256_cmpeq_epi8(before, t)),
        _mm256_cmpeq_epi8(before, o));
    __m256i stop = _mm256_or_si256(_mm256_and_si256(_mm256_cmpeq_epi8(here, equals), name),
                                   _mm256_cmpeq_epi8(here, line));
    mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(stop) << (32 * half);
  }
  return mask;
}
#else
static inline uint64_t stops(const uint8_t *p) {
  const __m128i equals = _mm_set1_epi8('='), line = _mm_set1_epi8('\n');
  const __m128i c = _mm_set1_epi8('C'), t = _mm_set1_epi8('T'), o = _mm_set1_epi8('O');
  uint64_t mask = 0;
  for (int part = 0; part < 4; part++) {
    __m128i here = _mm_loadu_si128((const __m128i *)(p + 16 * part));
    __m128i before = _mm_loadu_si128((const __m128i *)(p + 16 * part - 1));
    __m128i name = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(before, c), _mm_cmpeq_epi8(before, t)),
                                _mm_cmpeq_epi8(before, o));
    __m128i stop = _mm_or_si128(_mm_and_si128(_mm_cmpeq_epi8(here, equals), name),
                                _mm_cmpeq_epi8(here, line));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(stop) << (16 * part);
  }
  return mask;
}
#endif

#define NAME(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* Seconds into a leap year, from `Mmm dd hh:mm:ss`. */
static uint32_t stamp(const uint8_t *p) {
  uint32_t day = (p[4] == ' ' ? 0 : (uint32_t)(p[4] - '0') * 10) + (uint32_t)(p[5] - '0');
  return (days_before(p) + day - 1) * 86400 + clock_of(p + 7);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor-log FILE\n");
    return 64;
  }
  floor_file file = floor_map(argv[1]);
  floor_table table = floor_new();
  floor_update batch[FLOOR_BATCH];
  int filled = 0;
  uint64_t lines = 0, entered = 0, bytes = 0;
  uint64_t stamp_low = 0, stamp_high = 0;
  uint32_t first = UINT32_MAX, last = 0, now = 0, protocols = 0, ports = 0;
  uint32_t source = 0, target = 0, length = 0, port = 0, have = 0;
  const uint8_t *line = file.bytes;
  for (size_t at = 0; at < file.size; at += 64) {
    uint64_t mask = stops(file.bytes + at);
    while (mask != 0) {
      const uint8_t *q = file.bytes + at + __builtin_ctzll(mask);
      mask &= mask - 1;
      const uint8_t *value = q + 1;
      if (*q == '\n') {
        uint64_t low = load64(line), high = load64(line + 7);
        if (low != stamp_low || high != stamp_high) {
          stamp_low = low;
          stamp_high = high;
          now = stamp(line);
          if (now < first) first = now;
          if (now > last) last = now;
        }
        lines++;
        if ((have & 3) == 3) {
          batch[filled].source = source;
          batch[filled].service = (uint64_t)target << 16 | (port & 0xffff);
          bytes += length;
          entered++;
          if (++filled == FLOOR_BATCH) {
            floor_consume(&table, batch, filled);
            filled = 0;
          }
        }
        have = 0;
        port = 0;
        length = 0;
        line = value;
        continue;
      }
      switch (load32(q - 3)) {
        case NAME('S', 'R', 'C', '='):
          source = ipv4(&value);
          have |= 1;
          break;
        case NAME('D', 'S', 'T', '='):
          target = ipv4(&value);
          have |= 2;
          /* LEN= ends in no stop letter, but it always follows the destination. */
          if (load32(value + 1) == NAME('L', 'E', 'N', '=')) {
            value += 5;
            length = number(&value);
          }
          break;
        case NAME('O', 'T', 'O', '='):
          protocols ^= load32(value);
          break;
        case NAME('S', 'P', 'T', '='):
          ports += number(&value);
          break;
        case NAME('D', 'P', 'T', '='):
          port = number(&value);
          ports += port;
          break;
        default: break;
      }
    }
  }
  floor_consume(&table, batch, filled);
  printf("records %llu sources %u distinct~ %.0f bytes %llu seconds %u digest %u\n",
         (unsigned long long)lines, table.used, floor_distinct(&table), (unsigned long long)bytes,
         last >= first ? last - first : 0, protocols ^ ports ^ (uint32_t)(lines - entered));
  return 0;
}
