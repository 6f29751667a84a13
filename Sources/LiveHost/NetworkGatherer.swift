/// Interfaces, addresses, routes, neighbours, counters, and how names are looked up.
struct NetworkGatherer: Gatherer {
  let name = "network"
  let how = "rtnetlink, /proc/net and /proc/sys/net, the resolver's files"

  func takes(_ options: CollectOptions) -> String {
    "interfaces, addresses, routes, neighbours, packet handlers and counters of each network "
      + "namespace; resolv.conf, hosts, nsswitch.conf; network settings of the kernel"
  }

  /// Tables of /proc/net that are kept as they are.
  private static let tables = [
    "dev", "route", "arp", "ptype", "snmp", "snmp6", "netstat",
    "sockstat", "sockstat6",
  ]
  private static let settings = [
    "ipv4/ip_forward", "ipv4/ip_nonlocal_bind", "ipv4/ip_local_port_range",
    "ipv4/ip_local_reserved_ports", "ipv4/ip_unprivileged_port_start", "ipv4/ping_group_range",
    "ipv4/icmp_echo_ignore_all", "ipv4/icmp_ratelimit", "ipv4/tcp_syncookies",
    "ipv4/conf/all/rp_filter", "ipv4/conf/all/proxy_arp", "ipv4/conf/all/accept_local",
    "ipv4/conf/all/route_localnet", "ipv4/conf/all/log_martians", "ipv4/conf/default/rp_filter",
    "ipv6/conf/all/forwarding", "ipv6/conf/all/disable_ipv6", "ipv6/conf/all/use_tempaddr",
    "netfilter/nf_conntrack_max", "netfilter/nf_conntrack_count", "netfilter/nf_log_all_netns",
    "core/bpf_jit_enable",
  ]

  func gather(_ run: inout CollectionRun) {
    for space in run.namespaces.all { gather(space, &run) }
    for file in ["resolv.conf", "hosts", "nsswitch.conf"] {
      guard let text = run.read(run.files.path("/etc/\(file)"), as: "/etc/\(file)") else {
        continue
      }
      run.add("network/\(file)", .bytes(text.bytes), count: 1)
    }
  }

  private struct View {
    var network: LocalNetwork?
    var routes: [NetlinkMessage] = []
    var neighbours: [NetlinkMessage] = []
    var texts: [(name: String, bytes: [UInt8])] = []
    var settings = ""
    var failures: [(what: String, why: SystemFailure)] = []
  }

  private func gather(_ space: NetworkNamespace, _ run: inout CollectionRun) {
    let (files, net, isLive) = (run.files, run.net, run.options.isLive)
    let view: View
    do {
      view = try Namespaces.within(space, files) { look(files, net, isLive) }
    } catch {
      run.note("the network of a namespace", error.text, example: String(space.inode))
      return
    }
    let folder = space.folder + "network/"
    for (what, why) in view.failures { run.note(what, why.text) }
    for (name, bytes) in view.texts {
      run.add("\(folder)proc-net/\(name).txt", .bytes(bytes), count: 0)
    }
    run.add(folder + "settings.txt", view.settings, count: 0)
    guard let network = view.network else { return }
    let names = network.names
    let interfaces = network.links.map { link in
      let addresses = network.addresses.filter { $0.interface == link.index }
        .map { "\($0.address)/\($0.length)" }
      return NetworkTables.text(link, addresses: addresses, masters: names).text
    }
    run.add(
      folder + "interfaces.jsonl", NetworkGatherer.lines(interfaces), count: interfaces.count)
    let routes = view.routes.compactMap { NetworkTables.route($0, names)?.text }.sorted()
    run.add(folder + "routes.jsonl", NetworkGatherer.lines(routes), count: routes.count)
    let neighbours = view.neighbours.compactMap { NetworkTables.neighbour($0, names)?.text }
      .sorted()
    run.add(folder + "neighbours.jsonl", NetworkGatherer.lines(neighbours), count: neighbours.count)
  }

  private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  private func look(_ files: HostFiles, _ net: String, _ isLive: Bool) -> View {
    var view = View()
    for table in NetworkGatherer.tables {
      if let text = try? files.read("\(net)/\(table)", limit: 4 << 20) {
        view.texts.append((table, text.bytes))
      }
    }
    for setting in NetworkGatherer.settings {
      guard let text = try? files.read("\(files.proc)/sys/net/\(setting)", limit: 4_096) else {
        continue
      }
      let value = text.lines.first?.replacing("\t", with: " ") ?? ""
      view.settings += "net.\(setting.replacing("/", with: ".")) = \(value)\n"
    }
    guard isLive else { return view }
    let network = LocalNetwork()
    if let failure = network.failure { view.failures.append(("interfaces", failure)) }
    view.network = network
    do {
      view.routes = try Netlink(.route)
        .dump(NetworkTables.getRoutes, [UInt8](repeating: 0, count: 12)).messages
      view.neighbours = try Netlink(.route)
        .dump(NetworkTables.getNeighbours, [UInt8](repeating: 0, count: 12)).messages
    } catch {
      view.failures.append(("routes and neighbours", error))
    }
    return view
  }
}
