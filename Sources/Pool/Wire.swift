import Observations

/// Why bytes are no batch. No case carries anything out of the bytes but numbers.
public enum BatchError: Error, Hashable, Sendable {
  /// The bytes end before the value that begins at `offset`.
  case truncated(offset: Int)
  /// More bytes than a batch may have.
  case tooLong(bytes: Int)
  /// A version of the encoding that this program does not know.
  case unknownVersion(UInt8)
  /// A number of reports, ports or bytes beyond its bound.
  case beyondBound(offset: Int, claimed: Int, most: Int)
  /// A value that no sensor of ours writes: the encoding of each batch is unique.
  case notCanonical(offset: Int)
  /// Bytes behind the end.
  case trailing(bytes: Int)
  /// A report that contradicts itself, by its place in the batch.
  case badReport(index: Int, ReportProblem)
  /// The batch names another sensor than the one whose key was given.
  case otherSensor
  /// The signature is not that of the sensor's key over these bytes.
  case badSignature
}

/// Writes numbers in network order.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  init() { bytes.reserveCapacity(256) }

  mutating func write(_ raw: [UInt8]) { bytes.append(contentsOf: raw) }
  mutating func write(_ address: Address) {
    write(address.high)
    write(address.low)
  }

  /// A short text behind its length.
  mutating func write(short text: String) {
    let utf8 = Array(text.utf8.prefix(255))
    write(UInt8(utf8.count))
    write(utf8)
  }

  /// A number in as few bytes as it takes, seven bits each, the lowest first: for what a store keeps.
  mutating func write(small value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ measure: Double) { write(measure.bitPattern) }
}

/// Reads numbers in network order, never beyond the end and never allocating what bytes claim.
struct WireReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  var left: Int { bytes.endIndex - offset }

  mutating func number<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(BatchError) -> Value {
    let width = Value.bitWidth / 8
    guard left >= width else { throw .truncated(offset: offset) }
    var value: Value = 0
    for byte in bytes[offset..<offset + width] {
      value = (width > 1 ? value << 8 : 0) | Value(truncatingIfNeeded: byte)
    }
    offset += width
    return value
  }

  /// What `write(small:)` wrote.
  mutating func small() throws(BatchError) -> UInt64 {
    let start = offset
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = try number(UInt8.self)
      // Neither beyond 64 bits nor with zeros that nobody writes.
      guard shift < 63 || byte <= 1, byte != 0 || shift == 0 else {
        throw .notCanonical(offset: start)
      }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
  }

  /// A byte of bits, of which only some are used.
  mutating func bits(_ used: UInt8) throws(BatchError) -> UInt8 {
    let value = try number(UInt8.self)
    guard value & ~used == 0 else { throw .notCanonical(offset: offset - 1) }
    return value
  }

  mutating func raw(_ count: Int) throws(BatchError) -> ArraySlice<UInt8> {
    guard left >= count else { throw .truncated(offset: offset) }
    offset += count
    return bytes[offset - count..<offset]
  }

  mutating func address() throws(BatchError) -> Address {
    Address(high: try number(), low: try number())
  }

  /// A count of what follows, refused beyond a bound, and where the rest could not hold as many.
  mutating func count(most: Int, each size: Int) throws(BatchError) -> Int {
    let start = offset
    let claimed = Int(try number(UInt16.self))
    guard claimed <= most else {
      throw .beyondBound(offset: start, claimed: claimed, most: most)
    }
    guard claimed * size <= left else { throw .truncated(offset: start) }
    return claimed
  }

  /// Printable ASCII behind its length.
  mutating func short(most: Int) throws(BatchError) -> String {
    let start = offset
    let length = Int(try number(UInt8.self))
    guard length <= most else { throw .beyondBound(offset: start, claimed: length, most: most) }
    let text = try raw(length)
    guard text.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw .notCanonical(offset: start)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A finite number that is not negative; zero has but one form.
  mutating func measure() throws(BatchError) -> Double {
    let start = offset
    let value = Double(bitPattern: try number())
    guard value.isFinite, value >= 0, value.sign == .plus else {
      throw .notCanonical(offset: start)
    }
    return value
  }
}
