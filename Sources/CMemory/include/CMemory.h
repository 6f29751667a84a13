/* CMemory: what Swift cannot say itself. Header only, so that every function inlines into its
   caller. */
#ifndef CULPRIT_CMEMORY_H
#define CULPRIT_CMEMORY_H

/** Asks for the cache line at `address`; never faults, whatever the address. */
static inline void culprit_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
