import Observations

/// Names that hosts ask for by themselves: `wpad`, under which programs seek the settings of a proxy, and
/// `isatap`, under which Windows seeks a router for IPv6.
///
/// They are told by the four bytes with which they begin, so that other names cost one comparison.
enum SpecialName {
  /// As `Sighting.Kind.specialName` has them.
  static let wpad: UInt8 = 1, isatap: UInt8 = 2
  static let byDNS: UInt8 = 0x10, byMulticast: UInt8 = 0x20, byNetBIOS: UInt8 = 0x30
  static let isDenied: UInt8 = 0x80, isAnswered: UInt8 = 0x40

  /// The upper bit of the second to fourth byte's letters, which tells small ones from capitals.
  private static let small: UInt32 = 0x0020_2020
  private static let wpa: UInt32 = 0x0477_7061
  private static let isa: UInt32 = 0x0669_7361

  /// Whether a name that begins so may be one of them.
  @inline(__always)
  static func mayBe(_ first: UInt32) -> Bool {
    let first = first | small
    return first == wpa || first == isa
  }

  /// Which of them the first label at `offset` is; 0 for any other.
  static func which(_ bytes: RawSpan, at offset: Int) -> UInt8 {
    guard bytes.byteCount - offset >= 7, mayBe(bytes.u32(offset)) else { return 0 }
    func letter(_ at: Int) -> UInt8 { bytes.u8(offset + at) | 0x20 }
    if bytes.u32(offset) | small == wpa { return letter(4) == 0x64 ? wpad : 0 }
    return letter(4) == 0x74 && letter(5) == 0x61 && letter(6) == 0x70 ? isatap : 0
  }

  /// The same of four letters of a NetBIOS name: FHFA and EJFD, two of the name for one.
  @inline(__always)
  static func mayBeNetBIOS(_ first: UInt32) -> Bool {
    first == 0x4648_4641 || first == 0x454a_4644
  }

  /// The same of a NetBIOS name at 12, each half byte a letter (RFC 1001, 14.1), blanks behind it.
  static func netbios(_ bytes: RawSpan) -> UInt8 {
    guard bytes.byteCount >= 45 else { return 0 }
    // FHFAEBEE and EJFDEBFEEBFA, then CA for a blank.
    if bytes.u32(13) == 0x4648_4641 {
      return bytes.u32(17) == 0x4542_4545 && bytes.u16(21) == 0x4341 ? wpad : 0
    }
    guard bytes.u32(13) == 0x454a_4644, bytes.u32(17) == 0x4542_4645 else { return 0 }
    return bytes.u32(21) == 0x4542_4641 && bytes.u16(25) == 0x4341 ? isatap : 0
  }
}

extension PacketDecoder {
  /// Says that such a name was asked for, or what came of it.
  mutating func specialName(
    of message: borrowing DNSView, by way: UInt8, into batch: ObservationBatch
  ) {
    let which = SpecialName.which(message.bytes, at: 12)
    guard which != 0, let name = message.wireName(at: 12) else { return }
    let outcome =
      !message.isResponse
      ? 0
      : message.responseCode == 0 && message.answerCount > 0
        ? SpecialName.isAnswered : SpecialName.isDenied
    let asker = message.isResponse ? observation.destination : observation.source
    tell(into: batch) {
      $0.tell(.specialName, of: asker, name.bytes, extra: which | way | outcome)
    }
  }

  /// The same of NetBIOS, whose name stands for itself.
  mutating func specialName(of message: borrowing NBNSView, into batch: ObservationBatch) {
    guard message.hint == .nameQuery || message.hint == .nameResponse else { return }
    let which = SpecialName.netbios(message.bytes)
    guard which != 0 else { return }
    let isAnswer = message.hint == .nameResponse
    let outcome =
      !isAnswer ? 0 : message.isRefusal ? SpecialName.isDenied : SpecialName.isAnswered
    let asker = isAnswer ? observation.destination : observation.source
    let none = message.bytes.extracting(0..<0)
    tell(into: batch) {
      $0.tell(.specialName, of: asker, none, extra: which | SpecialName.byNetBIOS | outcome)
    }
  }
}
