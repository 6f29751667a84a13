import Analysis
import FoundationEssentials
import Reporting

/// An earlier report in a file.
enum EarlierAnalysis {
  /// Longer reports are refused: 1 GiB.
  private static let longest = 1 << 30

  /// What the report tells.
  static func read(_ path: String) throws -> Analysis {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch { throw CommandError.missing("\(path): \(Terminal.explain(error))") }
    guard data.count <= longest, let analysis = readReport([UInt8](data)) else {
      throw CommandError.data("\(path) is no report of culprit analyze --format json")
    }
    return analysis
  }
}
