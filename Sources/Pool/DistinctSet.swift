internal import Glibc
public import Observations

/// How many different things were met: exact up to 64, then an estimate with a standard error of
/// 1.6 % (HyperLogLog of 4,096 registers, Flajolet et al. 2007; estimated after Ertl 2017).
///
/// Putting two of them together gives what one would be that met all of both, in any order.
public struct DistinctSet: Hashable, Sendable {
  /// The most that are counted exactly.
  public static let exactUpTo = 64
  private static let indexBits: UInt64 = 12
  private static let registers = 1 << 12
  /// A register's value is the place of the first one in the bits behind the index.
  private static let most = 64 - 12 + 1

  /// Hashes, ascending, while there are few.
  private var few: [UInt64] = []
  /// Registers, once there are many; else empty.
  private var many: [UInt8] = []

  /// Nothing yet.
  public init() {}

  /// Whether nothing was met.
  public var isEmpty: Bool { few.isEmpty && many.isEmpty }

  /// How many were met.
  public var count: DistinctCount {
    guard many.isEmpty else {
      return DistinctCount(value: UInt64(estimate.rounded()), isExact: false)
    }
    return DistinctCount(value: UInt64(few.count), isExact: true)
  }

  /// Notes a thing by a well-mixed hash of it.
  public mutating func insert(hash: UInt64) {
    guard many.isEmpty else { return raise(hash) }
    var (low, high) = (0, few.count)
    while low < high {
      let middle = (low + high) / 2
      if few[middle] < hash { low = middle + 1 } else { high = middle }
    }
    if low < few.count, few[low] == hash { return }
    few.insert(hash, at: low)
    if few.count > DistinctSet.exactUpTo { becomeMany() }
  }

  /// Notes an address.
  public mutating func insert(_ address: Address) {
    insert(hash: Mixing.mix(Mixing.hash(address)))
  }

  /// Notes a sensor.
  public mutating func insert(_ sensor: SensorID) {
    insert(hash: Mixing.mix(UInt64(bitPattern: sensor.rawValue) ^ 0x7365_6e73_6f72_0001))
  }

  /// Notes a block.
  public mutating func insert(_ network: Prefix) { insert(hash: network.hash) }

  /// Notes a service.
  public mutating func insert(_ service: Service) { insert(hash: service.hash) }

  /// Notes all that another set met.
  public mutating func formUnion(_ other: DistinctSet) {
    if other.many.isEmpty {
      for hash in other.few { insert(hash: hash) }
      return
    }
    if many.isEmpty { becomeMany() }
    raise(other.many.span)
  }

  /// Raises all registers to those of another set.
  private mutating func raise(_ other: Span<UInt8>) {
    guard other.count == many.count else { return }
    var own = many.mutableSpan
    for index in own.indices {
      unsafe own[unchecked: index] = max(own[unchecked: index], other[unchecked: index])
    }
  }

  private mutating func becomeMany() {
    let hashes = few
    few = []
    many = Array(repeating: 0, count: DistinctSet.registers)
    for hash in hashes { raise(hash) }
  }

  private mutating func raise(_ hash: UInt64) {
    let index = Int(hash >> (64 - DistinctSet.indexBits))
    // The set bit keeps the run within the bits that are left.
    let rest = hash << DistinctSet.indexBits | 1 << (DistinctSet.indexBits - 1)
    many[index] = max(many[index], UInt8(rest.leadingZeroBitCount + 1))
  }

  private var estimate: Double {
    let m = Double(DistinctSet.registers)
    var multiplicities = [Double](repeating: 0, count: DistinctSet.most + 1)
    for register in many { multiplicities[Int(register)] += 1 }
    var z = m * DistinctSet.tau(1 - multiplicities[DistinctSet.most] / m)
    for value in stride(from: DistinctSet.most - 1, through: 1, by: -1) {
      z = 0.5 * (z + multiplicities[value])
    }
    z += m * DistinctSet.sigma(multiplicities[0] / m)
    return m * m / (2 * log(2) * z)
  }

  private static func sigma(_ share: Double) -> Double {
    guard share < 1 else { return .infinity }
    var (x, y, z) = (share, 1.0, share)
    while true {
      x *= x
      let before = z
      z += x * y
      y += y
      if z == before { return z }
    }
  }

  private static func tau(_ share: Double) -> Double {
    guard share > 0, share < 1 else { return 0 }
    var (x, y, z) = (share, 1.0, 1 - share)
    while true {
      x = x.squareRoot()
      let before = z
      y *= 0.5
      z -= (1 - x) * (1 - x) * y
      if z == before { return z / 3 }
    }
  }
}

extension Prefix {
  /// A well-mixed hash.
  var hash: UInt64 { Mixing.mix(Mixing.hash(base) ^ UInt64(length + 1) << 48) }
}

extension Service {
  /// A well-mixed hash.
  var hash: UInt64 {
    Mixing.mix(UInt64(transport.rawValue) << 16 | UInt64(port) | 0x7372_7600 << 32)
  }
}

extension DistinctSet {
  private static let sparseMark: UInt8 = 254
  private static let denseMark: UInt8 = 255

  /// As it is stored: hashes while there are few, else the registers that are not zero, else all.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    encode(into: &writer)
    return writer.bytes
  }

  func encode(into writer: inout WireWriter) {
    guard !many.isEmpty else {
      writer.write(UInt8(few.count))
      for hash in few { writer.write(hash) }
      return
    }
    let filled = many.count { $0 != 0 }
    guard filled * 3 < many.count else {
      writer.write(DistinctSet.denseMark)
      writer.write(many)
      return
    }
    writer.write(DistinctSet.sparseMark)
    writer.write(UInt16(filled))
    for (index, register) in many.enumerated() where register != 0 {
      writer.write(UInt16(index))
      writer.write(register)
    }
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    self = try DistinctSet(from: &reader)
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }

  /// Notes all that another set met, which is read.
  mutating func formUnion(from reader: inout WireReader) throws(BatchError) {
    let other = try DistinctSet(from: &reader)
    if isEmpty { self = other } else { formUnion(other) }
  }

  /// Passes over a set.
  static func skip(from reader: inout WireReader) throws(BatchError) {
    let start = reader.offset
    let mark = try reader.number(UInt8.self)
    switch mark {
    case ...UInt8(exactUpTo): _ = try reader.raw(8 * Int(mark))
    case sparseMark: _ = try reader.raw(3 * reader.count(most: registers, each: 3))
    case denseMark: _ = try reader.raw(registers)
    default: throw .notCanonical(offset: start)
    }
  }

  init(from reader: inout WireReader) throws(BatchError) {
    let start = reader.offset
    let mark = try reader.number(UInt8.self)
    switch mark {
    case ...UInt8(DistinctSet.exactUpTo):
      few.reserveCapacity(Int(mark))
      for _ in 0..<mark {
        let hash: UInt64 = try reader.number()
        if let last = few.last, last >= hash { throw .notCanonical(offset: start) }
        few.append(hash)
      }
    case DistinctSet.sparseMark:
      many = Array(repeating: 0, count: DistinctSet.registers)
      for _ in 0..<(try reader.count(most: DistinctSet.registers, each: 3)) {
        let index = Int(try reader.number(UInt16.self))
        guard index < many.count else { throw .notCanonical(offset: start) }
        many[index] = try reader.number()
      }
    case DistinctSet.denseMark: many = Array(try reader.raw(DistinctSet.registers))
    default: throw .notCanonical(offset: start)
    }
    guard many.allSatisfy({ Int($0) <= DistinctSet.most }) else {
      throw .notCanonical(offset: start)
    }
  }
}
