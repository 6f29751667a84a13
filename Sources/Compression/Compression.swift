// Compression: bytes that were compressed, given back as they were. One file per kind, each over the
// system's library; `Decompressor` stands before all of them. Kinds are told by their first bytes,
// never by a name.
//
// Whatever a header claims, memory stays flat: windows and blocks are bounded by the libraries'
// limits, and output goes into the caller's buffer, however much there would be of it.

/// The kinds of compression that are read.
public enum CompressionKind: String, CaseIterable, Sendable {
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd
  /// The .xz format, version 1.
  case xz
  /// Julian Seward's format.
  case bzip2
  /// LZ4 frames, version 1.
  case lz4

  /// So many first bytes tell every kind.
  public static let tellingBytes = 64

  /// The kind that bytes begin with.
  ///
  /// - Parameter head: first bytes, `tellingBytes` of them where there are as many.
  /// - Returns: nil where they begin with none.
  public static func recognise(_ head: RawSpan) -> CompressionKind? {
    recognise(head, from: 0)
  }

  private static func recognise(_ head: RawSpan, from at: Int) -> CompressionKind? {
    func has(_ bytes: [UInt8]) -> Bool {
      head.byteCount - at >= bytes.count
        && bytes.indices.allSatisfy {
          unsafe head.unsafeLoad(fromByteOffset: at + $0, as: UInt8.self) == bytes[$0]
        }
    }
    func byte(_ place: Int) -> UInt8 {
      guard at + place < head.byteCount else { return 0 }
      return unsafe head.unsafeLoad(fromByteOffset: at + place, as: UInt8.self)
    }
    // Deflate is the only method; three flags are reserved.
    if has([0x1f, 0x8b, 8]), byte(3) & 0xe0 == 0 { return .gzip }
    if has([0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
    if has([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) { return .xz }
    if has([0x42, 0x5a, 0x68]), (0x31...0x39).contains(byte(3)) {
      // Behind the level stands a block, or the end of an empty stream.
      let block: [UInt8] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
      let end: [UInt8] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]
      for mark in [block, end] where (0..<6).allSatisfy({ byte(4 + $0) == mark[$0] }) {
        return .bzip2
      }
      return nil
    }
    if has([0x04, 0x22, 0x4d, 0x18]) { return .lz4 }
    // Frames to be skipped are common to zstd and LZ4: what follows them tells.
    if (0x50...0x5f).contains(byte(0)), byte(1) == 0x2a, byte(2) == 0x4d, byte(3) == 0x18 {
      let length = (0..<4).reduce(0) { $0 | Int(byte(4 + $1)) << (8 * $1) }
      return recognise(head, from: at + 8 + length) ?? .zstd
    }
    return nil
  }

  /// A decoder for the kind; nil where memory is short.
  func decoder() -> (any FrameDecoder)? {
    switch self {
    case .gzip: GzipDecoder()
    case .zstd: ZstdFrameDecoder()
    case .xz: XZDecoder()
    case .bzip2: Bzip2Decoder()
    case .lz4: LZ4Decoder()
    }
  }

  /// Endings that names of such files commonly have.
  public static let endings = [".gz", ".zst", ".xz", ".bz2", ".lz4"]
}

/// Why decompressing stopped before the end of the bytes.
public enum CompressionTrouble: Hashable, Sendable {
  /// The bytes end inside compressed data.
  case cut
  /// The compressed data contradict themselves, or their form; what the library says.
  case damaged(String)
  /// Behind the compressed data something else follows.
  case trailing
}

/// Decodes one member, stream or frame after the other.
protocol FrameDecoder: AnyObject {
  /// Decodes what fits.
  ///
  /// - Parameters:
  ///   - input: compressed bytes not yet taken.
  ///   - output: where the decoded bytes go; not empty.
  /// - Returns: how far that went; bytes made before some damage are good.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> FrameStep

  /// Makes ready for the next member; false where memory is short.
  func restart() -> Bool
}

/// One step of decoding.
struct FrameStep {
  /// Bytes taken of the input.
  var taken: Int
  /// Bytes made.
  var made: Int
  /// Whether the member has come to its end.
  var isEnd: Bool
  /// What the library says is wrong with the data.
  var damage: String?
}
