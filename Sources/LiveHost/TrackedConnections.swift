internal import Observations

/// Connections that the firewall tracks, as the kernel's netfilter part lists them: behind address
/// translation only they say whose a packet was.
enum TrackedConnections {
  /// IPCTNL_MSG_CT_GET of the subsystem of connections.
  static let request: UInt16 = 1 << 8 | 1
  private static let answer: UInt16 = 1 << 8

  /// The request's body (nfgenmsg): all families.
  static let body: [UInt8] = [0, 0, 0, 0]

  /// One connection as a JSON object; nil where the message is none.
  static func connection(_ message: NetlinkMessage) -> JSONText? {
    guard message.type == answer, let family = message.body.byte(0) else { return nil }
    let values = NetlinkMessage.attributes(message.body.dropFirst(4))
    guard let original = flow(values[1], family) else { return nil }
    var text = JSONText()
    text.add("transport", original.transport)
    text.add("original", original.text)
    if let reply = flow(values[2], family) {
      text.add("reply", reply.text)
      // An answer goes back to where the question came from, unless addresses were exchanged.
      text.add("isTranslated", reply.target != original.source || reply.source != original.target)
    }
    text.add("secondsLeft", values[7].flatMap { big32($0) })
    text.add("mark", values[8].flatMap { big32($0) }.flatMap { $0 == 0 ? nil : $0 })
    for (type, name) in [(9, "packets"), (10, "replyPackets")] {
      let counters = NetlinkMessage.attributes(values[UInt16(type)])
      text.add(name, counters[1].flatMap { big64($0) })
    }
    return text
  }

  private struct Flow {
    var transport: UInt8
    var source: String
    var target: String
    var text: JSONText {
      var text = JSONText()
      text.add("from", source)
      text.add("to", target)
      return text
    }
  }

  /// A tuple: addresses and what stands for ports.
  private static func flow(_ bytes: ArraySlice<UInt8>?, _ family: UInt8) -> Flow? {
    let parts = NetlinkMessage.attributes(bytes)
    let addresses = NetlinkMessage.attributes(parts[1])
    let transport = NetlinkMessage.attributes(parts[2])
    guard
      let source = (addresses[1] ?? addresses[3]).flatMap({ NetworkTables.read($0, family) }),
      let target = (addresses[2] ?? addresses[4]).flatMap({ NetworkTables.read($0, family) }),
      let number = transport[1]?.byte(0)
    else { return nil }
    func end(_ address: Address, _ type: UInt16) -> String {
      guard let port = transport[type]?.big16(0) else { return address.description }
      return address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
    return Flow(transport: number, source: end(source, 2), target: end(target, 3))
  }

  private static func big32(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    guard let high = bytes.big16(0), let low = bytes.big16(2) else { return nil }
    return UInt32(high) << 16 | UInt32(low)
  }

  private static func big64(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    guard let high = big32(bytes), let low = big32(bytes.dropFirst(4)) else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }
}
