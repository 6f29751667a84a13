internal import Compression
internal import Observations

extension ByteSource {
  /// Counts what was wrong with compressed bytes, at the place where what came out of them ends.
  func noteTrouble(in problems: inout ProblemLog, record: UInt64) {
    guard let trouble = compressionTrouble else { return }
    let anomaly: Anomaly =
      switch trouble.what {
      case .cut: .compressedCut
      case .damaged: .compressedDamaged
      case .trailing: .compressedTrailing
      }
    problems.note(anomaly, record: record, offset: trouble.at)
  }
}

extension CompressionTrouble {
  /// What is wrong, in words.
  var words: String {
    switch self {
    case .cut: "the compressed data end too early"
    case .damaged(let reason): "the compressed data are damaged: \(reason)"
    case .trailing: "something else follows the compressed data"
    }
  }
}

/// Names of files that are stored compressed.
enum CompressedName {
  /// The name without what only says that the file is compressed.
  static func plain(_ name: String) -> String {
    let lower = name.lowercased()
    guard
      let ending = CompressionKind.endings.first(where: {
        lower.hasSuffix($0) && lower.utf8.count > $0.utf8.count
      })
    else { return name }
    return String(name.dropLast(ending.count))
  }
}

extension EvidenceFile {
  /// Says of compressed bytes out of which nothing readable comes why; false for all others.
  mutating func refuseCompressed(_ source: ByteSource) -> Bool {
    guard let outer = source.compression else { return false }
    if source.count == 0, let trouble = source.compressionTrouble {
      format = "\(outer.rawValue)-compressed"
      refusal = "\(outer.rawValue)-compressed, and nothing comes out of it: \(trouble.what.words)"
      return true
    }
    guard let inner = source.withWindow({ CompressionKind.recognise($0) }) else { return false }
    format = "\(inner.rawValue)-compressed"
    refusal =
      "compressed twice (\(inner.rawValue) within \(outer.rawValue)): unpack it once; "
      + "one layer is read, not two"
    return true
  }
}
