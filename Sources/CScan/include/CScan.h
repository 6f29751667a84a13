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

#endif
