internal import Observations

/// Ports by the names that a program puts in their place.
struct ServiceNames: Sendable {
  private let ports: [UInt64: UInt16]

  private init(_ tables: [String]...) {
    var ports: [UInt64: UInt16] = [:]
    for entry in tables.joined() {
      let parts = entry.split(separator: " ")
      guard parts.count == 2, let port = UInt16(parts[1]) else { continue }
      ports[parts[0].utf8.reduce(NameHash()) { $0.adding($1) }.value] = port
    }
    self.ports = ports
  }

  /// The port of the name that fills `range`; nil where it is not known.
  func port(_ bytes: RawSpan, _ range: Range<Int>) -> UInt16? {
    (1...24).contains(range.count) ? ports[NameHash(bytes, range).value] : nil
  }

  /// Names as Cisco's firewalls and routers write them (ASA configuration guide, "TCP and UDP
  /// Ports"). `kerberos` is not among them: it is 750 in some versions and 88 in others.
  static let cisco = ServiceNames(
    common,
    [
      "aol 5190", "biff 512", "bootpc 68", "bootps 67", "cifs 3020", "citrix-ica 1494", "cmd 514",
      "ctiqbe 2748", "dnsix 195", "drip 3949", "h323 1720", "hostname 101", "ident 113",
      "imap4 143", "isakmp 500", "lotusnotes 1352", "lpd 515", "mobile-ip 434", "nameserver 42",
      "netbios-dgm 138", "netbios-ns 137", "netbios-ss 139", "netbios-ssn 139",
      "non500-isakmp 4500", "pcanywhere-data 5631", "pcanywhere-status 5632", "pim-auto-rp 496",
      "radius 1645", "radius-acct 1646", "rip 520", "rpc 111", "rsh 514", "secureid-udp 5510",
      "sqlnet 1521", "vxlan 4789", "who 513", "www 80",
    ])

  /// Names as Unix systems know them (IANA "Service Name and Transport Protocol Port Number
  /// Registry", and older names of `/etc/services`).
  static let services = ServiceNames(
    common,
    [
      "auth 113", "epmap 135", "http-alt 8080", "imap 143", "imap2 143", "imaps 993", "ipp 631",
      "isakmp 500", "kerberos 88", "loc-srv 135", "microsoft-ds 445", "ms-sql-m 1434",
      "ms-sql-s 1433", "ms-wbt-server 3389", "mysql 3306", "netbios-dgm 138", "netbios-ns 137",
      "netbios-ssn 139", "nntps 563", "pop-3 110", "pop3s 995", "postgresql 5432", "printer 515",
      "rdp 3389", "rfb 5900", "route 520", "router 520", "shell 514", "smtps 465", "smux 199",
      "socks 1080", "squid 3128", "ssdp 1900", "submission 587", "tcpmux 1", "telnets 992",
      "webcache 8080", "www 80", "x11 6000",
    ])

  private static let common = [
    "bgp 179", "chargen 19", "daytime 13", "discard 9", "domain 53", "echo 7", "exec 512",
    "finger 79", "ftp 21", "ftp-data 20", "gopher 70", "http 80", "https 443", "irc 194",
    "klogin 543", "kshell 544", "ldap 389", "ldaps 636", "login 513", "nfs 2049", "nntp 119",
    "ntp 123", "pop2 109", "pop3 110", "pptp 1723", "rtsp 554", "sip 5060", "smtp 25", "snmp 161",
    "snmptrap 162", "ssh 22", "sunrpc 111", "syslog 514", "tacacs 49", "talk 517", "telnet 23",
    "tftp 69", "time 37", "uucp 540", "whois 43", "xdmcp 177",
  ]
}

/// A name's hash (FNV-1a).
struct NameHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}

  /// The hash of what fills `range`.
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    for at in range { self = adding(bytes.byte(at)) }
  }

  func adding(_ byte: UInt8) -> NameHash {
    var next = self
    next.value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    return next
  }
}
