import Observations

extension LinkFormat {
  /// No link header: the first four bits say which IP. 12 on most systems and 14 on OpenBSD are what
  /// some wrote before the list had a number for it.
  static let raw = LinkFormat(numbers: [12, 14, 101]) { _, frame, extent throws(LengthError) in
    try LengthError.check(.raw, needed: 1, bytes: frame, extent: extent)
    return NetworkStart(frame.u8(0) >> 4 == 6 ? 0x86dd : 0x0800, 0, extent)
  }
  static let rawIPv4 = LinkFormat(numbers: [228]) { _, _, extent throws(LengthError) in
    NetworkStart(0x0800, 0, extent)
  }
  static let rawIPv6 = LinkFormat(numbers: [229]) { _, _, extent throws(LengthError) in
    NetworkStart(0x86dd, 0, extent)
  }
}
