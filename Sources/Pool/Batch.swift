internal import Crypto
import Observations

/// A sensor: the first 63 bits of its public key's digest, so that nobody can take another's name.
public struct SensorID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The bits, as a number from 1 on.
  public let rawValue: Int64

  /// A sensor by its number; nil for what is none.
  public init?(rawValue: Int64) {
    guard rawValue > 0 else { return nil }
    self.rawValue = rawValue
  }

  /// The sensor that has a public key.
  public init(publicKey: [UInt8]) {
    let digest = Array(SHA256.hash(data: publicKey))
    let bits = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rawValue = max(1, Int64(bits >> 1))
  }

  /// 16 hexadecimal digits.
  public var description: String { hexadecimal(UInt64(bitPattern: rawValue)) }

  /// A sensor from its 16 hexadecimal digits; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count == 16, text.utf8.allSatisfy({ isHexadecimal($0) }),
      let bits = Int64(text, radix: 16)
    else { return nil }
    self.init(rawValue: bits)
  }

  /// By number.
  public static func < (a: SensorID, b: SensorID) -> Bool { a.rawValue < b.rawValue }
}

/// 16 lower-case hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

func isHexadecimal(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

/// What makes a batch that batch: whoever sends it again sends the same.
public struct BatchID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Whose batch it is.
  public var sensor: SensorID
  /// The sensor's own count, from 1 on; gaps are allowed.
  public var sequence: Int64

  /// A batch's identity.
  public init(sensor: SensorID, sequence: Int64) {
    self.sensor = sensor
    self.sequence = sequence
  }

  /// `sensor/sequence`.
  public var description: String { "\(sensor)/\(sequence)" }

  /// By sensor, then sequence.
  public static func < (a: BatchID, b: BatchID) -> Bool {
    (a.sensor, a.sequence) < (b.sensor, b.sequence)
  }
}

/// SHA-256 of an encoded batch.
public struct BatchDigest: Hashable, Sendable, CustomStringConvertible {
  /// 32 bytes.
  public let bytes: [UInt8]

  /// The digest of some bytes.
  public init(of encoded: [UInt8]) { bytes = Array(SHA256.hash(data: encoded)) }

  /// A digest as it was kept; nil where it has not 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// 64 hexadecimal digits.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Reports that a sensor submits together: numbered, and never changed once made.
///
/// The encoding is binary, in network order, and each batch has exactly one: what is signed, kept and
/// compared is bytes, and text would have many forms of one number. The first byte is the version.
public struct Batch: Hashable, Sendable {
  /// What identifies it.
  public var id: BatchID
  /// Its reports, in the order the sensor gave them; at least one, at most
  /// `PoolLimits.reportsOfBatch`.
  public var reports: [Report]

  /// A batch out of its parts; `problem` says whether it may be submitted.
  public init(id: BatchID, reports: [Report]) {
    self.id = id
    self.reports = reports
  }

  /// The version of the encoding.
  static let version: UInt8 = 1
  private static let mark: [UInt8] = [0x63, 0x75, 0x6c, 0x62]
  /// Mark, version, sensor, sequence and the number of reports.
  private static let headerBytes = 4 + 1 + 8 + 8 + 2

  /// What keeps this batch from being accepted; nil where nothing does.
  public var problem: BatchError? {
    do {
      _ = try Batch(encoded: encoded)
      return nil
    } catch { return error }
  }

  /// The canonical bytes.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(Batch.mark)
    writer.write(Batch.version)
    writer.write(id.sensor.rawValue)
    writer.write(id.sequence)
    writer.write(UInt16(clamping: reports.count))
    for report in reports { report.encode(into: &writer) }
    return writer.bytes
  }

  /// Reads canonical bytes; what is accepted encodes to the very same bytes again.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are no batch.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    guard bytes.count <= PoolLimits.bytesOfBatch else { throw .tooLong(bytes: bytes.count) }
    var reader = WireReader(bytes[...])
    guard try reader.raw(4).elementsEqual(Batch.mark) else { throw .notCanonical(offset: 0) }
    let version = try reader.number(UInt8.self)
    guard version == Batch.version else { throw .unknownVersion(version) }
    guard let sensor = SensorID(rawValue: try reader.number()) else {
      throw .notCanonical(offset: 5)
    }
    let sequence = try reader.number(Int64.self)
    guard sequence > 0 else { throw .notCanonical(offset: 13) }
    let count = try reader.count(most: PoolLimits.reportsOfBatch, each: Report.fewestBytes)
    guard count > 0 else { throw .notCanonical(offset: 21) }
    id = BatchID(sensor: sensor, sequence: sequence)
    reports = []
    for index in 0..<count { reports.append(try Report(from: &reader, index: index)) }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}

/// A batch with its sensor's signature, as it travels.
public struct SignedBatch: Hashable, Sendable {
  /// The canonical bytes of the batch.
  public let body: [UInt8]
  /// 64 bytes of Ed25519 (RFC 8032) over `context` and the body.
  public let signature: [UInt8]

  /// What stands before the body when it is signed, so that a signature made for a batch is good for
  /// nothing else.
  static let context = Array("culprit pool batch 1\n".utf8)
  static let signatureBytes = 64

  /// A batch's bytes with a signature that somebody else made.
  public init(body: [UInt8], signature: [UInt8]) {
    self.body = body
    self.signature = signature
  }

  /// Reads what travels: the body, then the signature.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are too few or too many.
  public init(bytes: [UInt8]) throws(BatchError) {
    guard bytes.count >= SignedBatch.signatureBytes else {
      throw .truncated(offset: bytes.count)
    }
    guard bytes.count <= PoolLimits.bytesOfBatch + SignedBatch.signatureBytes else {
      throw .tooLong(bytes: bytes.count)
    }
    body = Array(bytes.dropLast(SignedBatch.signatureBytes))
    signature = Array(bytes.suffix(SignedBatch.signatureBytes))
  }

  /// What travels.
  public var bytes: [UInt8] { body + signature }

  /// The digest that tells a batch sent again from another under its number.
  public var digest: BatchDigest { BatchDigest(of: body) }

  /// The sensor and the number that the bytes claim, before anything is checked: to find the key by.
  public var claimedID: BatchID? {
    var reader = WireReader(body[...])
    guard (try? reader.raw(5)) != nil,
      let sensor = (try? reader.number(Int64.self)).flatMap({ SensorID(rawValue: $0) }),
      let sequence = try? reader.number(Int64.self), sequence > 0
    else { return nil }
    return BatchID(sensor: sensor, sequence: sequence)
  }

  /// The batch, once its signature is found to be that of a sensor's key.
  ///
  /// - Parameter publicKey: the sensor's 32 bytes.
  /// - Returns: the batch.
  /// - Throws: `BatchError` where the signature, the sensor or the encoding is wrong.
  public func verified(by publicKey: [UInt8]) throws(BatchError) -> Batch {
    guard let claimed = claimedID else { throw .truncated(offset: body.count) }
    guard claimed.sensor == SensorID(publicKey: publicKey) else { throw .otherSensor }
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey),
      key.isValidSignature(signature, for: SignedBatch.context + body)
    else { throw .badSignature }
    return try Batch(encoded: body)
  }
}
