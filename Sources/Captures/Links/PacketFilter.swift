import Observations

extension LinkFormat {
  /// What pf logged (OpenBSD, FreeBSD, NetBSD, macOS).
  static let packetFilter = LinkFormat(numbers: [117], isFilterLog: true) {
    decoder, frame, extent throws(LengthError) in
    try decoder.packetFilter(frame, extent)
  }
  /// Apple's PKTAP: the link of the frame that follows, and the process it belongs to.
  static let applePacketTap = LinkFormat(numbers: [258]) {
    decoder, frame, extent throws(LengthError) in
    try LengthError.check(.filterLog, needed: 12, bytes: frame, extent: extent)
    let length = Int(min(frame.littleU32(0), 0xffff))
    guard length >= 12 else { return NetworkStart(0xffff, 0, extent) }
    try LengthError.check(.filterLog, needed: length, offset: 12, bytes: frame, extent: extent)
    // Anything but a packet stands for news of the interface.
    guard frame.littleU32(4) == 1 else { return NetworkStart(0, length, extent.behind(length)) }
    return try decoder.nested(frame, length, extent, number: frame.littleU32(8))
  }
}

extension PacketDecoder {
  /// pf's header: its length without padding, family, action, reason, interface, ruleset, rule; then the
  /// user and process of the socket, of NetBSD none; then the direction. Later versions have more behind.
  fileprivate mutating func packetFilter(
    _ frame: RawSpan, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    try LengthError.check(.filterLog, needed: 4, bytes: frame, extent: extent)
    let length = Int(frame.u8(0))
    let header = (length + 3) & ~3
    guard length >= 45 else {
      note(.filterHeaderMalformed)
      return NetworkStart(0, 0, extent)
    }
    try LengthError.check(.filterLog, needed: header, offset: 4, bytes: frame, extent: extent)
    observation.action = PacketDecoder.action(frame.u8(2))
    if length >= 61 { owner(frame) }
    let rest = extent.behind(header)
    switch frame.u8(1) {
    case 2: return NetworkStart(0x0800, header, rest)
    case 10, 24, 28, 30: return NetworkStart(0x86dd, header, rest)
    default: return NetworkStart(0, header, rest)
    }
  }

  /// pass, block, …, nat, …, rdr, …, drop for a proxy, …, match.
  private static func action(_ code: UInt8) -> Action {
    switch code {
    case 0, 4, 6, 8: .allowed
    case 1, 10: .blocked
    default: .audited
    }
  }

  /// User and process of the socket that sent it, or that it came in for; both are absent where pf
  /// did not look, which a user of -1 says.
  private mutating func owner(_ frame: RawSpan) {
    let user = inFileOrder(frame, 44)
    let process = inFileOrder(frame, 48)
    // Root without a process is the kernel's own, or a zero that nobody wrote.
    guard user != .max, user != 0 || process != 0 else { return }
    switch frame.u8(60) {
    case 1: observation.path = .inbound
    case 2:
      observation.path = .outbound
      owner = PacketOwner(user: user, process: process)
    default: break
    }
  }

  /// A number in the order of the machine that took the capture: the file's, unless only the other one
  /// makes a number that a system gives out.
  func inFileOrder(_ bytes: RawSpan, _ at: Int) -> UInt32 {
    let value = ByteOrder(isBig: link.isBigEndian).u32(bytes, at)
    let other = value.byteSwapped
    return value > 0xff_ffff && other <= 0xff_ffff ? other : value
  }
}
