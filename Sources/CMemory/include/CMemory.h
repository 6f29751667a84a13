/* CMemory: what Swift cannot say itself. What is called often is in the header, so that it
   inlines into its caller. */
#ifndef CULPRIT_CMEMORY_H
#define CULPRIT_CMEMORY_H

/** Asks for the cache line at `address`; never faults, whatever the address. */
static inline void culprit_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/** Lets all threads share that many heaps of malloc, from now on; returns whether the C library can. */
int culprit_share_heaps(int count);

#endif
