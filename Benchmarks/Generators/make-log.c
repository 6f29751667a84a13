/* make-log FILE: a netfilter kernel log of refusals behind RFC 3164 stamps, the same bytes on every
 * run, with the truth beside it in FILE.truth.json. What is planted: planted.h. */
#include "planted.h"

static char *put_head(char *p, const made_event *e) {
  uint64_t seconds = e->time / SECOND;
  uint32_t day = (uint32_t)(seconds / 86400) + FIRST_DAY;
  p = put_text(p, day < 10 ? "Oct  " : "Oct ");
  p = put_number(p, day);
  *p++ = ' ';
  p = put_clock(p, (uint32_t)(seconds % 86400));
  p = put_text(p, " gate1 kernel: [");
  p = put_number(p, 1000000 + seconds);
  *p++ = '.';
  p = put_padded(p, (uint32_t)(e->time % SECOND), 6);
  return put_text(p, e->kind == LOOKUP ? "] REJECT-OUT IN=eth1 OUT=eth0 " : "] DROP-IN IN=eth0 OUT= ");
}

static char *put_line(char *p, const made_event *e) {
  static const uint16_t lengths[] = {[TCP_SYN] = 48, [UDP] = 404, [ECHO] = 92, [LOOKUP] = 78};
  uint32_t length = e->kind == UDP && e->port == 137 ? 78 : lengths[e->kind];
  p = put_head(p, e);
  p = put_text(p, "MAC=00:0c:29:5a:10:02:00:1b:21:3c:9d:04:08:00 SRC=");
  p = put_address(p, e->source);
  p = put_text(p, " DST=");
  p = put_address(p, e->target);
  p = put_text(p, " LEN=");
  p = put_number(p, length);
  p = put_text(p, " TOS=0x00 PREC=0x00 TTL=");
  p = put_number(p, 128 - made_scatter(e->source, 9) % 24);
  p = put_text(p, " ID=");
  p = put_number(p, e->identification);
  if (e->kind == ECHO) {
    p = put_text(p, " PROTO=ICMP TYPE=8 CODE=0 ID=512 SEQ=");
    p = put_number(p, e->source_port);
  } else {
    p = put_text(p, e->kind == TCP_SYN ? " DF PROTO=TCP SPT=" : " PROTO=UDP SPT=");
    p = put_number(p, e->source_port);
    p = put_text(p, " DPT=");
    p = put_number(p, e->port);
    if (e->kind == TCP_SYN) {
      p = put_text(p, " WINDOW=65535 RES=0x00 SYN URGP=0");
    } else {
      p = put_text(p, " LEN=");
      p = put_number(p, length - 20);
    }
  }
  *p++ = '\n';
  return p;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-log FILE\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_noise(&plan, 5, 3);
  plan_loud(&plan, 2000);
  plan_scanners(&plan, truth);
  plan_step(&plan, truth, 3);
  made_sort(&plan);

  made_output out = made_open(argv[1]);
  planted_count count = planted_counting();
  char line[512];
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    made_write(&out, line, (size_t)(put_line(line, e) - line));
    count.records++;
    planted_enter(&count, e);
  }
  made_close(&out);
  return planted_end(truth, &count, &out);
}
