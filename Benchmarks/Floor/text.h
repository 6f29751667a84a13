/* What the floors of the logs share: sixty-four bytes at a time, and numbers without branches. */
#ifndef TEXT_H
#define TEXT_H

#include "floor.h"

#ifdef __AVX2__
#include <immintrin.h>

/* Bits of the 32 bytes at p that are `wanted`. */
static inline uint32_t equal32(const uint8_t *p, char wanted) {
  __m256i here = _mm256_loadu_si256((const __m256i *)p);
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(here, _mm256_set1_epi8(wanted)));
}
#else
#include <emmintrin.h>

static inline uint32_t equal32(const uint8_t *p, char wanted) {
  __m128i w = _mm_set1_epi8(wanted);
  uint32_t low = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p), w));
  __m128i high = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(p + 16)), w);
  return low | (uint32_t)_mm_movemask_epi8(high) << 16;
}
#endif

/* Bits of the 64 bytes at p that are `wanted`. */
static inline uint64_t equal64(const uint8_t *p, char wanted) {
  return equal32(p, wanted) | (uint64_t)equal32(p + 32, wanted) << 32;
}

/* The byte behind the next `wanted`, at most 160 bytes on. */
static inline const uint8_t *behind(const uint8_t *p, char wanted) {
  for (int i = 0; i < 5; i++, p += 32) {
    uint32_t mask = equal32(p, wanted);
    if (mask != 0) return p + __builtin_ctz(mask) + 1;
  }
  return p;
}

static inline uint32_t load32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

static inline uint64_t load64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}

/* Reads up to seven digits without a branch: a digit has bit 4 set, what follows one here (dot,
 * space, newline, the zeros beyond the file) has not. */
static inline uint32_t number(const uint8_t **p) {
  uint64_t word = load64(*p);
  uint64_t ends = ~word & 0x1010101010101010u;
  int digits = ends ? __builtin_ctzll(ends) >> 3 : 7;
  *p += digits;
  if (digits == 0) return 0;
  word <<= 8 * (8 - digits); /* right-aligned; the bytes shifted in count as zeros */
  word &= 0x0f0f0f0f0f0f0f0fu;
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ffu;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffffu;
  return (uint32_t)(word * 10000 + (word >> 32));
}

static inline uint32_t octet(const uint8_t **p) {
  uint32_t word = load32(*p);
  uint32_t ends = ~word & 0x10101010u;
  int digits = ends ? __builtin_ctz(ends) >> 3 : 3;
  *p += digits + 1;
  word = digits == 0 ? 0 : (word << (8 * (4 - digits))) & 0x0f0f0f0fu;
  return (word >> 24) + (word >> 16 & 15) * 10 + (word >> 8 & 15) * 100;
}

static inline uint32_t ipv4(const uint8_t **p) {
  uint32_t value = octet(p) << 24;
  value |= octet(p) << 16;
  value |= octet(p) << 8;
  value |= octet(p);
  --*p; /* stands at what ended the last octet */
  return value;
}

/* Days of a leap year before the month of this name. */
static inline uint32_t days_before(const uint8_t *p) {
  static const uint16_t before[12] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335};
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  uint32_t month = 0;
  while (month < 11 && memcmp(names + 3 * month, p, 3) != 0) month++;
  return before[month];
}

static inline uint32_t two(const uint8_t *p) {
  return (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
}

/* Seconds of a day, from hh:mm:ss. */
static inline uint32_t clock_of(const uint8_t *p) {
  return two(p) * 3600 + two(p + 3) * 60 + two(p + 6);
}

#endif
