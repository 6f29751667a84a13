/* make-asa FILE: the log of a Cisco ASA, the same bytes on every run, with the truth beside it in
 * FILE.truth.json. What is planted: planted.h. A third of the sources is refused by an entry that
 * counts (106100), a fifteenth knocks at the firewall itself (710003), the others are refused by
 * 106023; beside them the connections of those inside, translated (305011), built and torn down
 * (302013 to 302016), and of visitors to a web server. */
#include "planted.h"

enum { TALKS = 850000, VISITS = 60000, INSIDE = 4000, SERVERS = 3000 };

/* Beside the noise: connections by how they end up in the log. */
enum { XLATE = OWN_KINDS, BUILT, TORN, VISIT, VISIT_TORN };

static const uint32_t device = 0xc6120001u; /* 198.18.0.1 */
static const uint32_t web = 0xc6120050u;    /* 198.18.0.80, in the log as it is outside */

/* ---- the plan ---- */

/* Connections from the inside: a translation, a beginning and an end. */
static void plan_talks(made_plan *plan) {
  uint32_t *servers = made_memory(SERVERS * sizeof(uint32_t));
  for (int i = 0; i < SERVERS; i++) servers[i] = outside();
  for (int i = 0; i < TALKS; i++) {
    uint32_t from = 0x0a140000u | (uint32_t)(i < INSIDE ? i : (int)made_between(&numbers, 0, INSIDE - 1));
    int is_name = made_between(&numbers, 0, 9) < 4;
    /* Names are asked of a few, pages of all. */
    uint32_t to = servers[made_between(&numbers, 0, is_name ? 7 : SERVERS - 1)];
    uint16_t port = is_name ? 53 : made_between(&numbers, 0, 3) ? 443 : 80, source_port = high_port();
    uint64_t time = moment(400 * SECOND);
    uint64_t span = is_name ? 1 : made_between(&numbers, 1, 300);
    add(plan, time, from, to, source_port, port, XLATE);
    add(plan, time + 20, from, to, source_port, port, BUILT);
    made_event *built = &plan->events[plan->count - 1];
    built->extra = (uint8_t)is_name;
    made_event torn = *built;
    torn.time = time + span * SECOND;
    torn.kind = TORN;
    made_add(plan, torn);
  }
  free(servers);
}

/* Visitors of the web server, out of those that also make noise: nobody is a source for this alone. */
static void plan_visits(made_plan *plan) {
  for (int i = 0; i < VISITS; i++) {
    uint32_t at = (uint32_t)made_between(&numbers, 0, NOISE / 2);
    uint32_t from = made_address(&at, 0x106);
    uint64_t time = moment(400 * SECOND);
    uint16_t source_port = high_port();
    add(plan, time, from, web, source_port, 443, VISIT);
    made_event torn = plan->events[plan->count - 1];
    torn.time += made_between(&numbers, 1, 300) * SECOND;
    torn.kind = VISIT_TORN;
    made_add(plan, torn);
  }
}

/* Turns noise into what an ASA would say of it. */
static void plan_words(made_plan *plan) {
  for (size_t i = 0; i < plan->count; i++) {
    made_event *e = &plan->events[i];
    if (e->kind != TCP_SYN && e->kind != UDP) continue;
    uint32_t pick = made_scatter(e->source, 0xacce) % 30;
    if (pick < 2 && (e->port == 22 || e->port == 23 || e->port == 80)) e->target = device;
    else if (pick >= 20) e->extra = 1;
  }
}

/* ---- the lines ---- */

static char *put_end(char *p, const char *interface, uint32_t address, uint16_t port) {
  p = put_text(p, interface);
  *p++ = ':';
  p = put_address(p, address);
  *p++ = '/';
  return put_number(p, port);
}

static char *put_pair(char *p, const char *interface, uint32_t address, uint16_t port,
                      uint32_t mapped, uint16_t mapped_port) {
  p = put_end(p, interface, address, port);
  p = put_text(p, " (");
  p = put_address(p, mapped);
  *p++ = '/';
  p = put_number(p, mapped_port);
  *p++ = ')';
  return p;
}

/* What an inside address stands behind: four addresses, a port by chance. */
static uint32_t mapped_address(const made_event *e) {
  return 0xc612ff01u + made_scatter(e->source, 7) % 4;
}

static uint16_t mapped_port(const made_event *e) {
  return (uint16_t)(1024 + made_scatter(e->source ^ (uint32_t)e->source_port << 8, 5) % 64000);
}

/* The number of a connection: the same when it is built and when it ends. */
static uint64_t connection(const made_event *e) {
  return 100000000u + made_scatter(e->source ^ e->target ^ (uint32_t)e->source_port << 15, 3) % 900000000u;
}

static char *put_refusal(char *p, const made_event *e) {
  static const char *const names[] = {[TCP_SYN] = "tcp", [UDP] = "udp", [ECHO] = "icmp", [LOOKUP] = "udp"};
  if (e->target == device && e->kind == TCP_SYN) {
    p = put_text(p, "%ASA-3-710003: TCP access denied by ACL from ");
    p = put_address(p, e->source);
    *p++ = '/';
    p = put_number(p, e->source_port);
    p = put_text(p, " to ");
    return put_end(p, "outside", e->target, e->port);
  }
  if (e->extra) {
    p = put_text(p, "%ASA-4-106100: access-list outside_in denied ");
    p = put_text(p, names[e->kind]);
    p = put_text(p, " outside/");
    p = put_address(p, e->source);
    *p++ = '(';
    p = put_number(p, e->source_port);
    p = put_text(p, ") -> inside/");
    p = put_address(p, e->target);
    *p++ = '(';
    p = put_number(p, e->port);
    p = put_text(p, ") hit-cnt ");
    p = put_number(p, e->extra == 1 ? 1 : e->extra);
    p = put_text(p, e->extra == 1 ? " first hit " : " 300-second interval ");
    return put_text(p, "[0x71a87d94, 0x00000000]");
  }
  p = put_text(p, "%ASA-4-106023: Deny ");
  p = put_text(p, names[e->kind]);
  p = put_text(p, " src ");
  const char *from = e->kind == LOOKUP ? "inside" : "outside", *to = e->kind == LOOKUP ? "outside" : "inside";
  if (e->kind == ECHO) {
    p = put_text(p, "outside:");
    p = put_address(p, e->source);
    p = put_text(p, " dst inside:");
    p = put_address(p, e->target);
    p = put_text(p, " (type 8, code 0)");
  } else {
    p = put_end(p, from, e->source, e->source_port);
    p = put_text(p, " dst ");
    p = put_end(p, to, e->target, e->port);
  }
  p = put_text(p, e->kind == LOOKUP ? " by access-group \"inside_out\"" : " by access-group \"outside_in\"");
  return put_text(p, " [0x0, 0x0]");
}

static char *put_duration(char *p, const made_event *e) {
  uint32_t seconds = e->extra ? 1 : e->identification % 300;
  p = put_text(p, " duration 0:");
  p = put_padded(p, seconds / 60, 2);
  *p++ = ':';
  p = put_padded(p, seconds % 60, 2);
  p = put_text(p, " bytes ");
  return put_number(p, e->extra ? 90u + e->identification % 400u : 1000u + e->identification * 7u);
}

static char *put_connection(char *p, const made_event *e) {
  int is_name = e->extra && e->kind != VISIT && e->kind != VISIT_TORN;
  const char *transport = is_name ? "UDP" : "TCP";
  switch (e->kind) {
    case XLATE:
      p = put_text(p, "%ASA-6-305011: Built dynamic ");
      p = put_text(p, e->port == 53 ? "UDP" : "TCP");
      p = put_text(p, " translation from ");
      p = put_end(p, "inside", e->source, e->source_port);
      p = put_text(p, " to ");
      return put_end(p, "outside", mapped_address(e), mapped_port(e));
    case BUILT:
      p = put_text(p, is_name ? "%ASA-6-302015: Built outbound " : "%ASA-6-302013: Built outbound ");
      p = put_text(p, transport);
      p = put_text(p, " connection ");
      p = put_number(p, connection(e));
      p = put_text(p, " for ");
      p = put_pair(p, "outside", e->target, e->port, e->target, e->port);
      p = put_text(p, " to ");
      return put_pair(p, "inside", e->source, e->source_port, mapped_address(e), mapped_port(e));
    case VISIT:
      p = put_text(p, "%ASA-6-302013: Built inbound TCP connection ");
      p = put_number(p, connection(e));
      p = put_text(p, " for ");
      p = put_pair(p, "outside", e->source, e->source_port, e->source, e->source_port);
      p = put_text(p, " to ");
      return put_pair(p, "inside", e->target, e->port, e->target, e->port);
    default: break;
  }
  int outbound = e->kind == TORN;
  p = put_text(p, is_name ? "%ASA-6-302016: Teardown UDP connection " : "%ASA-6-302014: Teardown TCP connection ");
  p = put_number(p, connection(e));
  p = put_text(p, " for ");
  p = outbound ? put_end(p, "outside", e->target, e->port) : put_end(p, "outside", e->source, e->source_port);
  p = put_text(p, " to ");
  p = outbound ? put_end(p, "inside", e->source, e->source_port) : put_end(p, "inside", e->target, e->port);
  p = put_duration(p, e);
  return is_name ? p : put_text(p, " TCP FINs");
}

static char *put_line(char *p, const made_event *e) {
  uint64_t seconds = e->time / SECOND;
  p = put_text(p, "Oct ");
  p = put_padded(p, (uint32_t)(seconds / 86400) + FIRST_DAY, 2);
  *p++ = ' ';
  p = put_number(p, YEAR);
  *p++ = ' ';
  p = put_clock(p, (uint32_t)(seconds % 86400));
  p = put_text(p, " gate1 : ");
  p = e->kind < OWN_KINDS ? put_refusal(p, e) : put_connection(p, e);
  *p++ = '\n';
  return p;
}

/* Whether the line names who contacts whom for the first time: ends and translations do not. */
static int is_contact(const made_event *e) {
  return e->kind != XLATE && e->kind != TORN && e->kind != VISIT_TORN;
}

/* An entry that counts is silent between its first hit and its interval's end: the second try is
 * never a line of its own, and the third stands for both, 300 seconds after the first. */
static size_t plan_counts(made_plan *plan) {
  size_t kept = 0;
  for (size_t i = 0; i < plan->count; i++) {
    made_event e = plan->events[i];
    if (e.extra && e.kind < OWN_KINDS && kept > 0) {
      made_event *last = &plan->events[kept - 1];
      if (last->extra && last->kind == e.kind && last->source == e.source &&
          last->target == e.target && last->source_port == e.source_port) {
        if (last->extra == 1 && i + 1 < plan->count) {
          e.extra = 2;
          e.time = last->time + 300 * SECOND;
          plan->events[kept++] = e;
        }
        continue;
      }
    }
    plan->events[kept++] = e;
  }
  return plan->count = kept;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-asa FILE\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_noise(&plan, 4, 3);
  plan_words(&plan);
  plan_counts(&plan);
  plan_loud(&plan, 2000);
  plan_scanners(&plan, truth);
  plan_step(&plan, truth, 3);
  plan_talks(&plan);
  plan_visits(&plan);
  made_sort(&plan);

  made_output out = made_open(argv[1]);
  planted_count count = planted_counting();
  char line[512];
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    made_write(&out, line, (size_t)(put_line(line, e) - line));
    count.records++;
    if (is_contact(e)) planted_enter(&count, e);
  }
  made_close(&out);
  return planted_end(truth, &count, &out);
}
