import Simulation
import Testing

/// A cause's evidence, with the questions that its tests ask of the frames.
struct CauseStory {
  let files: [SimulatedFile]
  let packets: [SeenPacket]
  /// The subject's address as text; its hardware address where the truth says so.
  let subject: String

  init(_ id: String, nearMiss: Bool = false, seed: UInt64 = 11) throws {
    files = try scenario(id).make(seed: seed, variant: nearMiss ? "near-miss" : nil)
    packets = try SimulationTests.packets(
      of: try #require(files.first { $0.name.hasSuffix(".pcap") }))
    subject = try truth("value", in: files)
  }

  /// A number of the truth; nil where there is none, which equals no count.
  func number(_ key: String) -> Int? { try? truthNumber(key, in: files) }

  /// IPv4 packets that the subject sent.
  var sent: [SeenPacket] { packets.filter { $0.isIPv4 && text($0.source) == subject } }

  /// Datagrams that the subject sent to a port.
  func datagrams(to port: UInt16) -> [SeenPacket] {
    sent.filter { $0.transport == 17 && $0.destinationPort == port }
  }

  /// SYNs that the subject sent to a port.
  func attempts(to port: UInt16) -> [SeenPacket] {
    sent.filter { $0.isSYN && $0.destinationPort == port }
  }

  /// The distinct sources of SYN-ACKs from a port to the subject.
  func answering(from port: UInt16) -> Set<UInt32> {
    Set(
      packets.filter { $0.isSYNACK && $0.sourcePort == port && text($0.destination) == subject }
        .map(\.source))
  }
}

extension SeenPacket {
  var isTCP: Bool { isIPv4 && transport == 6 }
  var isSYN: Bool { isTCP && frame[47] & 0x17 == 0x02 }
  var isSYNACK: Bool { isTCP && frame[47] & 0x17 == 0x12 }
  var isRST: Bool { isTCP && frame[47] & 0x04 != 0 }
  var isARP: Bool { word(12) == 0x0806 }
  var timeToLive: UInt8 { frame[22] }
  var sequence: UInt32 { address(38) }
  var window: UInt16 { word(48) }
  /// A wildcard node status query (RFC 1002, 4.2.17).
  var isNodeStatusQuery: Bool {
    isIPv4 && transport == 17 && destinationPort == 137 && payloadOfUDP.count == 50
      && payloadOfUDP[46...] == [0, 0x21, 0, 1]
  }
  /// A question to a name server for the name of an address.
  var isReverseQuestion: Bool {
    isIPv4 && transport == 17 && destinationPort == 53
      && payloadOfUDP.suffix(4) == [0, 12, 0, 1]
  }
  var isICMP: Bool { isIPv4 && transport == 1 }
  var icmpType: UInt8 { frame[34] }
  /// What an ARP packet says: the hardware address that it gives for the sender's IPv4 address.
  var claimedBy: [UInt8] { Array(frame[22..<28]) }
  var claimed: UInt32 { address(28) }
}
