public import Observations

/// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces, all
/// blocks that hold packets. Whatever else there is, is passed over by its length, never held.
public struct PcapngReader: PacketReader {
  /// The longest block with a packet, an interface or statistics that is believed, in bytes.
  public static let longestBlock = 512 * 1_024
  /// Interfaces remembered in a section; those beyond are counted.
  public static let mostInterfaces = 4_096

  /// Always `pcapng`.
  public let format = "pcapng"
  /// Packets met so far.
  public var recordCount: UInt64 { records.count }
  /// What the capture tells beside its packets.
  public var facts: CaptureFacts { records.facts }
  /// What was wrong so far.
  public var problems: ProblemLog { records.problems }
  /// A packet's block with all its options.
  public var longestRecord: Int { PcapngReader.longestBlock }
  /// Packets that the capturing system says it lost, by its interfaces and itself.
  public var dropped: UInt64 {
    interfaces.reduce(droppedBefore) { PcapngReader.sum($0, $1.lost) }
  }
  /// Comments that packets carry.
  public private(set) var comments: UInt64 = 0

  private enum State {
    case blocks
    /// Inside a block that is passed over: bytes left, with the length at its end.
    case skipping(left: Int, length: UInt32)
    case over
  }
  private var state = State.blocks
  private var order: ByteOrder
  var records: PacketRecords
  private var interfaces: [PcapngInterface] = []
  private var interfacesDescribed: UInt64 = 0
  private var droppedBefore: UInt64 = 0

  /// A reader for the capture that begins with `head`; nil where that is no section header.
  ///
  /// - Parameters:
  ///   - head: at least the first 12 bytes of the evidence; they are read again as part of the stream.
  ///   - usesFastPath: as with `PcapReader`.
  public init?(head: RawSpan, usesFastPath: Bool = true) {
    guard head.byteCount >= 12, head.u32(0) == PcapngReader.section,
      let order = PcapngReader.order(head, 8)
    else { return nil }
    self.order = order
    records = PacketRecords(usesFastPath: usesFastPath)
  }

  private static let section: UInt32 = 0x0a0d_0d0a

  private static func order(_ bytes: RawSpan, _ at: Int) -> ByteOrder? {
    switch bytes.u32(at) {
    case 0x1a2b_3c4d: ByteOrder(isBig: true)
    case 0x4d3c_2b1a: ByteOrder(isBig: false)
    default: nil
    }
  }

  /// Reads packets; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    var at = 0
    while !batch.isFull, at < window.byteCount {
      switch state {
      case .over: return window.byteCount
      case .skipping(let left, let length):
        let used = skip(window, at, left, length, offset)
        at += used
        if used == 0 { return rest(window, at, offset, isLast) }
      case .blocks:
        let used = block(window, at, offset, batch)
        at += used
        if used == 0, case .blocks = state { return rest(window, at, offset, isLast) }
      }
    }
    if isLast, at == window.byteCount, case .skipping = state {
      stop(.captureCut, offset &+ UInt64(at))
    }
    return at
  }

  /// What is left is less than needed.
  private mutating func rest(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ isLast: Bool) -> Int
  {
    guard isLast, at < window.byteCount else { return at }
    stop(.captureCut, offset &+ UInt64(at))
    return window.byteCount
  }

  private mutating func stop(_ anomaly: Anomaly, _ offset: UInt64) {
    records.noteAhead(anomaly, at: offset)
    state = .over
  }

  private mutating func skip(
    _ window: RawSpan, _ at: Int, _ left: Int, _ length: UInt32, _ offset: UInt64
  ) -> Int {
    let available = window.byteCount - at
    if left > 4 {
      let used = min(left - 4, available)
      state = .skipping(left: left - used, length: length)
      return used
    }
    guard available >= 4 else { return 0 }
    state = .blocks
    if order.u32(window, at) != length { stop(.blockBroken, offset &+ UInt64(at)) }
    return 4
  }

  /// Reads one block, or its head where the rest is passed over; bytes used, 0 where too few are there.
  @inline(__always)
  private mutating func block(
    _ window: RawSpan, _ at: Int, _ offset: UInt64, _ batch: ObservationBatch
  ) -> Int {
    let available = window.byteCount &- at
    let place = offset &+ UInt64(at)
    guard available >= 12 else { return 0 }
    if window.u32(at) == PcapngReader.section { return sectionHeader(window, at, place) }
    let length = order.u32(window, at &+ 4)
    guard length >= 12, length & 3 == 0 else {
      stop(.blockBroken, place)
      return 0
    }
    let kind = order.u32(window, at)
    guard (1...3).contains(kind) || kind == 5 || kind == 6 else {
      state = .skipping(left: Int(length) &- 8, length: length)
      return 8
    }
    guard length <= PcapngReader.longestBlock else {
      stop(.recordTooLong, place)
      return 0
    }
    let size = Int(length)
    guard available >= size else { return 0 }
    guard order.u32(window, at &+ size &- 4) == length else {
      stop(.blockBroken, place)
      return 0
    }
    let body = window.extracting(at &+ 8..<at &+ size &- 4)
    switch kind {
    case 6: enhancedPacket(body, place, batch)
    case 3: simplePacket(body, place, batch)
    case 2: obsoletePacket(body, place, batch)
    case 5: statistics(body, place)
    default: interface(body, place)
    }
    return size
  }

  private mutating func sectionHeader(_ window: RawSpan, _ at: Int, _ place: UInt64) -> Int {
    guard window.byteCount - at >= 28 else { return 0 }
    guard let order = PcapngReader.order(window, at + 8), order.u32(window, at + 4) >= 28,
      order.u32(window, at + 4) & 3 == 0, order.u16(window, at + 12) == 1
    else {
      stop(.blockBroken, place)
      return 0
    }
    self.order = order
    droppedBefore = dropped
    interfaces.removeAll(keepingCapacity: true)
    interfacesDescribed = 0
    let length = order.u32(window, at + 4)
    state = .skipping(left: Int(length) - 24, length: length)
    return 24
  }
}

extension PcapngReader {
  private mutating func interface(_ body: RawSpan, _ place: UInt64) {
    interfacesDescribed &+= 1
    guard interfaces.count < PcapngReader.mostInterfaces else {
      records.noteAhead(.interfacesBeyondBound, at: place)
      return
    }
    guard body.byteCount >= 8 else {
      // It counts as an interface, or those behind it would change their numbers.
      interfaces.append(PcapngInterface(link: .notDecoded, snapLength: 0))
      records.noteAhead(.blockMalformed, at: place)
      return
    }
    var described = PcapngInterface(
      link: Link(number: UInt32(order.u16(body, 0)), isBigEndian: order.isBig),
      snapLength: Int(order.u32(body, 4)))
    var options = PcapngOptions(from: 8, to: body.byteCount, order)
    while let (code, value) = options.next(in: body) {
      switch (code, value.count) {
      case (9, 1): described.clock.take(resolution: body.u8(value.lowerBound))
      case (14, 8):
        described.clock.take(offset: Int64(bitPattern: order.u64(body, value.lowerBound)))
      default: break
      }
    }
    if options.isMalformed { records.noteAhead(.optionMalformed, at: place) }
    interfaces.append(described)
  }

  private mutating func statistics(_ body: RawSpan, _ place: UInt64) {
    guard body.byteCount >= 12 else {
      records.noteAhead(.blockMalformed, at: place)
      return
    }
    var lost: UInt64 = 0
    var options = PcapngOptions(from: 12, to: body.byteCount, order)
    // By the interface (5) and by the operating system (7); both count from the beginning.
    while let (code, value) = options.next(in: body) {
      if code == 5 || code == 7, value.count == 8 {
        lost = PcapngReader.sum(lost, order.u64(body, value.lowerBound))
      }
    }
    if options.isMalformed { records.noteAhead(.optionMalformed, at: place) }
    let number = Int(order.u32(body, 0))
    if number < interfaces.count {
      interfaces[number].lostByStatistics = max(interfaces[number].lostByStatistics, lost)
    }
  }

  @inline(__always)
  private mutating func enhancedPacket(
    _ body: RawSpan, _ place: UInt64, _ batch: ObservationBatch
  ) {
    guard body.byteCount >= 20 else { return records.skip(.blockMalformed, at: place) }
    packet(body, number: Int(order.u32(body, 0)), place, batch)
  }

  private mutating func obsoletePacket(
    _ body: RawSpan, _ place: UInt64, _ batch: ObservationBatch
  ) {
    guard body.byteCount >= 20 else { return records.skip(.blockMalformed, at: place) }
    let number = Int(order.u16(body, 0))
    let lost = order.u16(body, 2)
    if number < interfaces.count, lost != 0xffff { lose(UInt64(lost), number) }
    packet(body, number: number, place, batch)
  }

  /// Enhanced and obsolete packet blocks are alike from the time on.
  @inline(__always)
  private mutating func packet(
    _ body: RawSpan, number: Int, _ place: UInt64, _ batch: ObservationBatch
  ) {
    let captured = Int(order.u32(body, 12))
    guard body.byteCount &- 20 >= captured else { return records.skip(.blockMalformed, at: place) }
    guard number < interfaces.count else { return unknown(place) }
    let wire = Int(order.u32(body, 16))
    let units = UInt64(order.u32(body, 4)) << 32 | UInt64(order.u32(body, 8))
    let frame = body.extracting(20..<20 &+ captured)
    let link = interfaces[number].link
    let time = interfaces[number].clock.time(units)
    if let time, wire >= captured {
      records.take(frame, wire: wire, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        frame, wire: wire, time: time, assumed: 0, link: link, offset: place, into: batch)
      if time == nil { records.note(.timeImpossible, at: place) }
    }
    let options = 20 &+ (captured &+ 3) / 4 * 4
    if options < body.byteCount { packetOptions(body, options, number, place) }
  }

  @inline(never)
  private mutating func packetOptions(_ body: RawSpan, _ at: Int, _ number: Int, _ place: UInt64) {
    var options = PcapngOptions(from: at, to: body.byteCount, order)
    while let (code, value) = options.next(in: body) {
      if code == 1 { comments &+= 1 }
      if code == 4, value.count == 8 { lose(order.u64(body, value.lowerBound), number) }
    }
    if options.isMalformed { records.note(.optionMalformed, at: place) }
  }

  /// A packet without a time, of the section's first interface.
  private mutating func simplePacket(_ body: RawSpan, _ place: UInt64, _ batch: ObservationBatch) {
    guard body.byteCount >= 4 else { return records.skip(.blockMalformed, at: place) }
    guard let first = interfaces.first else { return unknown(place) }
    let wire = Int(order.u32(body, 0))
    let captured = first.snapLength == 0 ? wire : min(wire, first.snapLength)
    guard body.byteCount - 4 >= captured else { return records.skip(.blockMalformed, at: place) }
    records.takeOdd(
      body.extracting(4..<4 + captured), wire: wire, time: nil, assumed: 0, link: first.link,
      offset: place, into: batch)
  }

  private mutating func unknown(_ place: UInt64) {
    let isBeyond = interfacesDescribed > UInt64(interfaces.count)
    records.skip(isBeyond ? .interfacesBeyondBound : .interfaceUnknown, at: place)
  }

  private mutating func lose(_ count: UInt64, _ number: Int) {
    interfaces[number].lostByPackets = PcapngReader.sum(interfaces[number].lostByPackets, count)
  }

  /// What a file claims may be anything: sums stay at the most.
  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
