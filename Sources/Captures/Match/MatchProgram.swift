internal import CPcap

/// A filter expression compiled by libpcap for one kind of link. Immutable once made.
@safe final class MatchProgram: @unchecked Sendable {
  /// Bytes of a frame that a program may look at: all.
  private static let snapLength: CInt = 262_144

  /// The libpcap's words for what it cannot compile.
  struct Refusal: Error, Sendable {
    /// As libpcap says it.
    var words: String
  }

  // Made and freed here alone; after `init` it is only read.
  private var program = unsafe bpf_program()

  /// Compiles an expression.
  ///
  /// - Parameters:
  ///   - text: the expression, which names no hosts (see `MatchWords`).
  ///   - link: the number of the link type in files (LINKTYPE_).
  /// - Throws: `Refusal` where it does not compile for this link.
  init(_ text: String, link: UInt32) throws(Refusal) {
    guard let handle = unsafe pcap_open_dead(MatchProgram.kind(link), MatchProgram.snapLength)
    else { throw Refusal(words: "libpcap is out of memory") }
    defer { unsafe pcap_close(handle) }
    // PCAP_NETMASK_UNKNOWN: `ip broadcast` needs a mask, which a file does not have, and is refused.
    let status = unsafe pcap_compile(handle, &program, text, 1, 0xffff_ffff)
    guard status == 0 else {
      throw Refusal(words: unsafe String(cString: pcap_geterr(handle)))
    }
  }

  deinit { unsafe pcap_freecode(&program) }

  /// Whether a frame satisfies the expression, as libpcap's interpreter says.
  ///
  /// - Parameters:
  ///   - frame: what was captured of it.
  ///   - wire: its length as it was sent.
  /// - Returns: whether it does.
  func accepts(_ frame: RawSpan, wire: Int) -> Bool {
    var header = pcap_pkthdr()
    header.caplen = UInt32(clamping: frame.byteCount)
    header.len = UInt32(clamping: wire)
    return unsafe frame.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      // The interpreter reads no further than `caplen`, and none of it is kept.
      return unsafe withUnsafePointer(to: &program) { code in
        unsafe pcap_offline_filter(
          code, &header, start.assumingMemoryBound(to: UInt8.self)) != 0
      }
    }
  }

  /// The program's instructions, for `MatchInterpreter`.
  var instructions: [MatchInstruction] {
    // libpcap gives as many as it says.
    (0..<Int(unsafe program.bf_len)).map { number in
      let code = unsafe program.bf_insns[number]
      return MatchInstruction(code: code.code, onTrue: code.jt, onFalse: code.jf, constant: code.k)
    }
  }

  /// The number by which libpcap knows a link: that of files, but for a few old ones.
  private static func kind(_ link: UInt32) -> CInt {
    switch link {
    case 100: 11  // RFC 1483 ATM
    case 101: 12  // raw IP
    case 102: 15  // SLIP of BSD/OS
    case 103: 16  // PPP of BSD/OS
    case 106: 19  // classical IP over ATM
    case 246: 18  // pfsync
    default: CInt(clamping: link)
    }
  }
}

/// One instruction of classic BPF.
struct MatchInstruction: Equatable, Sendable {
  /// What is to be done.
  var code: UInt16
  /// How many instructions are passed over where a comparison holds.
  var onTrue: UInt8
  /// The same where it does not.
  var onFalse: UInt8
  /// The operand.
  var constant: UInt32
}
