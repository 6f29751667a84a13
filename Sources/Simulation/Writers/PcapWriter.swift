/// A capture file in the classic pcap form: little-endian, microseconds, link type Ethernet.
struct PcapWriter {
  static let fileHeaderLength = 24
  static let recordHeaderLength = 16
  /// The snap length of a capture that was not asked to cut.
  static let wholePackets = 65_535

  private(set) var buffer = ByteBuffer()
  private(set) var packets = 0
  private let snapLength: Int

  /// Begins a file. A snap length below 1 or above 65,535 means whole packets.
  init(snapLength: Int?) {
    let asked = snapLength ?? PcapWriter.wholePackets
    self.snapLength =
      (1...PcapWriter.wholePackets).contains(asked) ? asked : PcapWriter.wholePackets
    buffer.u32LittleEndian(0xa1b2_c3d4)
    buffer.u16LittleEndian(2)
    buffer.u16LittleEndian(4)
    buffer.u32LittleEndian(0)
    buffer.u32LittleEndian(0)
    buffer.u32LittleEndian(UInt32(self.snapLength))
    buffer.u32LittleEndian(1)
  }

  /// Appends a frame; what exceeds the snap length is cut, and the record says how long it was.
  mutating func append(_ frame: [UInt8], at microseconds: Int64) {
    let kept = min(frame.count, snapLength)
    buffer.u32LittleEndian(UInt32(truncatingIfNeeded: microseconds / 1_000_000))
    buffer.u32LittleEndian(UInt32(truncatingIfNeeded: microseconds % 1_000_000))
    buffer.u32LittleEndian(UInt32(kept))
    buffer.u32LittleEndian(UInt32(frame.count))
    buffer.append(Array(frame[..<kept]))
    packets += 1
  }
}
