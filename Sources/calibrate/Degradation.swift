import Observations
import Simulation

/// A way in which evidence is worse than it could be: what calibration must hold under.
struct Degradation: Sendable {
  /// Stable name, as in the tables.
  let name: String
  /// What is done to the evidence, in a line.
  let meaning: String
  private let change: @Sendable ([SimulatedFile], Chance) -> [SimulatedFile]?

  /// The files as they are handed in; nil where the evidence has nothing of the kind.
  func degraded(_ files: [SimulatedFile], seed: UInt64) -> [SimulatedFile]? {
    change(files.filter { $0.name != "truth.json" }, Chance(seed: seed))
  }

  static let all: [Degradation] = [
    Degradation(name: "whole", meaning: "all of it") { files, _ in files },
    Degradation(name: "loss", meaning: "a fifth of the packets and lines is lost") {
      files, chance in
      files.map { $0.keeping { chance.share(of: $0) >= 0.2 } }
    },
    Degradation(name: "sampled", meaning: "one packet or line in four is kept") { files, _ in
      files.map { $0.keeping { $0 % 4 == 0 } }
    },
    Degradation(name: "first-half", meaning: "it ends in the middle") { files, _ in
      files.map { file in
        let half = file.units.count / 2
        return file.keeping { $0 < half }
      }
    },
    Degradation(name: "first-tenth", meaning: "it ends after a tenth") { files, _ in
      files.map { file in
        let tenth = max(1, file.units.count / 10)
        return file.keeping { $0 < tenth }
      }
    },
    Degradation(name: "headers", meaning: "packets are cut to 68 bytes") { files, _ in
      guard files.contains(where: { $0.capture != nil }) else { return nil }
      return files.map { $0.cut(to: 68) }
    },
    Degradation(name: "slow", meaning: "all of it takes eight times as long") { files, _ in
      // A log's stamps have second resolution: stretched, they would be another log.
      guard files.allSatisfy({ $0.capture != nil }) else { return nil }
      return files.map { $0.stretched(by: 8, 1) }
    },
    Degradation(name: "fast", meaning: "all of it takes a quarter of the time") { files, _ in
      guard files.allSatisfy({ $0.capture != nil }) else { return nil }
      return files.map { $0.stretched(by: 1, 4) }
    },
    Degradation(name: "one-piece", meaning: "only the first piece of evidence is at hand") {
      files, _ in files.count > 1 ? [files[0]] : nil
    },
    Degradation(name: "other-piece", meaning: "the first piece of evidence is missing") {
      files, _ in files.count > 1 ? Array(files.dropFirst()) : nil
    },
    Degradation(name: "mixed", meaning: "an ordinary office's capture is among it") {
      files, chance in
      let office = (Scenarios.named("ordinary")?.make(seed: chance.seed) ?? [])
        .filter { $0.name != "truth.json" }
        .map { SimulatedFile(name: "other-\($0.name)", bytes: $0.bytes) }
      return files + office
    },
  ]
}

/// Reproducible chance: a share for each number.
struct Chance: Sendable {
  let seed: UInt64

  /// 0 up to but not including 1.
  func share(of number: Int) -> Double {
    let mixed = Mixing.mix(UInt64(number) &* 0x9e37_79b9_7f4a_7c15 ^ Mixing.mix(seed))
    return Double(mixed >> 11) / Double(1 << 53)
  }
}

extension SimulatedFile {
  /// Where a capture's records lie, and its header; nil for what is no little-endian pcap.
  var capture: (header: Range<Int>, records: [Range<Int>])? {
    guard bytes.count >= 24, [0xa1, 0xb2].contains(bytes[3]), bytes[0] == 0xd4 || bytes[0] == 0x4d
    else { return nil }
    var records: [Range<Int>] = []
    var at = 24
    while at + 16 <= bytes.count {
      let end = at + 16 + Int(word(at + 8))
      guard end <= bytes.count else { break }
      records.append(at..<end)
      at = end
    }
    return (0..<24, records)
  }

  /// Packets, or lines with their ends; a binary file that is no capture is one piece.
  var units: [Range<Int>] {
    if let capture { return capture.records }
    if bytes.contains(0) { return [0..<bytes.count] }
    var lines: [Range<Int>] = []
    var start = 0
    for (at, byte) in bytes.enumerated() where byte == 0x0a {
      lines.append(start..<at + 1)
      start = at + 1
    }
    if start < bytes.count { lines.append(start..<bytes.count) }
    return lines
  }

  /// The file with only those of its packets or lines that a condition on their number keeps.
  func keeping(_ condition: (Int) -> Bool) -> SimulatedFile {
    var kept = capture.map { Array(bytes[$0.header]) } ?? []
    for (number, unit) in units.enumerated() where condition(number) { kept += bytes[unit] }
    return SimulatedFile(name: name, bytes: kept)
  }

  /// A capture with its packets cut to so many bytes; any other file as it is.
  func cut(to length: Int) -> SimulatedFile {
    guard let capture else { return self }
    var made = Array(bytes[capture.header])
    for record in capture.records {
      let kept = min(length, record.count - 16)
      made += bytes[record.lowerBound..<record.lowerBound + 8]
      made += SimulatedFile.octets(UInt32(kept))
      made += bytes[record.lowerBound + 12..<record.lowerBound + 16 + kept]
    }
    return SimulatedFile(name: name, bytes: made)
  }

  /// A capture whose times lie `factor`/`divisor` as far from its first.
  func stretched(by factor: Int, _ divisor: Int) -> SimulatedFile {
    guard let capture, let first = capture.records.first else { return self }
    let unit = bytes[0] == 0x4d ? 1_000_000_000 : 1_000_000
    func time(_ at: Int) -> Int { Int(word(at)) * unit + Int(word(at + 4)) }
    let start = time(first.lowerBound)
    var made = bytes
    for record in capture.records {
      let moved = start + (time(record.lowerBound) - start) * factor / divisor
      let at = record.lowerBound
      made.replaceSubrange(at..<at + 4, with: SimulatedFile.octets(UInt32(moved / unit)))
      made.replaceSubrange(at + 4..<at + 8, with: SimulatedFile.octets(UInt32(moved % unit)))
    }
    return SimulatedFile(name: name, bytes: made)
  }

  private func word(_ at: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
  }

  private static func octets(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
}
