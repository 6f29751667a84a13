/* CScan: which of 16 bytes are delimiters. Swift has no "movemask"; header only, so that every
   function inlines into its caller. Vectors go by value: no pointer crosses the border. */
#ifndef CULPRIT_CSCAN_H
#define CULPRIT_CSCAN_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/** Sixteen bytes; Swift sees `SIMD16<UInt8>`. */
typedef uint8_t culprit_bytes16 __attribute__((ext_vector_type(16)));

/** Bit i is set where byte i equals `byte`. */
static inline uint32_t culprit_equal16(culprit_bytes16 bytes, uint8_t byte) {
#if defined(__SSE2__)
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8((__m128i)bytes, _mm_set1_epi8((char)byte)));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] == byte) << i;
  return mask;
#endif
}

/** Bit i is set where byte i is a control character of ASCII: below 0x20, or 0x7f. */
static inline uint32_t culprit_control16(culprit_bytes16 bytes) {
#if defined(__SSE2__)
  __m128i v = (__m128i)bytes;
  __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f))));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] < 0x20 || bytes[i] == 0x7f) << i;
  return mask;
#endif
}

/** Bit i is set where byte i equals `a` or `b`. */
static inline uint32_t culprit_either16(culprit_bytes16 bytes, uint8_t a, uint8_t b) {
#if defined(__SSE2__)
  __m128i v = (__m128i)bytes;
  __m128i first = _mm_cmpeq_epi8(v, _mm_set1_epi8((char)a));
  return (uint32_t)_mm_movemask_epi8(
      _mm_or_si128(first, _mm_cmpeq_epi8(v, _mm_set1_epi8((char)b))));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(bytes[i] == a || bytes[i] == b) << i;
  return mask;
#endif
}

/** Bit i is set where byte i is a quote or a bracket of JSON: one of `"{}[]`. */
static inline uint32_t culprit_nesting16(culprit_bytes16 bytes) {
#if defined(__SSE2__)
  /* Brackets and braces differ in bit 5 alone. */
  __m128i v = (__m128i)bytes, folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
  __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
  __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
  __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(open, close)));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) {
    uint8_t b = bytes[i];
    mask |= (uint32_t)(b == '"' || (b | 0x20) == '{' || (b | 0x20) == '}') << i;
  }
  return mask;
#endif
}

/** Bit i is set where byte i ends a number or word of JSON: a comma, a closing bracket, a blank. */
static inline uint32_t culprit_ending16(culprit_bytes16 bytes) {
#if defined(__SSE2__)
  __m128i v = (__m128i)bytes;
  __m128i blank = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x20)), v);
  __m128i comma = _mm_cmpeq_epi8(v, _mm_set1_epi8(','));
  __m128i close =
      _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('}'));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(blank, _mm_or_si128(comma, close)));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) {
    uint8_t b = bytes[i];
    mask |= (uint32_t)(b <= 0x20 || b == ',' || (b | 0x20) == '}') << i;
  }
  return mask;
#endif
}

#endif
