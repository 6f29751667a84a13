/// A number that may only be known within bounds, as where a log drops lines above a rate.
public struct Bound: Hashable, Sendable {
  /// The least it can be.
  public var low: Double
  /// The most it can be.
  public var high: Double
  /// An interval; `low` and `high` are equal for an exact number.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// One named value of a finding.
public enum FindingValue: Hashable, Sendable {
  /// A count or a code.
  case integer(Int)
  /// A measure; the unit is in its name, else it is a share of 0...1.
  case number(Double)
  /// A word or sentence of this program's own, never text out of the evidence.
  case text(String)
  /// Yes or no.
  case flag(Bool)
  /// A point in time.
  case time(Timestamp)
  /// A number known within bounds only.
  case bound(Bound)

  /// The value as a number where it is one (a flag is 0 or 1, a bound its low end); nil otherwise.
  public var numeric: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .flag(let value): value ? 1 : 0
    case .bound(let value): value.low
    case .text, .time: nil
    }
  }
}

/// A record in a piece of evidence.
public struct EvidenceReference: Hashable, Comparable, Sendable {
  /// The evidence as the user named it.
  public var path: String
  /// Record number from 1, as `Place`.
  public var record: UInt64
  /// Byte offset, as `Place`.
  public var offset: UInt64

  /// A reference out of its parts.
  public init(path: String, record: UInt64, offset: UInt64) {
    self.path = path
    self.record = record
    self.offset = offset
  }

  /// By path, then record, then offset.
  public static func < (a: EvidenceReference, b: EvidenceReference) -> Bool {
    (a.path, a.record, a.offset) < (b.path, b.record, b.offset)
  }
}

/// What findings and incidents are about.
public enum Subject: Hashable, Comparable, Sendable {
  /// One IP address.
  case address(Address)
  /// The sender's hardware address, in the low 48 bits: where the source address is forged.
  case mac(UInt64)
  /// An address block.
  case network(Prefix)
  /// A port, whoever sends to it.
  case port(transport: Transport, number: UInt16)

  /// `address`, `mac`, `network` or `port`, as in the JSON contract.
  public var kind: String {
    switch self {
    case .address: "address"
    case .mac: "mac"
    case .network: "network"
    case .port: "port"
    }
  }

  /// The value as text, as in the JSON contract.
  public var value: String {
    switch self {
    case .address(let address): address.description
    case .mac(let bits):
      (0..<6).map { i in
        let octet = UInt8(truncatingIfNeeded: bits >> UInt64(40 - 8 * i))
        return (octet < 16 ? "0" : "") + String(octet, radix: 16)
      }.joined(separator: ":")
    case .network(let prefix): prefix.description
    case .port(let transport, let number): "\(transport)/\(number)"
    }
  }

  private var order: (Int, String) {
    switch self {
    case .address: (0, "")
    case .mac: (1, value)
    case .network: (2, value)
    case .port: (3, value)
    }
  }

  /// Addresses first, by value; then the other kinds by their text.
  public static func < (a: Subject, b: Subject) -> Bool {
    if case .address(let x) = a, case .address(let y) = b { return x < y }
    return a.order < b.order
  }
}

/// What a detector states about a subject, with numbers and references into the evidence.
public struct Finding: Hashable, Sendable {
  /// What kind of statement this is; see `FindingKind`.
  public var kind: FindingKind
  /// One sentence in plain words, without a trailing stop. Built from numbers only, never from log
  /// text.
  public var summary: String
  /// The numbers by name; names are part of the JSON contract and of the articles' conditions.
  public var values: [String: FindingValue]
  /// Records behind it.
  public var count: Int
  /// The first five and the last of them.
  public var evidence: [EvidenceReference]

  /// A finding out of its parts.
  public init(
    kind: FindingKind, summary: String, values: [String: FindingValue], count: Int,
    evidence: [EvidenceReference]
  ) {
    self.kind = kind
    self.summary = summary
    self.values = values
    self.count = count
    self.evidence = evidence
  }
}
