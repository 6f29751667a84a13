import Observations

/// A way in which packets travel inside packets: a file for each, a line for each in `known`.
struct TunnelFormat: Sendable {
  /// What carries it.
  enum Carrier: Equatable, Sendable {
    /// An IP protocol of its own.
    case transport(UInt8)
    case udp
  }
  /// What lies inside; nil where the header does not check out. `outer` has its addresses and ports.
  typealias Start =
    @Sendable (_ payload: RawSpan, _ extent: Extent, _ outer: Observation) -> TunnelStart?

  let carrier: Carrier
  let start: Start

  /// All tunnels. Whoever adds one over UDP says so in `FastPath`, too.
  static let known: [TunnelFormat] = [
    ipv4, ipv6, gre, etherIP, mpls, l2tp3, teredo, vxlan, geneve, l2tp, gtp,
  ]

  fileprivate static let overUDP = known.filter { $0.carrier == .udp }
  fileprivate static let overIP = known.filter { $0.carrier != .udp }
}

/// What lies inside a tunnel's header: an EtherType, or what stands for it, and where.
struct TunnelStart {
  var kind: Tunnel
  var start: NetworkStart

  init(_ kind: Tunnel, _ type: UInt16, _ header: Int, _ extent: Extent) {
    (self.kind, start) = (kind, NetworkStart(type, header, extent.behind(header)))
  }
}

/// The packet inside is the one that is told of, for it says who talks to whom; the ends of the tunnel are
/// counted. Where anything about the inside is wrong, the outer packet is an ordinary one: addresses are
/// never made up.
extension PacketDecoder {
  /// Tunnels in tunnels are followed this deep.
  private static let mostTunnels = 8

  /// Goes on with what is inside a UDP datagram; false where nothing surely is. What goes to the ports
  /// of names is read as names.
  mutating func isTunnel(
    _ payload: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) -> Bool {
    let (from, to) = (observation.sourcePort, observation.destinationPort)
    guard from != 53, to != 53, from != 137, to != 137 else { return false }
    return follows(TunnelFormat.overUDP, payload, extent, into: batch)
  }

  /// Goes on with what is behind an IP header; false where nothing surely is.
  mutating func isProtocolTunnel(
    _ payload: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) -> Bool {
    follows(TunnelFormat.overIP, payload, extent, into: batch)
  }

  private mutating func follows(
    _ formats: [TunnelFormat], _ payload: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) -> Bool {
    guard tunnels < PacketDecoder.mostTunnels else { return false }
    let number = observation.transport.rawValue
    for format in formats where format.carrier == .udp || format.carrier == .transport(number) {
      guard let found = format.start(payload, extent, observation) else { continue }
      var inner = PacketDecoder(inside: self)
      guard inner.surely(payload, found.start, into: batch) else { continue }
      tally?.pass(found.kind, observation.source, observation.destination)
      inner.noted |= noted
      self = inner
      return true
    }
    return false
  }

  private init(inside outer: PacketDecoder) {
    observation.time = outer.observation.time
    observation.marks = outer.observation.marks.intersection(.timeUncertain)
    observation.action = outer.observation.action
    observation.path = outer.observation.path
    (link, owner, tally) = (outer.link, outer.owner, outer.tally)
    (fragments, place) = (outer.fragments, outer.place)
    tunnels = outer.tunnels + 1
  }

  /// Decodes what must be a whole packet with right lengths, or nothing.
  private mutating func surely(
    _ bytes: RawSpan, _ start: NetworkStart, into batch: ObservationBatch
  ) -> Bool {
    do throws(LengthError) {
      let start = try follow(start, bytes)
      switch start.type {
      case 0x0800, 0x86dd:
        guard IPCheck.type(bytes.from(start.header), start.extent) == start.type else {
          return false
        }
      case 0x0806: break
      default: return false
      }
      return decode(bytes, start, into: batch)
    } catch { return false }
  }
}
