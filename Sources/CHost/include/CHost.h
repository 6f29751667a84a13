/* CHost: what Linux offers and Swift's view of the C library leaves out. A few functions. */
#ifndef CULPRIT_CHOST_H
#define CULPRIT_CHOST_H

#include <stddef.h>
#include <stdint.h>

/** Moves the calling thread into the network namespace behind a descriptor; 0, or an errno. */
int culprit_enter_network(int descriptor);

/** Both ends of a pipe that no program begun later inherits; 0, or an errno. */
int culprit_pipe(int *reading, int *writing);

/** A packet as a packet socket gave it. */
struct culprit_packet {
  int64_t seconds;
  uint32_t nanoseconds;
  /** Its length on the wire, without the head of its link. */
  uint32_t length;
  /** The head of LINKTYPE_LINUX_SLL2. */
  uint8_t link[20];
};

/** A packet socket of all interfaces that never waits; a descriptor, or an errno made negative. */
int culprit_open_capture(void);

/** Fetches one packet of at most `size` bytes; how many were written, or -1 where none is there. */
ptrdiff_t culprit_read_packet(int descriptor, void *bytes, size_t size,
                              struct culprit_packet *packet);

/** How many packets the kernel dropped for want of room. */
uint32_t culprit_capture_drops(int descriptor);

#endif
