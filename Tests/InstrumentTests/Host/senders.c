// Senders of every kind, and the far end's reader. The program does what its own name says (argv[0]):
//
//   NAME [ARGUMENT...]
//
// A sender sends once, says "ready PROCESS", sends once more for each line it is given, each time
// saying "sent", and ends with its input. Ports and addresses are arguments.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { far_port = 9001, end_port = 9, frame_limit = 2048 };

static int checked(int value, const char *what) {
  if (value < 0) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
  }
  return value;
}

static struct sockaddr_in end_of(const char *address, const char *port) {
  struct sockaddr_in end = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, address, &end.sin_addr) != 1) exit(64);
  return end;
}

static int bound_udp(const char *address, const char *port) {
  int udp = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  int yes = 1;
  checked(setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes), "SO_REUSEPORT");
  struct sockaddr_in end = end_of(address, port);
  checked(bind(udp, (struct sockaddr *)&end, sizeof end), "bind");
  return udp;
}

static struct sockaddr_in6 end6_of(const char *address, const char *port) {
  struct sockaddr_in6 end = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET6, address, &end.sin6_addr) != 1) exit(64);
  return end;
}

/// A socket for IPv6 alone.
static int bound_udp6(const char *address, const char *port) {
  int udp = checked(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  int yes = 1;
  checked(setsockopt(udp, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes), "IPV6_V6ONLY");
  struct sockaddr_in6 end = end6_of(address, port);
  checked(bind(udp, (struct sockaddr *)&end, sizeof end), "bind");
  return udp;
}

static void send_udp(int udp, const char *to) {
  struct sockaddr_in end = end_of(to, "9001");
  checked((int)sendto(udp, "hello", 5, 0, (struct sockaddr *)&end, sizeof end), "sendto");
}

/// An IPv4 packet with a UDP header of any source; the checksum of UDP stays out (RFC 768).
static size_t forged(uint8_t *packet, const char *from, const char *port, const char *to) {
  struct sockaddr_in source = end_of(from, port), target = end_of(to, "9001");
  struct iphdr ip = {
      .ihl = 5, .version = 4, .ttl = 64, .protocol = IPPROTO_UDP,
      .saddr = source.sin_addr.s_addr, .daddr = target.sin_addr.s_addr,
      .tot_len = htons(sizeof ip + sizeof(struct udphdr) + 5),
  };
  uint32_t sum = 0;
  uint16_t words[sizeof ip / 2];
  memcpy(words, &ip, sizeof ip);
  for (size_t at = 0; at < sizeof ip / 2; at++) sum += words[at];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  ip.check = (uint16_t)~sum;
  struct udphdr udp = {
      .source = source.sin_port, .dest = htons(far_port), .len = htons(sizeof udp + 5)};
  memcpy(packet, &ip, sizeof ip);
  memcpy(packet + sizeof ip, &udp, sizeof udp);
  memcpy(packet + sizeof ip + sizeof udp, "hello", 5);
  return sizeof ip + sizeof udp + 5;
}

/// Sends once by `send_once`, and again for each line of the input.
typedef void (*sending)(void *state);

static void serve(sending send_once, void *state) {
  send_once(state);
  printf("ready %d\n", getpid());
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    send_once(state);
    printf("sent\n");
    fflush(stdout);
  }
}

struct task {
  char **words;
  int socket;
  struct sockaddr_ll link;
};

static void once_plain(void *state) {
  struct task *task = state;
  send_udp(task->socket, task->words[3]);
}

static void once_plain6(void *state) {
  struct task *task = state;
  struct sockaddr_in6 end = end6_of(task->words[3], "9001");
  checked((int)sendto(task->socket, "hello", 5, 0, (struct sockaddr *)&end, sizeof end), "sendto");
}

static void once_brief(void *state) {
  struct task *task = state;
  int udp = bound_udp(task->words[1], task->words[2]);
  send_udp(udp, task->words[3]);
  close(udp);
}

/// By a socket that is bound to one address, with another as the packet's source.
static void once_other(void *state) {
  struct task *task = state;
  struct sockaddr_in there = end_of(task->words[3], "9001"), here = end_of(task->words[4], "0");
  char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = {0};
  struct iovec part = {"hello", 5};
  struct msghdr message = {
      .msg_name = &there, .msg_namelen = sizeof there, .msg_iov = &part, .msg_iovlen = 1,
      .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *asks = CMSG_FIRSTHDR(&message);
  asks->cmsg_level = IPPROTO_IP;
  asks->cmsg_type = IP_PKTINFO;
  asks->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  struct in_pktinfo info = {.ipi_spec_dst = here.sin_addr};
  memcpy(CMSG_DATA(asks), &info, sizeof info);
  checked((int)sendmsg(task->socket, &message, 0), "sendmsg");
}

static void once_raw(void *state) {
  struct task *task = state;
  uint8_t packet[frame_limit];
  size_t size = forged(packet, task->words[1], task->words[2], task->words[3]);
  struct sockaddr_in end = end_of(task->words[3], "0");
  checked((int)sendto(task->socket, packet, size, 0, (struct sockaddr *)&end, sizeof end), "raw");
}

static void once_packet(void *state) {
  struct task *task = state;
  uint8_t packet[frame_limit];
  size_t size = forged(packet, task->words[1], task->words[2], task->words[3]);
  checked(
      (int)sendto(task->socket, packet, size, 0, (struct sockaddr *)&task->link, sizeof task->link),
      "packet");
}

static void once_tunnel(void *state) {
  struct task *task = state;
  uint8_t packet[frame_limit];
  size_t size = forged(packet, task->words[1], task->words[2], task->words[3]);
  checked((int)write(task->socket, packet, size), "tunnel");
}

static void once_stream(void *state) {
  struct task *task = state;
  checked((int)send(task->socket, "hello", 5, 0), "send");
}

static void once_ping(void *state) {
  struct task *task = state;
  struct icmphdr echo = {.type = ICMP_ECHO, .checksum = (uint16_t)~htons(ICMP_ECHO << 8)};
  struct sockaddr_in end = end_of(task->words[1], "0");
  checked(
      (int)sendto(task->socket, &echo, sizeof echo, 0, (struct sockaddr *)&end, sizeof end), "ping");
}

/// A connection attempt, which a closed port answers by a reset.
static void once_knock(void *state) {
  struct task *task = state;
  int tcp = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  struct sockaddr_in end = end_of(task->words[1], task->words[2]);
  if (connect(tcp, (struct sockaddr *)&end, sizeof end) == 0) exit(65);
  close(tcp);
}

static void once_idle(void *state) { (void)state; }

/// A child that keeps the parent's socket and sends by it; the parent keeps it, too, or lets it go.
static void inherit(struct task *task, bool keeps) {
  task->socket = bound_udp(task->words[1], task->words[2]);
  if (!keeps) once_plain(task);
  pid_t child = checked(fork(), "fork");
  if (child == 0) {
    serve(once_plain, task);
    exit(0);
  }
  if (!keeps) close(task->socket);
  int status;
  waitpid(child, &status, 0);
}

static int tunnel(const char *name) {
  int tun = checked(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  checked(ioctl(tun, TUNSETIFF, &request), "TUNSETIFF");
  return tun;
}

static struct sockaddr_ll link_to(const char *interface, const char *hardware) {
  struct sockaddr_ll link = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 6,
      .sll_ifindex = (int)if_nametoindex(interface)};
  unsigned part[6];
  if (sscanf(hardware, "%x:%x:%x:%x:%x:%x", part, part + 1, part + 2, part + 3, part + 4, part + 5)
      != 6)
    exit(64);
  for (int at = 0; at < 6; at++) link.sll_addr[at] = (uint8_t)part[at];
  return link;
}

static int stream_to(char **words) {
  int tcp = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  struct sockaddr_in here = end_of(words[1], words[2]), there = end_of(words[3], "9001");
  checked(bind(tcp, (struct sockaddr *)&here, sizeof here), "bind");
  checked(connect(tcp, (struct sockaddr *)&there, sizeof there), "connect");
  return tcp;
}

/// Takes one connection and what comes by it.
static void accept_one(char **words) {
  int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  struct sockaddr_in here = end_of(words[1], "9001");
  checked(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
  checked(listen(listener, 1), "listen");
  printf("ready %d\n", getpid());
  fflush(stdout);
  int tcp = checked(accept(listener, NULL, NULL), "accept");
  char bytes[64];
  while (read(tcp, bytes, sizeof bytes) > 0) {}
}

/// Writes every frame of an interface to a capture, until one comes for the port that says the end.
static void capture(char **words) {
  int tap = checked(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), "tap");
  struct sockaddr_ll link = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
      .sll_ifindex = (int)if_nametoindex(words[1])};
  checked(bind(tap, (struct sockaddr *)&link, sizeof link), "bind");
  int yes = 1;
  checked(setsockopt(tap, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes), "SO_TIMESTAMPNS");
  FILE *file = fopen(words[2], "w");
  if (!file) exit(66);
  // The header of a capture with nanoseconds and Ethernet frames.
  uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, frame_limit, 1};
  fwrite(head, sizeof head, 1, file);
  printf("ready %d\n", getpid());
  fflush(stdout);
  for (;;) {
    uint8_t frame[frame_limit];
    char control[256];
    struct iovec part = {frame, sizeof frame};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
        .msg_controllen = sizeof control};
    int size = checked((int)recvmsg(tap, &message, 0), "recvmsg");
    struct timespec now = {0};
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
      if (at->cmsg_type == SCM_TIMESTAMPNS) memcpy(&now, CMSG_DATA(at), sizeof now);
    if (size >= 42 && frame[23] == IPPROTO_UDP && frame[36] == 0 && frame[37] == end_port) break;
    uint32_t record[4] = {
        (uint32_t)now.tv_sec, (uint32_t)now.tv_nsec, (uint32_t)size, (uint32_t)size};
    fwrite(record, sizeof record, 1, file);
    fwrite(frame, (size_t)size, 1, file);
  }
  fclose(file);
  printf("done\n");
}

static void end(char **words) {
  int udp = checked(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  struct sockaddr_in there = end_of(words[1], "9");
  checked((int)sendto(udp, "end", 3, 0, (struct sockaddr *)&there, sizeof there), "end");
}

int main(int count, char **words) {
  const char *slash = strrchr(words[0], '/');
  const char *name = slash ? slash + 1 : words[0];
  struct task task = {.words = words};
  if (count < 2) return 64;
  if (!strcmp(name, "far-tap")) return capture(words), 0;
  if (!strcmp(name, "far-accept")) return accept_one(words), 0;
  if (!strcmp(name, "end")) return end(words), 0;
  if (!strcmp(name, "far-ping")) {
    task.socket = checked(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
    return serve(once_ping, &task), 0;
  }
  if (count < 3) return 64;
  if (!strcmp(name, "far-knock")) return serve(once_knock, &task), 0;
  if (count < 4) return 64;
  if (!strcmp(name, "plain6") || !strcmp(name, "idle6")) {
    task.socket = bound_udp6(words[1], words[2]);
    return serve(name[0] == 'p' ? once_plain6 : once_idle, &task), 0;
  }
  if (!strncmp(name, "plain", 5)) {
    task.socket = bound_udp(words[1], words[2]);
    return serve(once_plain, &task), 0;
  }
  if (!strncmp(name, "idle", 4)) {
    task.socket = bound_udp(words[1], words[2]);
    return serve(once_idle, &task), 0;
  }
  if (!strcmp(name, "brief")) return serve(once_brief, &task), 0;
  if (!strcmp(name, "stream")) {
    task.socket = stream_to(words);
    return serve(once_stream, &task), 0;
  }
  if (!strcmp(name, "inherited")) return inherit(&task, true), 0;
  if (!strcmp(name, "handed")) return inherit(&task, false), 0;
  if (!strncmp(name, "rawly", 5)) {
    task.socket = checked(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "raw");
    return serve(once_raw, &task), 0;
  }
  if (count < 5) return 64;
  if (!strcmp(name, "elsewhere")) {
    task.socket = bound_udp(words[1], words[2]);
    return serve(once_other, &task), 0;
  }
  if (!strcmp(name, "tunnel")) {
    task.socket = tunnel(words[4]);
    return serve(once_tunnel, &task), 0;
  }
  if (count < 6) return 64;
  if (!strcmp(name, "packet")) {
    task.link = link_to(words[4], words[5]);
    // A socket that only sends asks for no protocol, and so receives nothing.
    task.socket = checked(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "packet");
    return serve(once_packet, &task), 0;
  }
  return 64;
}
