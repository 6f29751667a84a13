import Diagnosis
import Observations

extension ExportForm {
  /// A line for each packet of an accused source, as DShield's fields stand.
  static let dshield = ExportForm(
    name: "dshield",
    meaning: "lines of ISC/DShield, with tabs between; of those only who may be named", needs: .each
  ) { export throws(ExportRefusal) in
    var text = ""
    for item in export.activities where item.standing.mayBeNamed {
      guard let packets = item.packets else {
        throw ExportRefusal(
          "DShield takes a line for each packet, which a report only counts: give the evidence, not "
            + "standard input")
      }
      guard !packets.isCut else {
        throw ExportRefusal(
          "incident \(item.incident.id) has over \(grouped(UInt64(PacketTally.mostKept))) packets: "
            + "take a part of it with --since and --until")
      }
      text += dshieldLines(packets.samples, export.options)
    }
    return text
  }
}

/// Lines of packets. Those that follow on each other and say the same are one line with their sum.
private func dshieldLines(_ packets: [SentSample], _ options: ExportOptions) -> String {
  var text = ""
  var last: (front: String, back: String, count: UInt64)?
  func flush() {
    if let last { text += "\(last.front)\t\(last.count)\t\(last.back)\n" }
  }
  for packet in packets where !packet.source.isVeiled {
    let target = options.targets.shown(packet.destination)
    // What the record did not tell is `???`, as DShield's clients write it.
    let ports = packet.hasPorts || !packet.transport.hasPorts
    let front = "\(dshieldTime(packet.time))\t\(options.author)"
    let back = [
      packet.source.description, ports ? "\(packet.sourcePort)" : "???", target.description,
      "\(packet.destinationPort)", dshieldProtocol(packet.transport),
      packet.transport == .tcp ? dshieldFlags(packet.flags) : "",
    ].joined(separator: "\t")
    if let same = last, same.front == front, same.back == back {
      last?.count = same.count + UInt64(packet.count)
    } else {
      flush()
      last = (front, back, UInt64(packet.count))
    }
  }
  flush()
  return text
}

/// `2008-10-09 12:00:00 +00:00`.
private func dshieldTime(_ time: Timestamp) -> String { shortTime(time) + " +00:00" }

private func dshieldProtocol(_ transport: Transport) -> String {
  switch transport {
  case .tcp, .udp, .icmp: transport.description.uppercased()
  default: String(transport.rawValue)
  }
}

/// Flags by their letters, in DShield's order.
private func dshieldFlags(_ flags: TCPFlags) -> String {
  let letters: [(TCPFlags, Character)] = [
    (.cwr, "1"), (.ece, "2"), (.urg, "U"), (.ack, "A"), (.psh, "P"), (.rst, "R"), (.syn, "S"),
    (.fin, "F"),
  ]
  return String(letters.filter { flags.contains($0.0) }.map(\.1))
}
