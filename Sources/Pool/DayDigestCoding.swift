internal import Observations

extension DayDigest {
  private static let version: UInt8 = 1

  /// As it is stored.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(DayDigest.version)
    writer.write(Int64(day.rawValue))
    for number in [
      fewestNetworks, reports, sources, wideReports, wideSources, widePackets.low, widePackets.high,
      toldSources,
      networkCount, cut,
    ] { writer.write(small: number) }
    writer.write(claims)
    writer.write(UInt16(networks.count))
    for network in networks {
      writer.write(network.network)
      writer.write(UInt8((network.metIPv4 ? 1 : 0) | (network.metIPv6 ? 2 : 0)))
    }
    writer.write(UInt16(sample.count))
    for source in sample { source.encode(into: &writer) }
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let version = try reader.number(UInt8.self)
    guard version == DayDigest.version else { throw .unknownVersion(version) }
    day = try reader.day()
    let start = reader.offset
    fewestNetworks = try reader.small()
    guard fewestNetworks > 0 else { throw .notCanonical(offset: start) }
    reports = try reader.small()
    sources = try reader.small()
    wideReports = try reader.small()
    wideSources = try reader.small()
    widePackets = CountRange(low: try reader.small(), high: try reader.small())
    toldSources = try reader.small()
    networkCount = try reader.small()
    cut = try reader.small()
    claims = try reader.claims(most: DayDigest.mostArticles)
    networks = []
    for _ in 0..<(try reader.count(most: DayDigest.mostNetworks, each: 18)) {
      let (network, flags) = (try reader.prefix(), try reader.bits(3))
      networks.append(
        Network(network: network, metIPv4: flags & 1 != 0, metIPv6: flags & 2 != 0))
    }
    sample = []
    for _ in 0..<(try reader.count(most: DayDigest.mostSources, each: 13)) {
      let start = reader.offset
      let source = try Source(from: &reader)
      // In order and below the cut, so that whoever reads may rely on it.
      guard sample.last.map({ $0.number <= source.number }) ?? true, source.number < cut else {
        throw .notCanonical(offset: start)
      }
      sample.append(source)
    }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }
}

extension DayDigest.Source {
  func encode(into writer: inout WireWriter) {
    writer.write(number)
    writer.write(UInt8(isIPv4 ? 1 : 0))
    writer.write(small: networks)
    writer.write(small: packets.low)
    writer.write(small: packets.high)
    writer.write(claims)
  }

  init(from reader: inout WireReader) throws(BatchError) {
    number = try reader.number()
    isIPv4 = try reader.bits(1) == 1
    networks = try reader.small()
    packets = CountRange(low: try reader.small(), high: try reader.small())
    claims = try reader.claims(most: DayDigest.mostClaims)
  }
}

extension WireWriter {
  fileprivate mutating func write(_ claims: [DayDigest.Claim]) {
    write(UInt16(claims.count))
    for claim in claims {
      write(short: claim.article)
      write(small: claim.count)
    }
  }

  fileprivate mutating func write(_ network: Prefix) {
    write(network.base)
    write(UInt8(network.length))
  }
}

extension WireReader {
  fileprivate mutating func claims(most: Int) throws(BatchError) -> [DayDigest.Claim] {
    var claims: [DayDigest.Claim] = []
    for _ in 0..<(try count(most: most, each: 2)) {
      let article = try short(most: PoolLimits.articleBytes)
      claims.append(DayDigest.Claim(article: article, count: try small()))
    }
    return claims
  }

  /// A day; one so far away that its seconds are no number is none.
  fileprivate mutating func day() throws(BatchError) -> Day {
    let start = offset
    let value = try number(Int64.self)
    guard let days = Int32(exactly: value) else { throw .notCanonical(offset: start) }
    return Day(rawValue: Int(days))
  }

  fileprivate mutating func prefix() throws(BatchError) -> Prefix {
    let start = offset
    let base = try address()
    guard let prefix = Prefix(base, length: Int(try number(UInt8.self))), prefix.base == base else {
      throw .notCanonical(offset: start)
    }
    return prefix
  }
}

extension DayExposure {
  private static let version: UInt8 = 1

  /// As it is stored.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    writer.write(DayExposure.version)
    writer.write(Int64(day.rawValue))
    writer.write(UInt16(networks.count))
    for network in networks {
      writer.write(network.network)
      writer.write(UInt8(network.watched == nil ? 0 : 1))
      writer.write(small: network.watched ?? 0)
    }
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let version = try reader.number(UInt8.self)
    guard version == DayExposure.version else { throw .unknownVersion(version) }
    let day = try reader.day()
    var networks: [Network] = []
    for _ in 0..<(try reader.count(most: DayExposure.mostNetworks, each: 19)) {
      let network = try reader.prefix()
      let isKnown = try reader.bits(1) == 1
      let watched = try reader.small()
      networks.append(Network(network: network, watched: isKnown ? watched : nil))
    }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
    self.init(day: day, networks: networks)
  }
}
