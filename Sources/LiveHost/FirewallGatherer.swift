/// The rules of the firewall with their counters, and the connections it tracks.
struct FirewallGatherer: Gatherer {
  let name = "firewall"
  let how = "nft -a list ruleset, iptables-save -c, ip6tables-save -c; /proc/net/nf_conntrack"

  func takes(_ options: CollectOptions) -> String {
    "firewall rules with their counters, and the connections that are tracked"
  }

  private static let commands = [
    (file: "nft.txt", name: "nft", arguments: ["-a", "list", "ruleset"]),
    (file: "iptables.txt", name: "iptables-save", arguments: ["-c"]),
    (file: "ip6tables.txt", name: "ip6tables-save", arguments: ["-c"]),
  ]

  func gather(_ run: inout CollectionRun) {
    for space in run.namespaces.all {
      let before = run
      do {
        // What is begun within a namespace is in it.
        run = try Namespaces.within(space, before.files) {
          var inside = before
          gather(space, &inside)
          return inside
        }
      } catch {
        run.note("the firewall of a namespace", error.text, example: String(space.inode))
      }
    }
  }

  private func gather(_ space: NetworkNamespace, _ run: inout CollectionRun) {
    let folder = space.folder + "firewall/"
    for (file, name, arguments) in FirewallGatherer.commands {
      run.keep(folder + file, of: name, arguments)
    }
    if let text = run.read(run.net + "/nf_conntrack", limit: 64 << 20, as: "tracked connections") {
      run.add(folder + "conntrack.txt", .bytes(text.bytes), count: text.lines.count)
    }
  }
}
