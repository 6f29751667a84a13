#include "CMemory.h"

#include <malloc.h>

int culprit_share_heaps(int count) {
#ifdef M_ARENA_MAX
  return mallopt(M_ARENA_MAX, count);
#else
  (void)count;
  return 0;
#endif
}
