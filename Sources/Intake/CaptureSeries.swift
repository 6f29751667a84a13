public import Observations

/// Captures that one program wrote one after the other, as their names say: `dump.pcap0` and
/// `dump.pcap1` (tcpdump -C, -W), `trace_00001_20260101120000.pcap` (dumpcap -b), `lan.pcap.3`, or
/// names with a date and time (tcpdump -G).
public struct CaptureSeries: Sendable {
  /// A file of the series.
  public struct Member: Sendable {
    /// The file.
    public let file: EvidenceFile
    /// The time of its first packets.
    public let first: Timestamp
  }
  /// The files, in order of their first packets.
  public let members: [Member]
  /// Numbers in the names that are missing between the first and the last; the first few.
  public let missing: [Int]
  /// How many numbers are kept of those missing.
  static let mostMissing = 5
}

extension OpenedEvidence {
  /// The series that captures form, each with at least two files.
  public var captureSeries: [CaptureSeries] {
    var names: [String: [(file: EvidenceFile, number: Int?)]] = [:]
    for file in files where file.kind == .capture && file.source == nil {
      guard let name = CaptureName(path: file.path) else { continue }
      names[name.series, default: []].append((file, name.number))
    }
    return names.keys.sorted().compactMap { series in
      let found = names[series] ?? []
      // A name without number or date is part of a series only where others have one.
      guard found.count > 1 else { return nil }
      let members = found.compactMap { entry in
        beginning(of: entry.file).map { CaptureSeries.Member(file: entry.file, first: $0) }
      }.sorted { ($0.first, $0.file.path) < ($1.first, $1.file.path) }
      guard members.count > 1 else { return nil }
      return CaptureSeries(members: members, missing: missing(found.compactMap(\.number)))
    }
  }

  private func missing(_ numbers: [Int]) -> [Int] {
    guard let first = numbers.min(), let last = numbers.max(), last - first < 100_000 else {
      return []
    }
    let known = Set(numbers)
    return Array(
      (first...last).lazy.filter { !known.contains($0) }.prefix(CaptureSeries.mostMissing))
  }
}

/// Where a capture stands in a series, by its name alone.
struct CaptureName {
  /// What the names of a series have in common, with the folder.
  let series: String
  /// The number that its program gave it; nil where the name has a time, or nothing.
  let number: Int?

  /// Endings of captures, in small letters.
  private static let endings = ["pcap", "pcapng", "cap", "dmp", "dump", "snoop", "erf", "trc"]

  init?(path: String) {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let folder = path[..<cut]
    let name = CompressedName.plain(String(path[cut...]))
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let (base, ending) = (name[..<dot], name[name.index(after: dot)...])
    let letters = ending.lowercased().prefix { $0.isLetter }
    let digits = ending.dropFirst(letters.count)
    if CaptureName.endings.contains(String(letters)), digits.allSatisfy(\.isASCIIDigit) {
      if digits.isEmpty, let dated = CaptureName.dated(base) {
        (series, number) = (folder + dated.base + "*." + letters, dated.number)
      } else {
        // `dump.pcap`, `dump.pcap1`: the first has no number.
        (series, number) = (folder + base + "." + letters, digits.isEmpty ? nil : Int(digits))
      }
      return
    }
    // `lan.pcap.3`.
    guard (1...6) ~= ending.count, ending.allSatisfy(\.isASCIIDigit),
      let inner = base.lastIndex(of: "."),
      CaptureName.endings.contains(base[base.index(after: inner)...].lowercased())
    else { return nil }
    (series, number) = (folder + base.lowercased(), Int(ending))
  }

  /// A base without the number and the time that it ends with; nil where it ends with no time.
  private static func dated(_ base: Substring) -> (base: String, number: Int?)? {
    var rest = base
    var digits = 0
    while let last = rest.last, last.isASCIIDigit || (digits > 0 && "-_.:T".contains(last)) {
      if last.isASCIIDigit { digits += 1 }
      // A joint belongs to the time only between two of its numbers.
      if !last.isASCIIDigit, rest.dropLast().last?.isASCIIDigit != true { break }
      rest = rest.dropLast()
      if digits == 14 { break }
    }
    guard [8, 10, 12, 14].contains(digits) else { return nil }
    let joint = rest.last.map { "-_.".contains($0) } ?? false
    let before = joint ? rest.dropLast() : rest
    let number = before.reversed().prefix { $0.isASCIIDigit }.count
    guard joint, number == 5, before.dropLast(5).last == "_" else { return (String(rest), nil) }
    return (String(before.dropLast(6)), Int(before.suffix(5)))
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
