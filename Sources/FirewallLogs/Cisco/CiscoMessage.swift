internal import Observations

/// What a message of Cisco's firewalls tells of, by its number: how it is worded, and what the
/// device did ("Cisco Secure Firewall ASA Series Syslog Messages", and the same of PIX and FWSM).
///
/// Numbers that are not here tell of no packet, or of one that another number told of before.
struct CiscoMessage {
  /// How a message is worded.
  enum Layout: UInt8 {
    /// `… udp src outside:A/p dst inside:B/q … (type t, code c)`.
    case sourceDestination
    /// `… TCP … from A/p to B/q flags F`.
    case fromTo
    /// `… tcp … from outside:A/p to inside:B/q`.
    case fromToNamed
    /// `TCP access … from A/p to outside:B/q`.
    case fromToDevice
    /// `… packet outside:A/p to inside:B/q`, or `… for outside:A/p to inside:B/q`.
    case packetToNamed
    case forToNamed
    /// `access-list X denied tcp outside/A(p) -> inside/B(q) hit-cnt n first hit`.
    case accessList
    /// `Built inbound TCP connection n for outside:A/p (C/r) to inside:B/q (D/s)`.
    case built
    /// `Built inbound ICMP connection for faddr A/n gaddr C/n laddr B/n type t code c`.
    case builtICMP
    /// `Denied ICMP type=t, code=c from A on interface outside`.
    case deniedICMP
    /// `… icmp src outside:A dst inside:B (type t, code c) … Original IP payload: udp src B/p dst A/q`.
    case errorICMP
    /// `Built dynamic TCP translation from inside:A/p to outside:B/q`, and its teardown.
    case translationBuilt
    case translationEnded
    /// `Shunned packet: A ==> B on interface outside`.
    case shunned
    /// `…: src = A, dest = B, proto = udp, id = n`.
    case fragment
    /// `Dropped n DNS responses … from outside:A/p to inside:B/q`.
    case counted
    /// `IDS:2004 ICMP echo request from A to B on interface outside`.
    case signature
    /// `SrcIP: A, DstIP: B, SrcPort: p, DstPort: q, Protocol: tcp` (Firepower).
    case connectionEvent
    /// `User 'x' executed the 'name A word' command.`
    case command
    /// The device keeps no more count of flows that it denies.
    case lost
  }
  var layout: Layout
  var action = Action.unknown
  var path = Path.unknown
  /// The transport, where the number says it.
  var transport: Transport?
  /// Flags that the number says.
  var flags = TCPFlags(rawValue: 0)
  /// Another number may have told of the same packet before: `CiscoEchoes`.
  var mayEcho = false

  @inline(__always)
  private init(
    _ layout: Layout, _ action: Action = .unknown, _ path: Path = .unknown,
    _ transport: Transport? = nil, flags: TCPFlags = TCPFlags(rawValue: 0), mayEcho: Bool = false
  ) {
    self.layout = layout
    self.action = action
    self.path = path
    self.transport = transport
    self.flags = flags
    self.mayEcho = mayEcho
  }

  /// Nil for a number that tells of no packet.
  @inline(__always)
  init?(_ number: UInt32) {
    switch number {
    case 106023: self.init(.sourceDestination, .blocked)
    case 106100: self.init(.accessList, mayEcho: true)
    case 302013: self.init(.built, .allowed, .unknown, .tcp, mayEcho: true)
    case 302015: self.init(.built, .allowed, .unknown, .udp, mayEcho: true)
    case 302014, 302016, 302021: return nil
    case 710003: self.init(.fromToDevice, .blocked, .inbound)
    default: self.init(seldom: number)
    }
  }

  @inline(never)
  private init?(seldom number: UInt32) {
    switch number {
    // Refused by a rule, or for want of one.
    case 106001: self.init(.fromTo, .blocked, .unknown, .tcp)
    case 106006, 106007: self.init(.fromTo, .blocked, .unknown, .udp)
    case 106002, 106010, 106011, 106014, 106018, 418001:
      self.init(.sourceDestination, .blocked)
    case 106012, 106015, 106016, 106017, 106020...106022, 402117: self.init(.fromTo, .blocked)
    case 106013: self.init(.fromTo, .blocked, .unknown, .icmp)
    case 106102, 106103: self.init(.accessList, mayEcho: true)
    case 106101: self.init(.lost)
    // No way to it, or no translation.
    case 110002, 110003: self.init(.fromToNamed, .blocked)
    case 305005, 305006, 305013: self.init(.sourceDestination, .blocked)
    case 305009, 305011: self.init(.translationBuilt)
    case 305010, 305012: self.init(.translationEnded)
    // Too many connections, too many fragments.
    case 201009, 201011, 201013: self.init(.fromTo, .blocked)
    case 201010, 201012: self.init(.fromTo, .blocked, .unknown, .tcp)
    case 209003, 209004: self.init(.fragment, .blocked)
    // Connections.
    case 302020: self.init(.builtICMP, .allowed, .unknown, .icmp)
    case 302035: self.init(.built, .allowed, .unknown, Transport(rawValue: 132), mayEcho: true)
    case 302017: self.init(.fromToNamed, .allowed, .unknown, Transport(rawValue: 47))
    case 302303: self.init(.fromToNamed, .allowed, .unknown, .tcp, mayEcho: true)
    case 302305:
      self.init(.fromToNamed, .allowed, .unknown, Transport(rawValue: 132), mayEcho: true)
    // ICMP.
    case 313001, 313004, 313008: self.init(.deniedICMP, .blocked)
    case 313005: self.init(.errorICMP, .blocked)
    case 313009: self.init(.forToNamed, .blocked, .unknown, .icmp)
    // Attacks.
    case 338001...338004, 338201, 338202: self.init(.fromToNamed, .audited, mayEcho: true)
    case 338101...338104: self.init(.fromToNamed, .allowed, mayEcho: true)
    case 338005...338008, 338203, 338204: self.init(.fromToNamed, .blocked, mayEcho: true)
    case 400000...400051: self.init(.signature)
    case 401004: self.init(.shunned, .blocked)
    case 410001, 416001: self.init(.fromToNamed, .blocked, .unknown, .udp)
    case 410002: self.init(.counted, .blocked, .unknown, .udp)
    case 419001: self.init(.fromToNamed, .blocked, .unknown, .tcp)
    case 419002: self.init(.fromToNamed, .unknown, .unknown, .tcp, flags: .syn)
    case 420002, 420003: self.init(.packetToNamed, .blocked)
    case 434002: self.init(.fromToNamed, .blocked)
    case 430001...430003: self.init(.connectionEvent, mayEcho: true)
    case 500003, 500004: self.init(.fromTo)
    case 507003: self.init(.fromToNamed, .blocked, mayEcho: true)
    // To the firewall itself.
    case 710001: self.init(.fromToDevice, .allowed, .inbound, flags: .syn, mayEcho: true)
    case 710002: self.init(.fromToDevice, .allowed, .inbound, mayEcho: true)
    case 710004...710006: self.init(.fromToDevice, .blocked, .inbound)
    case 710007: self.init(.fromToDevice, .unknown, .inbound, .udp)
    case 111008, 111010: self.init(.command)
    default: return nil
    }
  }
}
