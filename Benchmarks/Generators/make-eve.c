/* make-eve FILE: Suricata's EVE log, one JSON object a line in Suricata's own order of keys, the
 * same bytes on every run, with the truth beside it in FILE.truth.json. What is planted: planted.h;
 * the tries of one knock are one flow. Beside them the connections of those inside: a flow, and
 * what the sensor understood of it (dns, tls, http); and alerts on a part of the noise. */
#include "planted.h"

enum { TALKS = 240000, INSIDE = 4000, SERVERS = 3000, ALERT_PERCENT = 6 };

enum { NAME_FLOW = OWN_KINDS, PAGE_FLOW, QUERY, ANSWER, HELLO, REQUEST, ALERT };

/* ---- the plan ---- */

static void plan_talks(made_plan *plan) {
  uint32_t *servers = made_memory(SERVERS * sizeof(uint32_t));
  for (int i = 0; i < SERVERS; i++) servers[i] = outside();
  for (int i = 0; i < TALKS; i++) {
    uint32_t from = 0x0a140000u | (uint32_t)(i < INSIDE ? i : (int)made_between(&numbers, 0, INSIDE - 1));
    int is_name = made_between(&numbers, 0, 9) < 5;
    uint32_t to = servers[made_between(&numbers, 0, is_name ? 7 : SERVERS - 1)];
    uint16_t port = is_name ? 53 : made_between(&numbers, 0, 3) ? 443 : 80, source_port = high_port();
    uint64_t time = moment(400 * SECOND);
    if (is_name) {
      add(plan, time, from, to, source_port, port, QUERY);
      add(plan, time + 20000, from, to, source_port, port, ANSWER);
      add(plan, time + 31 * SECOND, from, to, source_port, port, NAME_FLOW);
    } else {
      add(plan, time + 40000, from, to, source_port, port, port == 80 ? REQUEST : HELLO);
      add(plan, time + 62 * SECOND, from, to, source_port, port, PAGE_FLOW);
    }
  }
  free(servers);
}

/* Alerts on a part of the noise, at the packet; the flow is written when it ends. */
static void plan_alerts(made_plan *plan) {
  size_t count = plan->count;
  for (size_t i = 0; i < count; i++) {
    made_event e = plan->events[i];
    plan->events[i].time += 60 * SECOND;
    if (e.kind != TCP_SYN || made_scatter(e.source ^ e.target, 11) % 100 >= ALERT_PERCENT) continue;
    e.kind = ALERT;
    made_add(plan, e);
  }
}

/* ---- the records ---- */

static char *put_time(char *p, uint64_t time) {
  uint64_t seconds = time / SECOND;
  p = put_number(p, YEAR);
  p = put_text(p, "-10-");
  p = put_padded(p, (uint32_t)(seconds / 86400) + FIRST_DAY, 2);
  *p++ = 'T';
  p = put_clock(p, (uint32_t)(seconds % 86400));
  *p++ = '.';
  p = put_padded(p, (uint32_t)(time % SECOND), 6);
  return put_text(p, "+0000");
}

static uint64_t flow_number(const made_event *e) {
  uint64_t high = made_scatter(e->source ^ (uint32_t)e->source_port << 13, 1);
  return (high << 19 ^ made_scatter(e->target ^ e->port, 2)) & 0x7ffffffffffffu;
}

static int is_udp(const made_event *e) {
  return e->kind == UDP || e->kind == LOOKUP || e->kind == NAME_FLOW || e->kind == QUERY ||
         e->kind == ANSWER;
}

/* What every record begins with. */
static char *put_head(char *p, const made_event *e, const char *type) {
  p = put_text(p, "{\"timestamp\":\"");
  p = put_time(p, e->time);
  p = put_text(p, "\",\"flow_id\":");
  p = put_number(p, flow_number(e));
  p = put_text(p, ",\"in_iface\":\"eth0\",\"event_type\":\"");
  p = put_text(p, type);
  p = put_text(p, "\",\"src_ip\":\"");
  p = put_address(p, e->source);
  if (e->kind != ECHO) {
    p = put_text(p, "\",\"src_port\":");
    p = put_number(p, e->source_port);
    p = put_text(p, ",\"dest_ip\":\"");
    p = put_address(p, e->target);
    p = put_text(p, "\",\"dest_port\":");
    p = put_number(p, e->port);
    return put_text(p, is_udp(e) ? ",\"proto\":\"UDP\"" : ",\"proto\":\"TCP\"");
  }
  p = put_text(p, "\",\"dest_ip\":\"");
  p = put_address(p, e->target);
  return put_text(p, "\",\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":0");
}

typedef struct {
  uint32_t to_server, to_client, bytes_to_server, bytes_to_client, age;
  const char *state, *reason;
} flow;

static flow flow_of(const made_event *e) {
  uint32_t more = e->identification;
  switch (e->kind) {
    case TCP_SYN: return (flow){3, 0, 186, 0, 9, "new", "timeout"};
    case UDP: return (flow){1, 0, e->port == 137 ? 92 : 418, 0, 0, "new", "timeout"};
    case ECHO: return (flow){1, 0, 106, 0, 0, "new", "timeout"};
    case LOOKUP: return (flow){3, 0, 276, 0, 3, "new", "timeout"};
    case NAME_FLOW: return (flow){1, 1, 80 + more % 20, 120 + more % 200, 0, "established", "timeout"};
    default:
      return (flow){6 + more % 30, 5 + more % 50, 700 + more, 3000 + more * 9, more % 60, "closed", "timeout"};
  }
}

static char *put_flow(char *p, const made_event *e) {
  flow f = flow_of(e);
  p = put_head(p, e, "flow");
  if (e->kind == NAME_FLOW) p = put_text(p, ",\"app_proto\":\"dns\"");
  if (e->kind == PAGE_FLOW)
    p = put_text(p, e->port == 80 ? ",\"app_proto\":\"http\"" : ",\"app_proto\":\"tls\"");
  p = put_text(p, ",\"flow\":{\"pkts_toserver\":");
  p = put_number(p, f.to_server);
  p = put_text(p, ",\"pkts_toclient\":");
  p = put_number(p, f.to_client);
  p = put_text(p, ",\"bytes_toserver\":");
  p = put_number(p, f.bytes_to_server);
  p = put_text(p, ",\"bytes_toclient\":");
  p = put_number(p, f.bytes_to_client);
  uint64_t wait = e->kind == NAME_FLOW ? 31 : e->kind == PAGE_FLOW ? 62 : 60;
  p = put_text(p, ",\"start\":\"");
  p = put_time(p, e->time - wait * SECOND);
  p = put_text(p, "\",\"end\":\"");
  p = put_time(p, e->time - (wait - (f.age < wait ? f.age : wait)) * SECOND);
  p = put_text(p, "\",\"age\":");
  p = put_number(p, f.age);
  p = put_text(p, ",\"state\":\"");
  p = put_text(p, f.state);
  p = put_text(p, "\",\"reason\":\"");
  p = put_text(p, f.reason);
  p = put_text(p, "\",\"alerted\":false}");
  if (e->kind == TCP_SYN)
    p = put_text(p, ",\"tcp\":{\"tcp_flags\":\"02\",\"tcp_flags_ts\":\"02\",\"tcp_flags_tc\":\"00\","
                    "\"syn\":true,\"state\":\"syn_sent\",\"ts_max_regions\":1,\"tc_max_regions\":1}");
  if (e->kind == PAGE_FLOW)
    p = put_text(p, ",\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"1b\","
                    "\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":\"closed\","
                    "\"ts_max_regions\":1,\"tc_max_regions\":1}");
  return p;
}

static char *put_name(char *p, const made_event *e) {
  p = put_text(p, "www.site");
  p = put_number(p, made_scatter(e->target, 21) % 5000);
  return put_text(p, ".example");
}

static char *put_dns(char *p, const made_event *e) {
  p = put_head(p, e, "dns");
  p = put_text(p, e->kind == QUERY ? ",\"dns\":{\"type\":\"query\",\"id\":"
                                   : ",\"dns\":{\"version\":2,\"type\":\"answer\",\"id\":");
  p = put_number(p, made_scatter(e->source_port, 4) & 0xffff);
  if (e->kind == ANSWER)
    p = put_text(p, ",\"flags\":\"8180\",\"qr\":true,\"rd\":true,\"ra\":true,\"opcode\":0");
  p = put_text(p, ",\"rrname\":\"");
  p = put_name(p, e);
  if (e->kind == QUERY) return put_text(p, "\",\"rrtype\":\"A\",\"tx_id\":0,\"opcode\":0}");
  p = put_text(p, "\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"");
  p = put_name(p, e);
  p = put_text(p, "\",\"rrtype\":\"A\",\"ttl\":300,\"rdata\":\"203.0.113.80\"}],"
                  "\"grouped\":{\"A\":[\"203.0.113.80\"]}}");
  return p;
}

static char *put_tls(char *p, const made_event *e) {
  p = put_head(p, e, "tls");
  p = put_text(p, ",\"tls\":{\"subject\":\"CN=");
  p = put_name(p, e);
  p = put_text(p, "\",\"issuerdn\":\"C=XX, O=Example Authority, CN=Example Authority R1\",\"serial\":\"");
  p = put_hex(p, made_scatter(e->target, 31), 8);
  p = put_text(p, "\",\"fingerprint\":\"");
  for (uint32_t i = 0; i < 20; i++) {
    if (i > 0) *p++ = ':';
    p = put_hex(p, made_scatter(e->target + i, 32) & 255, 2);
  }
  p = put_text(p, "\",\"sni\":\"");
  p = put_name(p, e);
  return put_text(p, "\",\"version\":\"TLS 1.2\",\"notbefore\":\"2025-08-01T00:00:00\","
                     "\"notafter\":\"2025-10-30T00:00:00\",\"ja3\":{},\"ja3s\":{}}");
}

static char *put_http(char *p, const made_event *e) {
  p = put_head(p, e, "http");
  p = put_text(p, ",\"tx_id\":0,\"http\":{\"hostname\":\"");
  p = put_name(p, e);
  p = put_text(p, "\",\"url\":\"/articles/");
  p = put_number(p, e->identification);
  p = put_text(p, "?from=\\\"start\\\"&page=1\",\"http_user_agent\":\"Example/5.0 (X11; Linux x86_64)\","
                  "\"http_content_type\":\"text/html\",\"http_method\":\"GET\","
                  "\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":");
  p = put_number(p, 500 + e->identification * 3u);
  return put_text(p, "}");
}

static char *put_alert(char *p, const made_event *e) {
  p = put_head(p, e, "alert");
  p = put_text(p, ",\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":");
  p = put_number(p, 9000000u + e->port);
  p = put_text(p, ",\"rev\":2,\"signature\":\"LOCAL unasked connection to a guarded port\","
                  "\"category\":\"Attempted Information Leak\",\"severity\":2,\"metadata\":{"
                  "\"created_at\":[\"2025_01_01\"],\"updated_at\":[\"2025_02_01\"]}},"
                  "\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":0,\"bytes_toserver\":62,"
                  "\"bytes_toclient\":0,\"start\":\"");
  p = put_time(p, e->time);
  return put_text(p, "\"}");
}

static char *put_line(char *p, const made_event *e) {
  switch (e->kind) {
    case QUERY:
    case ANSWER: p = put_dns(p, e); break;
    case HELLO: p = put_tls(p, e); break;
    case REQUEST: p = put_http(p, e); break;
    case ALERT: p = put_alert(p, e); break;
    default: p = put_flow(p, e);
  }
  *p++ = '}';
  *p++ = '\n';
  return p;
}

/* Whether the record counts who contacts whom: what is said of a flow's content does not again. */
static int is_contact(const made_event *e) {
  return e->kind < QUERY || e->kind == ALERT;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make-eve FILE\n");
    return 64;
  }
  made_plan plan = {0};
  FILE *truth = made_truth(argv[1]);
  fprintf(truth, "{\n");
  plan_noise(&plan, 4, 1);
  plan_loud(&plan, 2000);
  plan_scanners(&plan, truth);
  plan_step(&plan, truth, 1);
  plan_alerts(&plan);
  plan_talks(&plan);
  made_sort(&plan);

  made_output out = made_open(argv[1]);
  planted_count count = planted_counting();
  char line[2048];
  for (size_t i = 0; i < plan.count; i++) {
    made_event *e = &plan.events[i];
    made_write(&out, line, (size_t)(put_line(line, e) - line));
    count.records++;
    if (is_contact(e)) planted_enter(&count, e);
  }
  made_close(&out);
  return planted_end(truth, &count, &out);
}
