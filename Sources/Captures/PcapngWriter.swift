/// Writes packets as pcapng (draft-ietf-opsawg-pcapng), little-endian, in nanoseconds: one section, an
/// interface for each source, packets with comments.
public struct PcapngWriter {
  /// Bytes of an option's value that are kept: its length has 16 bits.
  static let longestOption = 32_768

  private var interfaces: [Source: UInt32] = [:]

  private struct Source: Hashable {
    var link: UInt32
    var name: String
  }

  /// A writer that has written nothing.
  public init() {}

  /// The file's beginning.
  ///
  /// - Parameters:
  ///   - comment: on the whole.
  ///   - application: who writes it.
  /// - Returns: the section's header.
  public func section(comment: String, application: String) -> [UInt8] {
    let body = n32(0x1a2b_3c4d) + n16(1) + n16(0) + [UInt8](repeating: 0xff, count: 8)
    return block(
      0x0a0d_0d0a, body + option(1, text: comment) + option(4, text: application) + n32(0))
  }

  /// A packet, behind the description of its interface where that is new.
  ///
  /// - Parameters:
  ///   - packet: the packet as its own capture holds it.
  ///   - source: the capture's name.
  ///   - comment: on the packet; nil for none.
  /// - Returns: one block or two; nil where the format has no number for the link.
  public mutating func packet(
    _ packet: borrowing CapturedPacket, from source: String, comment: String?
  ) -> [UInt8]? {
    guard packet.link < 0xffff else { return nil }
    var out: [UInt8] = []
    let key = Source(link: packet.link, name: source)
    let number = interfaces[key] ?? UInt32(interfaces.count)
    if interfaces[key] == nil {
      interfaces[key] = number
      out = interface(packet.link, source)
    }
    // Before 1970 there is no time in this format without an offset of the interface's own.
    let time = UInt64(max(0, packet.time))
    let captured = packet.bytes.byteCount
    var body = n32(number) + n32(UInt32(time >> 32)) + n32(UInt32(truncatingIfNeeded: time))
    body += n32(UInt32(clamping: captured)) + n32(UInt32(clamping: packet.wire))
    body.reserveCapacity(captured + 64)
    unsafe packet.bytes.withUnsafeBytes { unsafe body.append(contentsOf: $0) }
    pad(&body)
    if let comment { body += option(1, text: comment) + n32(0) }
    return out + block(6, body)
  }

  private func interface(_ link: UInt32, _ name: String) -> [UInt8] {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    return block(
      1,
      n16(UInt16(link)) + n16(0) + n32(0) + option(2, text: file) + option(3, text: name)
        + option(9, [9]) + n32(0))
  }

  private func block(_ kind: UInt32, _ body: [UInt8]) -> [UInt8] {
    let length = n32(UInt32(clamping: body.count + 12))
    return n32(kind) + length + body + length
  }

  /// Text that is too long ends where a character does.
  private func option(_ code: UInt16, text: String) -> [UInt8] {
    var kept = Substring(text)
    while kept.utf8.count > PcapngWriter.longestOption {
      kept = kept.dropLast(max(1, (kept.utf8.count - PcapngWriter.longestOption) / 4))
    }
    return option(code, Array(kept.utf8))
  }

  private func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    var padded = value
    pad(&padded)
    return n16(code) + n16(UInt16(clamping: value.count)) + padded
  }

  private func pad(_ bytes: inout [UInt8]) {
    bytes.append(contentsOf: [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4))
  }

  private func n16(_ value: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  private func n32(_ value: UInt32) -> [UInt8] {
    n16(UInt16(truncatingIfNeeded: value)) + n16(UInt16(truncatingIfNeeded: value >> 16))
  }
}
