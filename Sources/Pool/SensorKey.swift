internal import Crypto
public import Observations

/// A sensor's Ed25519 key, with which it signs batches and names its targets.
public struct SensorKey: Sendable {
  private let seed: [UInt8]
  /// The 32 bytes that the pool is told.
  public let publicKey: [UInt8]
  /// The key of pseudonyms: derived, so that one file holds all that a sensor must keep.
  private let pseudonymKey: SymmetricKey

  /// A new key.
  public init() { self.init(Curve25519.Signing.PrivateKey()) }

  /// The key of 32 bytes kept secret; nil where they are none.
  public init?(seed: [UInt8]) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
    self.init(key)
  }

  private init(_ key: Curve25519.Signing.PrivateKey) {
    seed = Array(key.rawRepresentation)
    publicKey = Array(key.publicKey.rawRepresentation)
    pseudonymKey = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: seed), info: Array("culprit pool pseudonyms 1".utf8),
      outputByteCount: 32)
  }

  /// The 32 secret bytes, for the file that keeps them.
  public var secret: [UInt8] { seed }

  /// The sensor that has this key.
  public var sensor: SensorID { SensorID(publicKey: publicKey) }

  /// A target under the name that only this sensor can make.
  public func pseudonym(of target: Address) -> Pseudonym {
    var writer = WireWriter()
    writer.write(target)
    let code = HMAC<SHA256>.authenticationCode(for: writer.bytes, using: pseudonymKey)
    return Pseudonym(rawValue: code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A batch under this key's signature.
  ///
  /// - Parameters:
  ///   - sequence: the batch's number, above all earlier ones of this sensor.
  ///   - reports: what it holds.
  /// - Returns: the signed batch.
  /// - Throws: `BatchError` where the reports may not be submitted.
  public func sign(sequence: Int64, reports: [Report]) throws(BatchError) -> SignedBatch {
    let batch = Batch(id: BatchID(sensor: sensor, sequence: sequence), reports: reports)
    guard reports.count <= PoolLimits.reportsOfBatch else {
      throw .beyondBound(
        offset: 0, claimed: reports.count, most: PoolLimits.reportsOfBatch)
    }
    if let problem = batch.problem { throw problem }
    let body = batch.encoded
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let signature = try? key.signature(for: SignedBatch.context + body)
    else { throw .badSignature }
    return SignedBatch(body: body, signature: Array(signature))
  }
}
