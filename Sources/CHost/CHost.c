#define _GNU_SOURCE
#include "CHost.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int culprit_enter_network(int descriptor) {
  return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : errno;
}

int culprit_pipe(int *reading, int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

int culprit_open_capture(void) {
  int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
  if (descriptor < 0) return -errno;
  int room = 32 << 20;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  int on = 1;
  (void)setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return descriptor;
}

ptrdiff_t culprit_read_packet(int descriptor, void *bytes, size_t size,
                              struct culprit_packet *packet) {
  struct sockaddr_ll from;
  memset(&from, 0, sizeof from);
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(struct timespec)) + 64];
  } control;
  struct iovec part = {bytes, size};
  struct msghdr message = {
      .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
      .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(descriptor, &message, MSG_TRUNC | MSG_DONTWAIT);
  if (length < 0) return -1;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each))
    if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS)
      memcpy(&time, CMSG_DATA(each), sizeof time);
  packet->seconds = time.tv_sec;
  packet->nanoseconds = (uint32_t)time.tv_nsec;
  packet->length = (uint32_t)length;
  uint32_t interface = htonl((uint32_t)from.sll_ifindex);
  uint16_t hardware = htons(from.sll_hatype);
  memset(packet->link, 0, sizeof packet->link);
  memcpy(packet->link, &from.sll_protocol, 2);
  memcpy(packet->link + 4, &interface, 4);
  memcpy(packet->link + 8, &hardware, 2);
  packet->link[10] = from.sll_pkttype;
  packet->link[11] = from.sll_halen;
  memcpy(packet->link + 12, from.sll_addr, sizeof from.sll_addr);
  return (size_t)length < size ? length : (ptrdiff_t)size;
}

uint32_t culprit_capture_drops(int descriptor) {
  struct tpacket_stats counts;
  socklen_t size = sizeof counts;
  memset(&counts, 0, sizeof counts);
  return getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0
             ? counts.tp_drops
             : 0;
}
