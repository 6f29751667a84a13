/* CHost: what Linux offers and Swift's view of the C library leaves out. A few functions. */
#ifndef CULPRIT_CHOST_H
#define CULPRIT_CHOST_H

/** Moves the calling thread into the network namespace behind a descriptor; 0, or an errno. */
int culprit_enter_network(int descriptor);

#endif
