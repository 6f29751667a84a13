/* Text of records, written without printf: a generator should not take longer than what reads it. */
#ifndef WRITTEN_H
#define WRITTEN_H

#include "made.h"

static inline char *put_text(char *p, const char *text) {
  size_t count = strlen(text);
  memcpy(p, text, count);
  return p + count;
}

static inline char *put_number(char *p, uint64_t v) {
  char digits[20];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10);
  while ((v /= 10) != 0);
  while (n > 0) *p++ = digits[--n];
  return p;
}

static inline char *put_padded(char *p, uint32_t v, int width) {
  for (int i = width - 1; i >= 0; i--, v /= 10) p[i] = (char)('0' + v % 10);
  return p + width;
}

static inline char *put_hex(char *p, uint64_t v, int width) {
  for (int i = width - 1; i >= 0; i--, v >>= 4) p[i] = "0123456789abcdef"[v & 15];
  return p + width;
}

static inline char *put_address(char *p, uint32_t a) {
  for (int shift = 24; shift > 0; shift -= 8) {
    p = put_number(p, a >> shift & 255);
    *p++ = '.';
  }
  return put_number(p, a & 255);
}

/* hh:mm:ss */
static inline char *put_clock(char *p, uint32_t second_of_day) {
  p = put_padded(p, second_of_day / 3600, 2);
  *p++ = ':';
  p = put_padded(p, second_of_day / 60 % 60, 2);
  *p++ = ':';
  return put_padded(p, second_of_day % 60, 2);
}

#endif
