import Simulation
import Testing

/// A packet as this tiny reader, which shares nothing with the code under test, sees it.
struct SeenPacket {
  var microseconds: Int64
  var wireLength: Int
  var frame: [UInt8]

  var isIPv4: Bool { frame.count >= 34 && word(12) == 0x0800 }
  var transport: UInt8 { isIPv4 ? frame[23] : 0 }
  var identification: UInt16 { word(18) }
  var source: UInt32 { address(26) }
  var destination: UInt32 { address(30) }
  var sourcePort: UInt16 { word(34) }
  var destinationPort: UInt16 { word(36) }
  /// What follows the IP header, without link padding.
  var segment: [UInt8] { Array(frame[34..<(14 + Int(word(16)))]) }
  var payloadOfUDP: [UInt8] { Array(segment.dropFirst(8)) }
  var sourceMAC: [UInt8] { Array(frame[6..<12]) }

  func word(_ at: Int) -> UInt16 { UInt16(frame[at]) << 8 | UInt16(frame[at + 1]) }
  func address(_ at: Int) -> UInt32 { UInt32(word(at)) << 16 | UInt32(word(at + 2)) }

  /// Whether every checksum of the packet verifies; the packet must be whole.
  var checksumsHold: Bool {
    guard isIPv4 else { return true }
    guard ones(Array(frame[14..<34])) == 0xffff else { return false }
    let segment = segment
    let pseudo =
      Array(frame[26..<34]) + [0, transport, UInt8(segment.count >> 8), UInt8(segment.count & 255)]
    switch transport {
    case 1: return ones(segment) == 0xffff
    case 6: return ones(pseudo + segment) == 0xffff
    case 17: return Int(word(38)) == segment.count && ones(pseudo + segment) == 0xffff
    default: return false
    }
  }
}

/// The one's complement sum of 16-bit words.
func ones(_ bytes: [UInt8]) -> Int {
  var sum = 0
  for (index, byte) in bytes.enumerated() { sum += Int(byte) << (index % 2 == 0 ? 8 : 0) }
  while sum > 0xffff { sum = sum % 0x10000 + sum / 0x10000 }
  return sum
}

/// All packets of a little-endian microsecond pcap; a wrong length anywhere is a failed expectation.
func packets(of file: SimulatedFile) throws -> [SeenPacket] {
  let bytes = file.bytes
  func number(_ at: Int) -> Int {
    Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16 | Int(bytes[at + 3]) << 24
  }
  try #require(bytes.count >= 24 && number(0) == 0xa1b2_c3d4 && number(20) == 1)
  let snapLength = number(16)
  var found: [SeenPacket] = []
  var at = 24
  while at < bytes.count {
    try #require(at + 16 <= bytes.count)
    let (kept, wire) = (number(at + 8), number(at + 12))
    try #require(kept == min(wire, snapLength) && at + 16 + kept <= bytes.count)
    try #require(number(at + 4) < 1_000_000)
    found.append(
      SeenPacket(
        microseconds: Int64(number(at)) * 1_000_000 + Int64(number(at + 4)), wireLength: wire,
        frame: Array(bytes[(at + 16)..<(at + 16 + kept)])))
    at += 16 + kept
  }
  return found
}

func file(_ name: String, in files: [SimulatedFile]) throws -> SimulatedFile {
  try #require(files.first { $0.name == name })
}

func lines(of file: SimulatedFile) -> [String] {
  file.bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
}

/// The first value of a key in `truth.json`, as text without quotes; keys are looked for in `section`
/// where that is given.
func truth(_ key: String, in files: [SimulatedFile], section: String? = nil) throws -> String {
  var inside = section == nil
  for line in lines(of: try file("truth.json", in: files)) {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { continue }
    let name = parts[0].filter { $0 != " " && $0 != "\"" }
    if name == section { inside = true }
    if inside, name == key {
      return parts[1].trimmed
    }
  }
  throw MissingTruth(key: key)
}

func truthNumber(_ key: String, in files: [SimulatedFile], section: String? = nil) throws -> Int {
  try #require(Int(try truth(key, in: files, section: section)))
}

struct MissingTruth: Error { let key: String }

extension Substring {
  fileprivate var trimmed: String {
    String(filter { $0 != "\"" && $0 != "," }.drop { $0 == " " })
  }
}

func scenario(_ id: String) throws -> Scenario { try #require(Scenarios.named(id)) }
