import Observations

/// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces, all
/// blocks that hold packets. Whatever else there is, is passed over by its length, never held.
struct PcapngReader: Container {
  /// The longest block with a packet, an interface or statistics that is believed, in bytes.
  static let longestBlock = 512 * 1_024
  /// The longest with names, secrets or what is somebody's own; it is passed over, piece by piece.
  static let longestOther: UInt32 = 256 << 20
  /// Interfaces remembered in a section; those beyond are counted.
  static let mostInterfaces = 4_096

  let format = "pcapng"
  let candidateLength = 12
  /// A section's header is a block like others.
  let headerLength = 0
  let chainLength = 2
  private(set) var links = LinkSet()
  /// Lost by the interfaces and the system itself.
  var dropped: UInt64 {
    interfaces.reduce(droppedBefore) { PcapngReader.sum($0, $1.lost) }
  }
  private(set) var comments: UInt64 = 0

  private enum State {
    case blocks
    /// Inside a block that is passed over: bytes left, with the length at its end.
    case skipping(left: Int, length: UInt32)
    case lost(Anomaly)
  }
  private var state = State.blocks
  private var order: ByteOrder
  private var interfaces: [PcapngInterface] = []
  private var interfacesDescribed: UInt64 = 0
  private var droppedBefore: UInt64 = 0

  /// A container for the capture that begins with `head`; nil where that is no section header.
  init?(head: RawSpan) {
    guard head.byteCount >= 12, head.u32(0) == PcapngReader.section,
      let order = PcapngReader.order(head, 8)
    else { return nil }
    self.order = order
  }

  static let section: UInt32 = 0x0a0d_0d0a

  static func order(_ bytes: RawSpan, _ at: Int) -> ByteOrder? {
    switch bytes.u32(at) {
    case 0x1a2b_3c4d: ByteOrder(isBig: true)
    case 0x4d3c_2b1a: ByteOrder(isBig: false)
    default: nil
    }
  }

  mutating func read(
    _ window: RawSpan, _ offset: UInt64, _ isLast: Bool, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) -> Reading {
    var at = 0
    reading: while !batch.isFull, at < window.byteCount {
      switch state {
      case .lost: break reading
      case .skipping(let left, let length):
        let used = skip(window, at, left, length)
        at += used
        if used == 0 { break reading }
      case .blocks:
        let used = block(window, at, offset, isLast, &records, batch)
        at += used
        if used == 0 { break reading }
      }
    }
    if case .lost(let cause) = state { return Reading(consumed: at, halt: .lost(cause)) }
    guard isLast, !batch.isFull else { return Reading(consumed: at) }
    if case .blocks = state, at == window.byteCount { return Reading(consumed: at) }
    records.noteAhead(.captureCut, at: offset &+ UInt64(at))
    state = .blocks
    return Reading(consumed: window.byteCount)
  }

  mutating func resume() { state = .blocks }

  func isOwn(_ magic: UInt32) -> Bool { magic == PcapngReader.section }

  private mutating func skip(_ window: RawSpan, _ at: Int, _ left: Int, _ length: UInt32) -> Int {
    let available = window.byteCount - at
    if left > 4 {
      let used = min(left - 4, available)
      state = .skipping(left: left - used, length: length)
      return used
    }
    guard available >= 4 else { return 0 }
    state = order.u32(window, at) == length ? .blocks : .lost(.blockBroken)
    return order.u32(window, at) == length ? 4 : 0
  }

  /// Reads one block, or its head where the rest is passed over; bytes used, 0 where too few are
  /// there or they are no block.
  @inline(__always)
  private mutating func block(
    _ window: RawSpan, _ at: Int, _ offset: UInt64, _ isLast: Bool,
    _ records: inout PacketRecords, _ batch: ObservationBatch
  ) -> Int {
    let available = window.byteCount &- at
    guard available >= 12 else { return 0 }
    if window.u32(at) == PcapngReader.section { return sectionHeader(window, at) }
    let length = order.u32(window, at &+ 4)
    guard length >= 12, length & 3 == 0 else { return lose(.blockBroken) }
    let kind = order.u32(window, at)
    guard length <= PcapngReader.longestBlock else {
      let mayBeLong = kind == 4 || kind == 10 || kind == 0xbad || kind == 0x4000_0bad
      guard mayBeLong, length <= PcapngReader.longestOther else { return lose(.recordTooLong) }
      state = .skipping(left: Int(length) &- 8, length: length)
      return 8
    }
    let size = Int(length)
    guard available >= size else {
      // What claims more than there is may be no block at all.
      return isLast ? lose(.captureCut) : 0
    }
    guard order.u32(window, at &+ size &- 4) == length else { return lose(.blockBroken) }
    let place = offset &+ UInt64(at)
    let body = window.extracting(at &+ 8..<at &+ size &- 4)
    switch kind {
    case 6: enhancedPacket(body, place, &records, batch)
    case 3: simplePacket(body, place, &records, batch)
    case 2: obsoletePacket(body, place, &records, batch)
    case 5: statistics(body, place, &records)
    case 1: interface(body, place, &records)
    case 4, 7...12, 0xbad, 0x4000_0bad: break
    default: records.noteAhead(.blockUnknown, at: place)
    }
    return size
  }

  private mutating func lose(_ cause: Anomaly) -> Int {
    state = .lost(cause)
    return 0
  }

  private mutating func sectionHeader(_ window: RawSpan, _ at: Int) -> Int {
    guard window.byteCount - at >= 28 else { return 0 }
    guard let order = PcapngReader.order(window, at + 8), order.u32(window, at + 4) >= 28,
      order.u32(window, at + 4) & 3 == 0, order.u16(window, at + 12) == 1
    else { return lose(.blockBroken) }
    let length = order.u32(window, at + 4)
    guard length <= PcapngReader.longestOther else { return lose(.recordTooLong) }
    self.order = order
    droppedBefore = dropped
    interfaces.removeAll(keepingCapacity: true)
    interfacesDescribed = 0
    state = .skipping(left: Int(length) - 24, length: length)
    return 24
  }
}

extension PcapngReader {
  private mutating func interface(
    _ body: RawSpan, _ place: UInt64, _ records: inout PacketRecords
  ) {
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
    let number = UInt32(order.u16(body, 0))
    links.insert(number)
    var described = PcapngInterface(
      link: Link(number: number, isBigEndian: order.isBig),
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

  private mutating func statistics(
    _ body: RawSpan, _ place: UInt64, _ records: inout PacketRecords
  ) {
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
    _ body: RawSpan, _ place: UInt64, _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    guard body.byteCount >= 20 else { return records.skip(.blockMalformed, at: place) }
    packet(body, number: Int(order.u32(body, 0)), place, &records, batch)
  }

  private mutating func obsoletePacket(
    _ body: RawSpan, _ place: UInt64, _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    guard body.byteCount >= 20 else { return records.skip(.blockMalformed, at: place) }
    let number = Int(order.u16(body, 0))
    let lost = order.u16(body, 2)
    if number < interfaces.count, lost != 0xffff { lose(UInt64(lost), number) }
    packet(body, number: number, place, &records, batch)
  }

  /// Enhanced and obsolete packet blocks are alike from the time on.
  @inline(__always)
  private mutating func packet(
    _ body: RawSpan, number: Int, _ place: UInt64, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) {
    let captured = Int(order.u32(body, 12))
    guard body.byteCount &- 20 >= captured else { return records.skip(.blockMalformed, at: place) }
    guard number < interfaces.count else { return unknown(place, &records) }
    let wire = Int(order.u32(body, 16))
    let units = UInt64(order.u32(body, 4)) << 32 | UInt64(order.u32(body, 8))
    let frame = body.extracting(20..<20 &+ captured)
    let link = interfaces[number].link
    let time = interfaces[number].clock.time(units)
    if wire > captured { records.cut(to: captured) }
    if let time, wire >= captured {
      records.take(frame, wire: wire, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        frame, wire: wire, time: time, assumed: 0, link: link, offset: place, into: batch)
      if time == nil { records.note(.timeImpossible, at: place) }
    }
    let options = 20 &+ (captured &+ 3) / 4 * 4
    if options < body.byteCount { packetOptions(body, options, number, place, &records) }
  }

  @inline(never)
  private mutating func packetOptions(
    _ body: RawSpan, _ at: Int, _ number: Int, _ place: UInt64, _ records: inout PacketRecords
  ) {
    var options = PcapngOptions(from: at, to: body.byteCount, order)
    while let (code, value) = options.next(in: body) {
      if code == 1 { comments &+= 1 }
      if code == 4, value.count == 8 { lose(order.u64(body, value.lowerBound), number) }
    }
    if options.isMalformed { records.note(.optionMalformed, at: place) }
  }

  /// A packet without a time, of the section's first interface.
  private mutating func simplePacket(
    _ body: RawSpan, _ place: UInt64, _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    guard body.byteCount >= 4 else { return records.skip(.blockMalformed, at: place) }
    guard let first = interfaces.first else { return unknown(place, &records) }
    let wire = Int(order.u32(body, 0))
    let captured = first.snapLength == 0 ? wire : min(wire, first.snapLength)
    guard body.byteCount - 4 >= captured else { return records.skip(.blockMalformed, at: place) }
    if wire > captured { records.cut(to: captured) }
    records.takeOdd(
      body.extracting(4..<4 + captured), wire: wire, time: nil, assumed: 0, link: first.link,
      offset: place, into: batch)
  }

  private mutating func unknown(_ place: UInt64, _ records: inout PacketRecords) {
    let isBeyond = interfacesDescribed > UInt64(interfaces.count)
    records.skip(isBeyond ? .interfacesBeyondBound : .interfaceUnknown, at: place)
  }

  private mutating func lose(_ count: UInt64, _ number: Int) {
    interfaces[number].lostByPackets = PcapngReader.sum(interfaces[number].lostByPackets, count)
  }

  /// A block whose length repeats at its end: of a known kind, or of any where no packet stands.
  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let left = window.byteCount - at
    var order = order
    let isSection = window.u32(at) == PcapngReader.section
    if isSection {
      guard left >= 28 else { return .unclear }
      guard let its = PcapngReader.order(window, at + 8), its.u16(window, at + 12) == 1 else {
        return .none
      }
      order = its
    }
    let (kind, length) = (order.u32(window, at), order.u32(window, at + 4))
    let least: UInt32 =
      switch kind {
      case PcapngReader.section: 28
      case 6, 2: 32
      case 3: 16
      case 1: 20
      case 5: 24
      case 4, 7...12, 0xbad, 0x4000_0bad: 12
      default: .max
      }
    guard length >= least, length & 3 == 0, length <= PcapngReader.longestBlock else {
      return .none
    }
    let size = Int(length)
    guard left >= size else { return .unclear }
    guard order.u32(window, at + size - 4) == length else { return .none }
    if kind == 6 {
      guard order.u32(window, at + 8) < interfacesDescribed,
        order.u32(window, at + 20) <= length - 32
      else { return .none }
    }
    return .record(size: size, time: nil)
  }

  /// What a file claims may be anything: sums stay at the most.
  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
