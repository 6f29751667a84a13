import Observations

/// The containers that can be read. A new one is one file and one line in `known`.
public enum CaptureFormats {
  /// One container.
  public struct Format: Sendable {
    /// Stable name; `EvidenceReader.format` may add a version.
    public let name: String
    /// The number that its files begin with, whatever the byte order; empty where they begin with none.
    let magics: [UInt32]
    /// Makes a container ready, nil where the evidence does not begin like it.
    let open: @Sendable (_ head: RawSpan) -> (any Container)?
  }

  /// All containers, in the order they are tried.
  public static let known: [Format] = [
    Format(name: "pcap", magics: PcapReader.magics) { PcapReader(head: $0) },
    Format(name: "pcapng", magics: [0x0a0d_0d0a]) { PcapngReader(head: $0) },
    Format(name: "netmon", magics: [0x5254_5353, 0x474d_4255]) { NetmonReader(head: $0) },
    Format(name: "snoop", magics: [0x736e_6f6f]) { SnoopReader(head: $0) },
    Format(name: "iptrace", magics: [0x6970_7472]) { IptraceReader(head: $0) },
    Format(name: "erf", magics: []) { ERFReader(head: $0) },
  ]

  /// Recognition looks at this many bytes.
  static let headLength = 65_536

  /// A reader for evidence that begins with `head` (up to 64 KiB); nil where no container fits.
  ///
  /// - Parameters:
  ///   - head: the first bytes of the evidence; they are read again as part of the stream.
  ///   - sieve: lets through what is to be decoded; nil for all.
  ///   - tap: is shown each packet that is let through; nil for none.
  /// - Returns: a reader that has read nothing yet.
  public static func reader(
    for head: RawSpan, sieve: PacketSieve? = nil, tap: PacketTap? = nil
  ) -> CaptureReader? {
    var reader = CaptureReader(head: head)
    if sieve != nil || tap != nil { reader?.records.gate = PacketGate(sieve: sieve, tap: tap) }
    return reader
  }

  /// The container that evidence begins with.
  static func container(for head: RawSpan) -> (any Container)? {
    let head = head.extracting(0..<min(head.byteCount, headLength))
    for format in known {
      if let container = format.open(head) { return container }
    }
    return nil
  }

  /// Whether the four bytes at a place are those that some container begins with.
  static func mayBegin(_ window: RawSpan, _ at: Int) -> Bool {
    guard window.byteCount - at >= 4 else { return false }
    switch window.u32(at) {
    case 0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, 0xa1b2_cd34, 0x34cd_b2a1,
      0x1c00_01ac, 0xac01_001c, 0x1c00_01ab, 0xab01_001c,
      0x0a0d_0d0a, 0x5254_5353, 0x474d_4255, 0x736e_6f6f, 0x6970_7472:
      return true
    default: return false
    }
  }

  /// The container that begins at a place in the middle of another, if its records follow upon it: a
  /// packet may well carry a capture's first bytes.
  static func joined(
    _ window: RawSpan, _ at: Int, _ offset: UInt64, _ isLast: Bool
  ) -> (any Container)? {
    let head = window.extracting(at..<min(window.byteCount, at + headLength))
    let magic = window.u32(at)
    for format in known where format.magics.contains(magic) {
      guard let container = format.open(head) else { continue }
      let first = at + container.headerLength
      if first >= window.byteCount { return container }
      if container.chain(window, first, offset, isLast, nil) != .broken { return container }
    }
    return nil
  }
}
