internal import Observations

/// One end of a packet as Cisco's firewalls write it.
struct CiscoEnd {
  /// How an end is written.
  enum Form {
    /// `192.0.2.1/80`.
    case plain
    /// `outside:192.0.2.1/80`.
    case named
    /// `outside/192.0.2.1(80)`.
    case slashed
  }
  var address = Address(high: 0, low: 0)
  var port: UInt16 = 0
  /// A port stood there, and could be read.
  var hasPort = false
  /// An interface stood before it.
  var hasInterface = false
  /// The interface is the firewall itself: `identity`, `NP Identity Ifc`.
  var isDevice = false
  /// The interface has the name that the outer one has where nobody gave it another (its security
  /// level is 0): `outside`.
  var isOutside = false
  /// What is wrong with the address.
  var problem: Anomaly?
  /// What is wrong with the port.
  var portProblem: Anomaly?
  /// The name that stands where an address should, hashed.
  var name: UInt64 = 0

  /// `NP Ident` and `identity`, the first byte in the lowest bits.
  fileprivate static let deviceWords: (UInt64, UInt64) = (
    0x746e_6564_4920_504e, 0x7974_6974_6e65_6469
  )

  /// `outside` in seven bytes, the first in the lowest bits.
  fileprivate static let outsideWord: UInt64 = 0x0065_6469_7374_756f

  /// Whether an address may end before `byte`: a blank, `/`, `(`, `)`, `,`, `:`, `;`, `]`.
  @inline(__always)
  static func closes(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte < 64 && (0x0c00_9300_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1
      || byte == 0x5d
  }

  /// Whether an address may end at `at`: so, or with the stop of a sentence.
  @inline(__always)
  static func closes(_ bytes: RawSpan, _ at: Int) -> Bool {
    let byte = bytes.byte(at)
    return closes(byte) || byte == 0x2e && bytes.byte(at &+ 1) <= 0x20
  }
}

extension TextCursor {
  /// Takes one end, with what stands directly behind it left.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func ciscoEnd(_ bytes: RawSpan, _ form: CiscoEnd.Form) -> CiscoEnd {
    var place = at
    var hasInterface = false
    var isDevice = false
    var isOutside = false
    // Some messages leave the interface out.
    if form != .plain, !startsWithAddress(bytes) {
      // Names of interfaces have at most 48 characters.
      let limit = max(at, min(end, at &+ 64))
      if let mark = bytes.first(form == .slashed ? 0x2f : 0x3a, in: at..<limit) {
        let word = bytes.word8(at)
        isDevice = word == CiscoEnd.deviceWords.0 || word == CiscoEnd.deviceWords.1
        isOutside = mark &- at == 7 && word & 0x00ff_ffff_ffff_ffff == CiscoEnd.outsideWord
        hasInterface = true
        place = mark &+ 1
        if form == .named, bytes.byte(place) == 0x20 { place &+= 1 }
      }
    }
    at = place
    let open: UInt8 = form == .slashed ? 0x28 : 0x2f
    guard let quad = bytes.dottedQuad(place), CiscoEnd.closes(bytes, quad.end) else {
      return oddEnd(bytes, form, hasInterface, isDevice, isOutside)
    }
    at = quad.end
    guard bytes.byte(quad.end) == open else {
      return CiscoEnd(
        address: Address(ipv4: quad.value), hasInterface: hasInterface, isDevice: isDevice,
        isOutside: isOutside)
    }
    // A number of one to five digits.
    let word = bytes.word8(quad.end &+ 1)
    let digits = Digits.leading(word)
    let value = Digits.value(word, digits)
    let behind = quad.end &+ 1 &+ digits
    guard UInt(bitPattern: digits &- 1) < 5, value <= 0xffff, CiscoEnd.closes(bytes, behind) else {
      at = place
      return oddEnd(bytes, form, hasInterface, isDevice, isOutside)
    }
    at = behind
    if form == .slashed, bytes.byte(behind) == 0x29, behind < end { at = behind &+ 1 }
    return CiscoEnd(
      address: Address(ipv4: quad.value), port: UInt16(truncatingIfNeeded: value), hasPort: true,
      hasInterface: hasInterface, isDevice: isDevice, isOutside: isOutside)
  }

  @inline(__always)
  private func startsWithAddress(_ bytes: RawSpan) -> Bool {
    guard bytes.byte(at) &- 48 < 10, let quad = bytes.dottedQuad(at) else { return false }
    return CiscoEnd.closes(bytes, quad.end)
  }

  /// What is neither an IPv4 address alone nor one with a number behind it.
  @inline(never)
  @_lifetime(self: copy self)
  private mutating func oddEnd(
    _ bytes: RawSpan, _ form: CiscoEnd.Form, _ hasInterface: Bool, _ isDevice: Bool,
    _ isOutside: Bool
  ) -> CiscoEnd {
    var result = CiscoEnd(
      hasInterface: hasInterface, isDevice: isDevice, isOutside: isOutside)
    takeOddAddress(bytes, form, &result)
    if bytes.byte(at) == (form == .slashed ? 0x28 : 0x2f), at < end { takePort(bytes, &result) }
    if form == .slashed, bytes.byte(at) == 0x29, at < end { at &+= 1 }
    return result
  }

  /// An address of IPv6, one that somebody made unreadable, or a name in the place of one.
  @inline(never)
  @_lifetime(self: copy self)
  private mutating func takeOddAddress(
    _ bytes: RawSpan, _ form: CiscoEnd.Form, _ result: inout CiscoEnd
  ) {
    let from = at
    while at < end {
      let byte = bytes.byte(at)
      if CiscoEnd.closes(byte), byte != 0x3a { break }
      at += 1
    }
    var text = from..<at
    // The colon or stop of a sentence.
    if let last = text.last, bytes.byte(last) == 0x3a || bytes.byte(last) == 0x2e, text.count > 1,
      bytes.byte(last - 1) != 0x3a
    {
      text = from..<last
    }
    switch Endpoint(bytes, text, takesPort: false) {
    case .known(let address, _), .veiled(let address, _): result.address = address
    case .unreadable:
      result.problem = text.isEmpty ? .addressMissing : .addressMalformed
      if text.count <= 64 { result.name = NameHash(bytes, text).value }
    }
  }

  /// A number, or one of Cisco's names for it, behind the sign that sets it off.
  @_lifetime(self: copy self)
  private mutating func takePort(_ bytes: RawSpan, _ result: inout CiscoEnd) {
    let word = bytes.word8(at &+ 1)
    let digits = Digits.leading(word)
    let value = digits < 8 ? Digits.value(word, digits) : .max
    let behind = at &+ 1 &+ digits
    if digits &- 1 < 5, digits > 0, value <= 0xffff, CiscoEnd.closes(bytes, behind) {
      result.port = UInt16(truncatingIfNeeded: value)
      result.hasPort = true
      at = behind
    } else {
      takePortName(bytes, &result)
    }
  }

  @inline(never)
  @_lifetime(self: copy self)
  private mutating func takePortName(_ bytes: RawSpan, _ result: inout CiscoEnd) {
    at = min(at + 1, end)
    let from = at
    while at < end, !CiscoEnd.closes(bytes, at) { at += 1 }
    if let port = ServiceNames.cisco.port(bytes, from..<at) {
      result.port = port
      result.hasPort = true
    } else {
      result.portProblem = .numberMalformed
    }
  }
}
