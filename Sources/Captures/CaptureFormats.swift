public import Observations

/// The containers that can be read. A new one is one file and one line in `known`.
public enum CaptureFormats {
  /// One container.
  public struct Format: Sendable {
    /// Stable name; `EvidenceReader.format` may add a version.
    public let name: String
    /// Makes a reader, nil where the evidence does not begin like this container.
    let open: @Sendable (_ head: RawSpan) -> (any PacketReader)?
  }

  /// All containers, in the order they are tried.
  public static let known: [Format] = [
    Format(name: "pcap") { PcapReader(head: $0) },
    Format(name: "pcapng") { PcapngReader(head: $0) },
    Format(name: "netmon") { NetmonReader(head: $0) },
  ]

  /// A reader for evidence that begins with `head` (up to 64 KiB); nil where no container fits.
  ///
  /// - Parameters:
  ///   - head: the first bytes of the evidence; they are read again as part of the stream.
  ///   - sieve: lets through what is to be decoded; nil for all.
  ///   - tap: is shown each packet that is let through; nil for none.
  /// - Returns: a reader that has read nothing yet.
  public static func reader(
    for head: RawSpan, sieve: PacketSieve? = nil, tap: PacketTap? = nil
  ) -> (any EvidenceReader)? {
    for format in known {
      guard var reader = format.open(head) else { continue }
      if sieve != nil || tap != nil { reader.records.gate = PacketGate(sieve: sieve, tap: tap) }
      return reader
    }
    return nil
  }

  /// What evidence is that looks like a capture, or like something packed, but cannot be read; nil
  /// where it looks like neither.
  public static func foreign(_ head: RawSpan) -> String? {
    guard head.byteCount >= 4 else { return nil }
    let follows = head.byteCount >= 8 ? head.u32(4) : 0
    switch head.u32(0) {
    case 0xa1b2_cd34, 0x34cd_b2a1: return "pcap as modified by Kuznetsov"
    case 0x736e_6f6f where follows == 0x7000_0000: return "snoop"
    case 0x6970_7472 where follows == 0x6163_6520: return "iptrace"
    case 0x28b5_2ffd: return "zstd-compressed"
    case 0xfd37_7a58: return "xz-compressed"
    case 0x0422_4d18: return "lz4-compressed"
    case 0x504b_0304: return "a zip archive"
    default: break
    }
    if head.u16(0) == 0x1f8b { return "gzip-compressed" }
    if head.u32(0) >> 8 == 0x42_5a68 { return "bzip2-compressed" }
    return nil
  }
}
