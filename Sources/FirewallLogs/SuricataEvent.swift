internal import Observations

/// Names of members as words, the first byte in the lowest bits; of long ones the first eight.
private enum Name {
  static let timestamp: UInt64 = 0x6d61_7473_656d_6974
  static let eventType: UInt64 = 0x7974_5f74_6e65_7665
  static let source: UInt64 = 0x7069_5f63_7273
  static let sourcePort: UInt64 = 0x7472_6f70_5f63_7273
  static let destination: UInt64 = 0x70_695f_7473_6564
  static let destinationPort: UInt64 = 0x726f_705f_7473_6564
  static let proto: UInt64 = 0x6f_746f_7270
  static let icmpType: UInt64 = 0x7079_745f_706d_6369
  static let icmpCode: UInt64 = 0x646f_635f_706d_6369
  static let response: UInt64 = 0x6573_6e6f_7073_6572
  static let responseType: UInt64 = 0x7974_5f70_6d63_695f
  static let responseCode: UInt64 = 0x6f63_5f70_6d63_695f
  static let flowID: UInt64 = 0x64_695f_776f_6c66
  static let flow: UInt64 = 0x776f_6c66
  static let netflow: UInt64 = 0x77_6f6c_6674_656e
  static let alert: UInt64 = 0x74_7265_6c61
  static let drop: UInt64 = 0x706f_7264
  static let verdict: UInt64 = 0x74_6369_6472_6576
  static let direction: UInt64 = 0x6f69_7463_6572_6964
  static let tcp: UInt64 = 0x70_6374
  static let action: UInt64 = 0x6e6f_6974_6361
  static let toServer: UInt64 = 0x736f_745f_7374_6b70
  static let toClient: UInt64 = 0x636f_745f_7374_6b70
  static let start: UInt64 = 0x74_7261_7473
  static let packets: UInt64 = 0x7374_6b70
  static let leastTimeToLive: UInt64 = 0x6c_7474_5f6e_696d
  static let mostTimeToLive: UInt64 = 0x6c_7474_5f78_616d
  static let tcpFlags: UInt64 = 0x6761_6c66_5f70_6374
  static let flagsToServer: UInt64 = 0x7374_5f73
  static let flagsToClient: UInt64 = 0x6374_5f73
  static let flagsOfAll: UInt64 = 0x73
  static let length: UInt64 = 0x6e_656c
  static let timeToLive: UInt64 = 0x6c_7474
  static let hopLimit: UInt64 = 0x7469_6d69_6c70_6f68
  static let identification: UInt64 = 0x6469_7069
  static let syn: UInt64 = 0x6e_7973
  static let ack: UInt64 = 0x6b_6361
  static let psh: UInt64 = 0x68_7370
  static let rst: UInt64 = 0x74_7372
  static let urg: UInt64 = 0x67_7275
  static let fin: UInt64 = 0x6e_6966
}

/// What an event of `eve.json` says, as far as it is about packets: places of values, not yet read.
struct SuricataEvent {
  enum Kind {
    case alert
    case drop
    case flow
    case netflow
    /// Any other type; of packets it says nothing.
    case other
  }
  /// Objects that were met.
  struct Objects: OptionSet {
    var rawValue: UInt8
    static let alert = Objects(rawValue: 1)
    static let drop = Objects(rawValue: 2)
    static let flow = Objects(rawValue: 4)
    static let netflow = Objects(rawValue: 8)
    static let tcp = Objects(rawValue: 16)
  }

  var kind: Kind?
  /// A type that needs no flow: `stats`, `engine`, `arp`, `anomaly`.
  var isUpkeep = false
  var objects = Objects()
  var stamp = 0..<0
  /// The number of the flow; 0 where none is given.
  var flowID: UInt64 = 0
  var source = 0..<0
  var destination = 0..<0
  var proto = 0..<0
  /// Ports, or type and code of ICMP.
  var ports = (0..<0, 0..<0)
  var control = (0..<0, 0..<0)
  /// Type and code of what came back.
  var answer = (0..<0, 0..<0)
  /// Whether the device dropped it.
  var isBlocked = false
  /// Whether it is about a packet to the one who opened the flow.
  var isReturn = false
  /// When the flow began.
  var start = 0..<0
  /// Packets from the one who opened the flow, or of a way by itself.
  var sent = 0..<0
  /// Packets back.
  var returned = 0..<0
  var sentFlags: TCPFlags?
  var returnedFlags: TCPFlags?
  var length = 0..<0
  var timeToLive = 0..<0
  var identification = 0..<0
  /// The least time to live of a way; the greatest is `timeToLive`.
  var leastTimeToLive = 0..<0

  /// Walks an event as far as it matters.
  ///
  /// - Returns: whether nothing was missing; else the line ends too early, or is not JSON.
  @inline(__always)
  mutating func take(_ bytes: RawSpan, _ object: Range<Int>) -> Bool {
    var json = JSONLine(bytes, object)
    while true {
      switch json.next(bytes) {
      case .broken: return false
      case .close: return true
      case .member: if takeMember(bytes, &json) { return true }
      }
    }
  }

  /// Whether the event is surely Suricata's.
  var isOwn: Bool {
    guard !stamp.isEmpty else { return false }
    switch kind {
    case nil: return false
    case .other: return flowID != 0 || isUpkeep
    case .alert: return objects.contains(.alert)
    case .drop: return objects.contains(.drop)
    case .flow: return objects.contains(.flow)
    case .netflow: return objects.contains(.netflow)
    }
  }

  /// - Returns: whether nothing that follows can matter.
  @inline(__always)
  private mutating func takeMember(_ bytes: RawSpan, _ json: inout JSONLine) -> Bool {
    switch json.key.head {
    case Name.timestamp: stamp = json.value
    case Name.flowID:
      flowID = bytes.count(json.value) ?? 0
      return kind == .other && !stamp.isEmpty && flowID != 0
    case Name.eventType:
      takeKind(bytes, json.value)
      return kind == .other && !stamp.isEmpty && (flowID != 0 || isUpkeep)
    case Name.source: source = json.value
    case Name.destination: destination = json.value
    case Name.proto: proto = json.value
    case Name.sourcePort: ports.0 = json.value
    case Name.destinationPort: ports.1 = json.value
    case Name.icmpType: control.0 = json.value
    case Name.icmpCode: control.1 = json.value
    case Name.response:
      if json.key.tail == Name.responseType { answer.0 = json.value }
      if json.key.tail == Name.responseCode { answer.1 = json.value }
    case Name.direction: isReturn = bytes.fills("to_client", json.value)
    case Name.flow: return takeObject(bytes, &json, .flow)
    case Name.tcp: return takeObject(bytes, &json, .tcp)
    case Name.alert: return takeObject(bytes, &json, .alert)
    case Name.drop: return takeObject(bytes, &json, .drop)
    case Name.netflow: return takeObject(bytes, &json, .netflow)
    // The verdict on the packet, after all rules: `{"action":"drop"}`.
    case Name.verdict: return takeObject(bytes, &json, [])
    default: break
    }
    return false
  }

  private mutating func takeKind(_ bytes: RawSpan, _ value: Range<Int>) {
    if bytes.fills("flow", value) {
      kind = .flow
    } else if bytes.fills("alert", value) {
      kind = .alert
    } else if bytes.fills("drop", value) {
      kind = .drop
    } else if bytes.fills("netflow", value) {
      kind = .netflow
    } else {
      kind = .other
      isUpkeep =
        bytes.fills("stats", value) || bytes.fills("engine", value) || bytes.fills("arp", value)
        || bytes.fills("anomaly", value)
    }
  }

  /// - Returns: whether nothing that follows can matter.
  @inline(__always)
  private mutating func takeObject(
    _ bytes: RawSpan, _ json: inout JSONLine, _ object: Objects
  ) -> Bool {
    guard json.kind == .object else { return false }
    objects.formUnion(object)
    json.enter()
    while case .member = json.next(bytes) {
      switch object {
      case .flow: takeFlow(bytes, json)
      case .tcp: takeFlags(bytes, json)
      default: takeFurther(bytes, json, object)
      }
    }
    return kind == .flow && objects.contains(.flow) && objects.contains(.tcp) && !stamp.isEmpty
      && !source.isEmpty && !destination.isEmpty && !proto.isEmpty && !ports.1.isEmpty
  }

  @inline(__always)
  private mutating func takeFlow(_ bytes: RawSpan, _ json: JSONLine) {
    switch json.key.head {
    case Name.toServer: sent = json.value
    case Name.toClient: returned = json.value
    case Name.start: start = json.value
    case Name.action: if bytes.fills("drop", json.value) { isBlocked = true }
    default: break
    }
  }

  @inline(__always)
  private mutating func takeFlags(_ bytes: RawSpan, _ json: JSONLine) {
    guard json.key.head == Name.tcpFlags else { return }
    switch json.key.tail {
    case Name.flagsToServer: sentFlags = SuricataEvent.flags(bytes, json.value)
    case Name.flagsToClient: returnedFlags = SuricataEvent.flags(bytes, json.value)
    // A way by itself has no other.
    case Name.flagsOfAll: if sentFlags == nil { sentFlags = SuricataEvent.flags(bytes, json.value) }
    default: break
    }
  }

  @inline(never)
  private mutating func takeFurther(_ bytes: RawSpan, _ json: JSONLine, _ object: Objects) {
    switch (json.key.head, object) {
    case (Name.action, _):
      isBlocked =
        isBlocked || bytes.fills("blocked", json.value) || bytes.fills("drop", json.value)
        || bytes.fills("reject", json.value)
    case (Name.packets, .netflow): sent = json.value
    case (Name.start, .netflow): start = json.value
    case (Name.leastTimeToLive, .netflow): leastTimeToLive = json.value
    case (Name.mostTimeToLive, .netflow): timeToLive = json.value
    case (Name.length, .drop): length = json.value
    case (Name.timeToLive, .drop), (Name.hopLimit, .drop): timeToLive = json.value
    case (Name.identification, .drop): identification = json.value
    case (_, .drop): takeFlag(bytes, json)
    default: break
    }
  }

  /// `"syn":true` of a dropped packet.
  private mutating func takeFlag(_ bytes: RawSpan, _ json: JSONLine) {
    guard json.kind == .word, bytes.fills("true", json.value) else { return }
    var flags = sentFlags ?? TCPFlags(rawValue: 0)
    switch json.key.head {
    case Name.syn: flags.insert(.syn)
    case Name.ack: flags.insert(.ack)
    case Name.psh: flags.insert(.psh)
    case Name.rst: flags.insert(.rst)
    case Name.urg: flags.insert(.urg)
    case Name.fin: flags.insert(.fin)
    default: return
    }
    sentFlags = flags
  }

  /// Two hexadecimal digits, as the header's byte.
  @inline(__always)
  private static func flags(_ bytes: RawSpan, _ value: Range<Int>) -> TCPFlags? {
    guard value.count == 2, let high = Digits.hexadecimal(bytes.byte(value.lowerBound)),
      let low = Digits.hexadecimal(bytes.byte(value.lowerBound + 1))
    else { return nil }
    return TCPFlags(rawValue: UInt8(high << 4 | low))
  }
}
