import Detection
public import Observations

extension Report {
  /// The fewest bytes of an encoded report.
  static let fewestBytes = 73

  /// Bits of the byte that says which optional parts follow.
  private enum Part {
    static let morePorts: UInt8 = 1
    static let mayBeForged: UInt8 = 2
    static let pattern: UInt8 = 4
    static let verdict: UInt8 = 8
    static let message: UInt8 = 16
    static let code: UInt8 = 32
    static let all: UInt8 = 63
  }

  private var parts: UInt8 {
    (morePorts ? Part.morePorts : 0) | (mayBeForged ? Part.mayBeForged : 0)
      | (pattern != nil ? Part.pattern : 0) | (verdict != nil ? Part.verdict : 0)
      | (shape.icmp != nil ? Part.message : 0) | (shape.icmp?.code != nil ? Part.code : 0)
  }

  /// The report's canonical bytes, as they stand in a batch.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    encode(into: &writer)
    return writer.bytes
  }

  func encode(into writer: inout WireWriter) {
    writer.write(subject)
    writer.write(parts)
    writer.write(shape.transport.rawValue)
    writer.write(shape.direction.code)
    writer.write(shape.manner.rawValue)
    if let message = shape.icmp {
      writer.write(message.type)
      if let code = message.code { writer.write(code) }
    }
    writer.write(first.wholeSeconds)
    writer.write(UInt32(truncatingIfNeeded: last.wholeSeconds - first.wholeSeconds))
    for number in [packets.low, packets.high, targets.low, targets.high] { writer.write(number) }
    writer.write(vantage.rawValue)
    writer.write(UInt16(truncatingIfNeeded: ports.count))
    for port in ports { writer.write(port) }
    writer.write(UInt16(truncatingIfNeeded: pseudonyms.count))
    for pseudonym in pseudonyms { writer.write(pseudonym.rawValue) }
    writer.write(short: knowledge)
    if let verdict {
      writer.write(short: verdict.article)
      writer.write(verdict.posterior)
    }
    pattern?.encode(into: &writer)
  }

  /// Reads a report's canonical bytes.
  ///
  /// - Parameter bytes: exactly one report.
  /// - Throws: `BatchError` where they are anything else.
  public init(encoded bytes: ArraySlice<UInt8>) throws(BatchError) {
    var reader = WireReader(bytes)
    self = try Report(from: &reader, index: 0)
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }

  /// Reads a stored report without its pattern, which is its last part and the largest: sums of sources have
  /// no use for it.
  ///
  /// - Parameter bytes: what `encoded` made.
  /// - Throws: `BatchError` where they are anything else.
  public init(encodedWithoutPattern bytes: ArraySlice<UInt8>) throws(BatchError) {
    var reader = WireReader(bytes)
    self = try Report(from: &reader, index: 0, withPattern: false)
  }

  init(
    from reader: inout WireReader, index: Int, withPattern: Bool = true
  ) throws(BatchError) {
    let subject = try reader.address()
    let start = reader.offset
    let parts = try reader.number(UInt8.self)
    guard parts & ~Part.all == 0, parts & Part.code == 0 || parts & Part.message != 0 else {
      throw .notCanonical(offset: start)
    }
    let shape = try Report.shape(from: &reader, parts: parts)
    let first = Timestamp(seconds: try reader.number())
    let length = Int64(try reader.number(UInt32.self))
    let packets = CountRange(low: try reader.number(), high: try reader.number())
    let targets = CountRange(low: try reader.number(), high: try reader.number())
    let vantage = Vantage(rawValue: try reader.number())
    var ports: [UInt16] = []
    for _ in 0..<(try reader.count(most: PoolLimits.portsOfReport, each: 2)) {
      ports.append(try reader.number())
    }
    var pseudonyms: [Pseudonym] = []
    for _ in 0..<(try reader.count(most: PoolLimits.pseudonymsOfReport, each: 8)) {
      pseudonyms.append(Pseudonym(rawValue: try reader.number()))
    }
    let knowledge = try reader.short(most: PoolLimits.knowledgeBytes)
    var verdict: SensorVerdict?
    if parts & Part.verdict != 0 {
      let article = try reader.short(most: PoolLimits.articleBytes)
      verdict = SensorVerdict(article: article, posterior: 0)
      verdict?.posterior = try reader.number()
    }
    let pattern =
      withPattern && parts & Part.pattern != 0
      ? try Pattern(from: &reader, shape.transport) : nil
    self.init(
      subject: subject, shape: shape, ports: ports, morePorts: parts & Part.morePorts != 0,
      first: first, last: first, packets: packets, targets: targets, pseudonyms: pseudonyms,
      pattern: pattern, verdict: verdict, knowledge: knowledge, vantage: vantage,
      mayBeForged: parts & Part.mayBeForged != 0)
    // The initializer puts in order what must be in order already.
    self.ports = ports
    self.pseudonyms = pseudonyms
    last = Timestamp(seconds: first.wholeSeconds + length)
    if let problem { throw .badReport(index: index, problem) }
  }

  private static func shape(
    from reader: inout WireReader, parts: UInt8
  ) throws(BatchError) -> ReportShape {
    let start = reader.offset
    let transport = Transport(rawValue: try reader.number())
    guard let direction = Direction(code: try reader.number()),
      let manner = ReportShape.Manner(rawValue: try reader.number())
    else { throw .notCanonical(offset: start) }
    var shape = ReportShape(transport: transport, direction: direction, manner: manner)
    if parts & Part.message != 0 {
      let type = try reader.number(UInt8.self)
      let code = parts & Part.code != 0 ? try reader.number(UInt8.self) : nil
      shape.icmp = ReportShape.ICMPMessage(type: type, code: code)
    }
    return shape
  }
}

extension Pattern {
  /// Which features follow, a bit each; new features go to the end.
  private var known: UInt16 {
    let given = [
      sourcePort != nil, destinationPort != nil, portStep != nil, portDirection != nil,
      portSpread != nil, targetOrder != nil, burstSize != nil, gapWithin != nil,
      gapBetween != nil, length != nil, lengthShare != nil, payloadLength != nil,
      payloadKey != nil, tcpFlags != nil,
    ]
    return given.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt16($1.offset) : 0) }
  }

  private static let orders: [TargetOrder] = [.one, .broadcast, .sequential, .unordered]

  /// The canonical bytes, without the transport.
  func encode(into writer: inout WireWriter) {
    writer.write(known)
    switch sourcePort {
    case .fixed(let port):
      writer.write(UInt8(0))
      writer.write(port)
    case .few: writer.write(UInt8(1))
    case .sequential: writer.write(UInt8(2))
    case .ephemeral: writer.write(UInt8(3))
    case nil: break
    }
    if let destinationPort { writer.write(destinationPort) }
    if let portStep { writer.write(portStep) }
    if let portDirection { writer.write(UInt8(portDirection == .up ? 0 : 1)) }
    if let portSpread { writer.write(portSpread) }
    if let targetOrder {
      writer.write(UInt8(Pattern.orders.firstIndex(of: targetOrder) ?? 0))
    }
    for measure in [burstSize, gapWithin, gapBetween] {
      if let measure { writer.write(measure) }
    }
    if let length { writer.write(length) }
    if let lengthShare { writer.write(lengthShare) }
    if let payloadLength { writer.write(payloadLength) }
    if let payloadKey { writer.write(payloadKey) }
    if let tcpFlags { writer.write(tcpFlags.rawValue) }
  }

  init(from reader: inout WireReader, _ transport: Transport) throws(BatchError) {
    self.init(transport: transport)
    let start = reader.offset
    let known = try reader.number(UInt16.self)
    guard known >> 14 == 0 else { throw .notCanonical(offset: start) }
    func has(_ bit: UInt16) -> Bool { known >> bit & 1 == 1 }
    if has(0) { sourcePort = try Pattern.source(from: &reader) }
    if has(1) { destinationPort = try reader.number() }
    if has(2) { portStep = try reader.number() }
    if has(3) { portDirection = try Pattern.choice([.up, .down], from: &reader) }
    if has(4) { portSpread = try reader.measure() }
    if has(5) { targetOrder = try Pattern.choice(Pattern.orders, from: &reader) }
    if has(6) { burstSize = try reader.measure() }
    if has(7) { gapWithin = try reader.measure() }
    if has(8) { gapBetween = try reader.measure() }
    if has(9) { length = try reader.number() }
    if has(10) { lengthShare = try reader.measure() }
    if has(11) { payloadLength = try reader.number() }
    if has(12) { payloadKey = try reader.number() }
    if has(13) { tcpFlags = TCPFlags(rawValue: try reader.number()) }
  }

  private static func source(from reader: inout WireReader) throws(BatchError) -> SourcePort {
    let start = reader.offset
    switch try reader.number(UInt8.self) {
    case 0: return .fixed(try reader.number())
    case 1: return .few
    case 2: return .sequential
    case 3: return .ephemeral
    default: throw .notCanonical(offset: start)
    }
  }

  private static func choice<Value>(
    _ values: [Value], from reader: inout WireReader
  ) throws(BatchError) -> Value {
    let start = reader.offset
    let code = Int(try reader.number(UInt8.self))
    guard code < values.count else { throw .notCanonical(offset: start) }
    return values[code]
  }
}

extension Pattern {
  /// The pattern's canonical bytes, as a store keeps it.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(transport.rawValue)
    encode(into: &writer)
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let transport = Transport(rawValue: try reader.number())
    try self.init(from: &reader, transport)
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}
