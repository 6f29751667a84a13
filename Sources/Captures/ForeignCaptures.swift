/// A capture of a kind that is not read, and what turns it into one that is.
public struct ForeignCapture: Hashable, Sendable {
  /// What people call it.
  public let name: String
  /// What the user can do, in words.
  public let advice: String

  /// Files that Wireshark's converter reads.
  fileprivate static func editcap(_ name: String) -> ForeignCapture {
    ForeignCapture(
      name: name, advice: "convert it first: editcap -F pcapng THIS_FILE OUT.pcapng")
  }

  fileprivate static let windowsTrace = ForeignCapture(
    name: "a Windows event trace (.etl)",
    advice:
      "convert it first: etl2pcapng THIS_FILE OUT.pcapng, or on Windows itself "
      + "pktmon etl2pcap THIS_FILE (netsh trace convert gives text without the packets)")
}

extension CaptureFormats {
  /// The kind of a capture that is not read.
  ///
  /// - Parameter head: the first bytes of the evidence.
  /// - Returns: nil where it does not look like one.
  public static func foreign(_ head: RawSpan) -> ForeignCapture? {
    if isWindowsTrace(head) { return .windowsTrace }
    return signatures.first { signature in
      signature.bytes.count <= head.byteCount
        && signature.bytes.indices.allSatisfy { head.u8($0) == signature.bytes[$0] }
    }.map { .editcap($0.name) }
  }

  /// The kind that a file's name promises, for one that was not recognised by its content.
  ///
  /// - Parameter name: the file's name, with its ending.
  /// - Returns: nil where it promises none.
  public static func foreign(named name: String) -> ForeignCapture? {
    name.lowercased().hasSuffix(".etl") ? .windowsTrace : nil
  }

  /// A buffer of the event tracing of Windows begins with its size and how much of it is used; its
  /// first event is the trace's own header, behind 72 bytes.
  private static func isWindowsTrace(_ head: RawSpan) -> Bool {
    guard head.byteCount >= 80 else { return false }
    let (size, used) = (head.littleU32(0), head.littleU32(4))
    // A system event's header, version 2, for either word size; of the trace's own group and type.
    return (1_024...16 << 20) ~= size && size % 1_024 == 0 && (72...size) ~= used
      && head.littleU16(72) == 2 && (1...2) ~= head.u8(74) && head.u8(75) == 0xc0
      && head.littleU16(78) == 0
  }

  /// What files begin with.
  private static let signatures: [(name: String, bytes: [UInt8])] = [
    ("a Sniffer capture (DOS)", Array("TRSNIFF data    \u{1a}".utf8)),
    ("a Sniffer or NetXray capture (Windows)", [0x58, 0x43, 0x50, 0x00]),
    ("a NetXray capture (Windows)", Array("VL\0\0".utf8)),
    ("a Visual Networks capture", [0x05, 0x56, 0x4e, 0x46]),
    ("a 5View capture", [0xaa, 0xaa, 0xaa, 0xaa, 0x20, 0, 0, 0]),
    ("an Observer capture", Array("ObserverPktBufferVersion=".utf8)),
    ("a LANalyzer capture", [0x01, 0x10, 0x4c, 0x00, 0x01, 0x05]),
    ("an HP-UX nettl trace", [0x54, 0x52, 0x00, 0x64]),
    ("an EtherPeek or OmniPeek capture", [0x7f, 0x76, 0x65, 0x72]),
    ("a btsnoop capture", Array("btsnoop\0".utf8)),
    ("a RADCOM capture", [0x42, 0xd2, 0x00, 0x34, 0x12, 0x66, 0x22, 0x88]),
    ("a Tektronix K12 capture", [0x00, 0x00, 0x02, 0x00, 0x12, 0x05, 0x00, 0x10]),
  ]
}
