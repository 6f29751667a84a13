import Observations

/// What a pcap file is like, where files differ: of some the number at the beginning tells it, of
/// others only that their records follow upon each other.
struct PcapVariant {
  /// Which of the two lengths stands first.
  enum Lengths {
    /// That of the frame in the file, as it should.
    case inOrder
    /// That of the packet, as before version 2.3.
    case swapped
    /// Version 2.3 was written both ways.
    case perhapsSwapped
  }
  var lengths = Lengths.inOrder
  /// Bytes before the first record. IXIA's files say there how much follows, in 4 more.
  var fileHeader = PcapReader.fileHeaderLength
  /// Bytes before each frame: 16; 24 and 28 with Kuznetsov's interface, protocol and direction; 20
  /// with what Nokia's firewalls add.
  var recordHeader = 16
  var isNano = false
  var linkNumber: UInt32

  /// The byte order that the first four bytes tell; nil where they are no pcap's.
  static func order(_ head: RawSpan) -> ByteOrder? {
    let big: Set<UInt32> = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x1c00_01ac, 0x1c00_01ab]
    if big.contains(head.u32(0)) { return ByteOrder(isBig: true) }
    return big.contains(head.littleU32(0)) ? ByteOrder(isBig: false) : nil
  }

  /// The variant of a file that begins with `head`: at least 24 bytes.
  static func recognise(_ head: RawSpan, _ order: ByteOrder) -> PcapVariant {
    let magic = order.u32(head, 0)
    let (major, minor) = (order.u16(head, 4), order.u16(head, 6))
    var variant = PcapVariant(linkNumber: order.u32(head, 20) & 0xffff)
    switch magic {
    case 0x1c00_01ac, 0x1c00_01ab:
      variant.fileHeader += 4
      variant.isNano = magic == 0x1c00_01ac
    case 0xa1b2_3c4d: variant.isNano = true
    case 0xa1b2_cd34: variant.recordHeader = variant.fitting([24, 28], head, order)
    default:
      if major == 2, minor == 2, let link = link(ofAIX: order.u32(head, 20)) {
        // AIX counts nanoseconds and has the numbers of interface types.
        (variant.linkNumber, variant.isNano) = (link, true)
      } else if (major == 2 && minor < 3) || major == 543 {
        variant.lengths = .swapped
      } else if major == 2, minor == 3 {
        variant.lengths = .perhapsSwapped
      } else {
        variant.recordHeader = variant.fitting([16, 24, 20, 28], head, order)
      }
    }
    return variant
  }

  /// AIX's types of interfaces (RFC 1573) that have a link type.
  private static func link(ofAIX type: UInt32) -> UInt32? {
    switch type {
    case 6: 1
    case 9: 6
    case 15: 10
    case 24: 0
    default: nil
    }
  }

  /// The size of record headers with which records follow upon each other as far as the head goes, or
  /// farthest where it is damaged; the first one in doubt.
  private func fitting(_ sizes: [Int], _ head: RawSpan, _ order: ByteOrder) -> Int {
    var (best, most) = (sizes[0], 1)
    for size in sizes {
      let (count, isBroken) = count(size, head, order)
      if !isBroken, size == sizes[0] || count > 1 { return size }
      if count > most { (best, most) = (size, count) }
    }
    return best
  }

  private func count(
    _ size: Int, _ head: RawSpan, _ order: ByteOrder
  ) -> (records: Int, isBroken: Bool) {
    var (at, count) = (fileHeader, 0)
    while count < 64, head.byteCount - at >= size {
      let (captured, wire) = (Int(order.u32(head, at + 8)), Int(order.u32(head, at + 12)))
      guard captured <= PcapReader.longestFrame, wire >= captured,
        wire <= PcapReader.longestPacket, order.u32(head, at + 4) < 1_000_000
      else { return (count, true) }
      at += size + captured
      count += 1
    }
    return (count, false)
  }
}
