import Observations

extension Cadlock770 {
  func files() -> [SimulatedFile] {
    var files = [capture.file(named: "lan.pcap", snapLength: recipe.snapLength)]
    let host = Cadlock770Host(self)
    files += [host.fport, host.netstat]
    var members = recipe.truth + truth
    // The other case's log belongs to the plain story.
    if recipe.variant == nil {
      let veiled = VeiledAlert(random: recipe.random(3), home: office.network.gateway)
      files.append(veiled.file)
      members.append(("veiled", veiled.truth))
    }
    members.append(("hostTables", host.truth))
    return files + [Truth.object(members).file]
  }

  private var truth: [(String, Truth)] {
    let packets = bursts.count * Cadlock770.burstLength
    let verified = recipe.variant == nil && (recipe.snapLength ?? .max) >= 70 ? packets : 0
    let impossible = bursts.filter(\.impossibleSource).count * Cadlock770.burstLength
    return [
      ("file", .text("lan.pcap")), ("first", .time(Cadlock770.start)),
      ("packets", .integer(capture.frames.count)),
      ("proxy", .text(dotted(Cadlock770.proxy))),
      ("proxyMAC", .text(MAC(station: Cadlock770.proxy).text)),
      ("broadcast", .text(dotted(office.network.broadcast))),
      ("sourcePort", .integer(Int(Cadlock770.misreadPort))),
      ("suspectPackets", .integer(packets)), ("verifiable", .integer(verified)),
      ("forgedSources", .integer(packets)), ("impossibleSources", .integer(impossible)),
      ("burstLength", .integer(Cadlock770.burstLength)),
      ("distinctQuotes", .integer(recipe.variant == "valid-udp" ? 0 : bursts.count)),
      (
        "presences",
        .list(presences.map { .object([("joined", .time($0.joined)), ("left", .time($0.left))]) })
      ),
      ("stationsHeard", .list(heard.map { .text(dotted($0)) })),
      (
        "smb",
        .object([
          ("server", .text(dotted(office.fileServer))), ("port", .integer(445)),
          (
            "outages",
            .list(
              outages.map {
                .object([("from", .time($0.lowerBound)), ("to", .time($0.upperBound))])
              })
          ),
        ])
      ),
      (
        "bursts",
        .list(
          bursts.map {
            .object([
              ("time", .time($0.time)), ("firstPort", .integer(Int($0.firstPort))),
              ("quotedSource", .text(dotted($0.quotedSource))),
              ("impossibleSource", .flag($0.impossibleSource)),
            ])
          })
      ),
    ]
  }
}
