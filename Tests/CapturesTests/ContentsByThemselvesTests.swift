import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

/// Contents made by hand, and what they are.
enum Sample {
  static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
  static func le16(_ v: Int) -> [UInt8] { Build.be16(v).reversed() }
  static func wide(_ text: String) -> [UInt8] { (text + "\0").utf16.flatMap { le16(Int($0)) } }

  /// First-level encoding (RFC 1001, 14.1).
  static func netbios(_ name: String, _ suffix: UInt8, pad: UInt8 = 0x20) -> [UInt8] {
    let bytes = Array(name.utf8) + [UInt8](repeating: pad, count: 15 - name.utf8.count) + [suffix]
    var letters: [UInt8] = [32]
    for byte in bytes {
      letters.append(65 + (byte >> 4))
      letters.append(65 + (byte & 15))
    }
    return letters + [0]
  }

  static func clientHello(_ name: String?, version: UInt8 = 3) -> [UInt8] {
    var extensions: [UInt8] = Build.be16(23) + Build.be16(0)
    if let name {
      let entry = [0] + Build.be16(name.utf8.count) + text(name)
      extensions +=
        Build.be16(0) + Build.be16(entry.count + 2) + Build.be16(entry.count) + entry
    }
    var hello: [UInt8] = [3, version] + [UInt8](repeating: 7, count: 32) + [2, 1, 2]
    hello +=
      Build.be16(4) + [0x13, 1, 0x13, 2] + [1, 0] + Build.be16(extensions.count) + extensions
    let handshake = [1, 0] + Build.be16(hello.count) + hello
    return [0x16, 3, 1] + Build.be16(handshake.count) + handshake
  }

  static func serverHello() -> [UInt8] {
    let hello: [UInt8] = [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0x13, 1, 0, 0, 0]
    let handshake = [2, 0] + Build.be16(hello.count) + hello
    return [0x16, 3, 3] + Build.be16(handshake.count) + handshake
  }

  /// An SMB1 message; `commands` are (command, words, data), chained.
  static func smb1(
    _ commands: [(UInt8, [UInt8], [UInt8])], response: Bool = false, unicode: Bool = false
  ) -> [UInt8] {
    var body: [UInt8] = [0xff] + text("SMB") + [commands[0].0] + [0, 0, 0, 0]
    body += [response ? 0x98 : 0x18] + le16(unicode ? 0xc001 : 0x4001)
    body += [UInt8](repeating: 0, count: 20)
    for (i, (command, words, data)) in commands.enumerated() {
      var words = words
      if command == 0x73 || command == 0x75 {
        let next = body.count + 1 + words.count + 2 + data.count
        words.replaceSubrange(
          0..<4, with: [i + 1 < commands.count ? commands[i + 1].0 : 0xff, 0] + le16(next))
      }
      body += [UInt8(words.count / 2)] + words + le16(data.count) + data
    }
    return [0, 0] + Build.be16(body.count) + body
  }

  static func treeConnect(_ path: String, unicode: Bool = false) -> (UInt8, [UInt8], [UInt8]) {
    let words: [UInt8] = [0, 0, 0, 0] + le16(0) + le16(1)
    // Behind one byte of password; wide text lies at an even distance from the header: here it does.
    let data = [0] + (unicode ? wide(path) : text(path + "\0")) + text("A:\0")
    return (0x75, words, data)
  }

  static func smb2(_ command: Int, _ body: [UInt8], response: Bool = false) -> [UInt8] {
    var message: [UInt8] = [0xfe] + text("SMB") + le16(64) + [0, 0] + [0, 0, 0, 0]
    message += le16(command) + le16(1) + [response ? 1 : 0, 0, 0, 0]
    message += [UInt8](repeating: 0, count: 64 - message.count) + body
    return [0, 0] + Build.be16(message.count) + message
  }

  static func smb2Tree(_ path: String) -> [UInt8] {
    let name = Array(wide(path).dropLast(2))
    return smb2(3, le16(9) + le16(0) + le16(72) + le16(name.count) + name)
  }

  static func snmp(_ community: String, version: UInt8 = 1, long: Bool = false) -> [UInt8] {
    let pdu: [UInt8] = [0xa0, 3, 2, 1, 5]
    let inner = [2, 1, version, 4, UInt8(community.utf8.count)] + text(community) + pdu
    return (long ? [0x30, 0x82] + Build.be16(inner.count) : [0x30, UInt8(inner.count)]) + inner
  }

  static func ntp(_ first: UInt8 = 0x23, stratum: UInt8 = 0) -> [UInt8] {
    [first, stratum, 6, 0xec] + [UInt8](repeating: 3, count: 44)
  }

  static func dns(_ name: [String], type: Int = 1, id: Int = 0x5bfe) -> [UInt8] {
    Build.be16(id) + Build.be16(0x0100) + Build.be16(1) + [0, 0, 0, 0, 0, 0] + Build.name(name)
      + Build.be16(type) + Build.be16(1)
  }

  static let request = text(
    "GET /a?b=\u{7e} HTTP/1.1\r\nhost: www.example.com\r\nUser-Agent: probe/1\r\n\r\n")
  static let search = text(
    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n")
}

/// A told text, as a test states it.
struct Told: Equatable, CustomStringConvertible {
  var kind: Sighting.Kind
  var address: UInt32
  var text: [UInt8]
  var extra: UInt8 = 0
  init(_ kind: Sighting.Kind, _ address: UInt32, _ text: [UInt8], extra: UInt8 = 0) {
    (self.kind, self.address, self.text, self.extra) = (kind, address, text, extra)
  }
  var description: String { "\(kind) \(address) \(String(decoding: text, as: UTF8.self)) \(extra)" }
}

@Suite struct ContentsByThemselvesTests {
  struct Case: Sendable {
    var name: String
    var isTCP: Bool
    var data: [UInt8]
    var hint: ApplicationHint
    var detail: UInt32 = 0
    var port = 7_777
    var told: [Told] = []
  }

  static let streams: [Case] = [
    Case(
      name: "HTTP request", isTCP: true, data: Sample.request, hint: .httpRequest,
      told: [
        Told(.httpRequest, server, Sample.text("GET /a?b=~")),
        Told(.httpHost, server, Sample.text("www.example.com")),
        Told(.userAgent, client, Sample.text("probe/1")),
      ]),
    Case(
      name: "HTTP response", isTCP: true, data: Sample.text("HTTP/1.1 404 Not Found\r\n\r\n"),
      hint: .httpResponse, detail: 404),
    Case(
      name: "TLS client", isTCP: true, data: Sample.clientHello("www.example.com"), hint: .tls,
      detail: 0x1_0303, told: [Told(.serverName, server, Sample.text("www.example.com"))]),
    Case(
      name: "TLS without a name", isTCP: true, data: Sample.clientHello(nil, version: 1),
      hint: .tls,
      detail: 0x1_0301),
    Case(
      name: "TLS server", isTCP: true, data: Sample.serverHello(), hint: .tls, detail: 0x2_0303),
    Case(
      name: "SSH", isTCP: true, data: Sample.text("SSH-2.0-probe_1.0 x\r\n"), hint: .ssh,
      told: [Told(.banner, client, Sample.text("SSH-2.0-probe_1.0 x"))]),
    Case(
      name: "NetBIOS session", isTCP: true,
      data: [0x81, 0, 0, 0x44] + Sample.netbios("*SMBSERVER", 0x20) + Sample.netbios("WS-17", 0),
      hint: .netbiosSession, detail: 0x81, told: [Told(.netbiosName, client, Sample.text("WS-17"))]
    ),
    Case(
      name: "session accepted", isTCP: true, data: [0x82, 0, 0, 0], hint: .netbiosSession,
      detail: 0x82, port: 139),
    Case(
      name: "SMB1 negotiation", isTCP: true,
      data: Sample.smb1([(0x72, [], Sample.text("\u{2}PC NETWORK PROGRAM 1.0\0\u{2}NT LM 0.12\0"))]
      ),
      hint: .smb1, detail: 0x72, told: [Told(.dialect, client, Sample.text("NT LM 0.12"))]),
    Case(
      name: "SMB1 session with tree", isTCP: true,
      data: Sample.smb1([
        (0x73, [UInt8](repeating: 0, count: 26), Sample.text("\0\0\0\0")),
        Sample.treeConnect("\\\\WS-17\\C"),
      ]),
      hint: .smb1, detail: 0x73, told: [Told(.share, server, Sample.text("\\\\WS-17\\C"))]),
    Case(
      name: "SMB1 tree, wide", isTCP: true,
      data: Sample.smb1([Sample.treeConnect("\\\\WS-17\\IPC$", unicode: true)], unicode: true),
      hint: .smb1, detail: 0x75, told: [Told(.share, server, Sample.text("\\\\WS-17\\IPC$"))]),
    Case(
      name: "SMB1 tree, old", isTCP: true,
      data: Sample.smb1([(0x70, [], Sample.text("\u{4}\\\\A\\C\0\u{4}\0\u{4}A:\0"))]),
      hint: .smb1, detail: 0x70, told: [Told(.share, server, Sample.text("\\\\A\\C"))]),
    Case(
      name: "SMB1 answer", isTCP: true,
      data: Sample.smb1([(0x75, [0, 0, 0, 0], [])], response: true),
      hint: .smb1, detail: 0x175),
    Case(
      name: "SMB1 transfer", isTCP: true, data: Sample.smb1([(0x2e, [], [1, 2, 3])]), hint: .none),
    Case(
      name: "SMB2 tree", isTCP: true, data: Sample.smb2Tree("\\\\fs\\data"), hint: .smb2, detail: 3,
      told: [Told(.share, server, Sample.text("\\\\fs\\data"))]),
    Case(
      name: "SMB2 transfer", isTCP: true, data: Sample.smb2(8, [1, 2, 3, 4, 5, 6, 7, 8]),
      hint: .none),
  ]

  static let datagrams: [Case] = [
    Case(
      name: "SSDP search", isTCP: false, data: Sample.search, hint: .ssdp,
      told: [Told(.ssdpTarget, client, Sample.text("ssdp:all"))]),
    Case(
      name: "SSDP answer", isTCP: false,
      data: Sample.text(
        "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: OS/1 UPnP/1.1 x/2\r\n\r\n"),
      hint: .ssdp, detail: 2,
      told: [
        Told(.ssdpTarget, client, Sample.text("upnp:rootdevice")),
        Told(.ssdpServer, client, Sample.text("OS/1 UPnP/1.1 x/2")),
      ]),
    Case(
      name: "SIP request", isTCP: false,
      data: Sample.text("OPTIONS sip:100@198.51.100.7 SIP/2.0\r\nVia: x\r\n\r\n"), hint: .sip),
    Case(
      name: "SIP answer", isTCP: false, data: Sample.text("SIP/2.0 401 Unauthorized\r\n\r\n"),
      hint: .sip, detail: 401),
    Case(
      name: "STUN", isTCP: false,
      data: Build.be16(1) + Build.be16(0) + Build.be32(0x2112_a442)
        + [UInt8](repeating: 8, count: 12),
      hint: .stun, detail: 1),
    Case(name: "NTP client", isTCP: false, data: Sample.ntp(), hint: .ntp, detail: 3, port: 123),
    Case(
      name: "NTP server", isTCP: false, data: Sample.ntp(0x24, stratum: 2), hint: .ntp, detail: 4,
      port: 123),
    Case(
      name: "NTP private", isTCP: false, data: [0x17, 0, 3, 0x2a, 0, 0, 0, 0], hint: .ntp,
      detail: 7,
      port: 123),
    Case(name: "NTP elsewhere", isTCP: false, data: Sample.ntp(), hint: .none),
    Case(
      name: "SNMP", isTCP: false, data: Sample.snmp("public"), hint: .snmp, detail: 0x1_00a0,
      told: [Told(.community, server, Sample.text("public"), extra: 1)]),
    Case(
      name: "SNMP, a secret", isTCP: false, data: Sample.snmp("s3cret", version: 0, long: true),
      hint: .snmp, detail: 0xa0, told: [Told(.community, server, [])]),
    Case(
      name: "TFTP", isTCP: false,
      data: Build.be16(1) + Sample.text("boot/x.img\0octet\0tsize\0" + "0\0"), hint: .tftp,
      detail: 1,
      told: [Told(.fileName, server, Sample.text("boot/x.img"))]),
    Case(
      name: "DNS elsewhere", isTCP: false, data: Sample.dns(["www", "example", "com"]),
      hint: .dnsQuery, detail: 0x1_5bfe),
    Case(
      name: "NetBIOS name elsewhere", isTCP: false, data: Build.nbns(type: 0x21),
      hint: .nodeStatusQuery, detail: 0xd4),
  ]

  static func frame(_ it: Case, port: Int? = nil) -> [UInt8] {
    let port = port ?? it.port
    let payload =
      it.isTCP
      ? Build.tcp(1_030, port, flags: 0x18) + it.data : Build.udp(1_030, port, it.data)
    return Build.ethernet(
      0x0800, Build.ipv4(client, server, transport: it.isTCP ? 6 : 17, payload))
  }

  @Test(arguments: [true, false]) func contents(fast: Bool) throws {
    for it in Self.streams + Self.datagrams {
      let outcome = try #require(readAll(Build.pcap([Self.frame(it)]), fast: fast))
      let seen = try #require(outcome.observations.first)
      #expect(seen.hint == it.hint && seen.detail == it.detail, "\(it.name): \(seen.hint)")
      #expect(outcome.problems.entries.isEmpty, "\(it.name)")
      let contents = outcome.told.filter { $0.kind == .content }.count
      #expect(contents == (it.hint == .none ? 0 : 1), "\(it.name)")
      #expect(outcome.told.filter { $0.kind != .content } == it.told, "\(it.name)")
    }
  }

  /// A port never names a content that says otherwise: what goes to the ports of others is what it is.
  @Test func contentBeatsPort() throws {
    for it in Self.datagrams where it.hint != .none && it.port == 7_777 {
      for port in [53, 67, 137, 138, 161, 5_353, 5_355] {
        // What the port promises comes first where it is there, too.
        if it.name.hasSuffix("elsewhere") { continue }
        let outcome = try #require(readAll(Build.pcap([Self.frame(it, port: port)])))
        #expect(outcome.observations.first?.hint == it.hint, "\(it.name) at \(port)")
        #expect(outcome.problems.entries.isEmpty, "\(it.name) at \(port)")
      }
    }
    for it in Self.streams where it.hint != .none && it.port == 7_777 {
      for port in [22, 53, 80, 137, 139, 443, 445] {
        let outcome = try #require(readAll(Build.pcap([Self.frame(it, port: port)])))
        #expect(outcome.observations.first?.hint == it.hint, "\(it.name) at \(port)")
      }
    }
  }

  /// Cut at every byte, by the capture and by the sender: nothing traps, both ways agree, and what is
  /// told of a part is told of the whole, or is its beginning.
  @Test func truncated() throws {
    for it in Self.streams + Self.datagrams {
      let whole = Self.frame(it)
      var frames: [[UInt8]] = []
      for length in 0..<it.data.count {
        var part = it
        part.data = Array(it.data[..<length])
        frames.append(Self.frame(part))
      }
      let cut = (42..<whole.count).map { Array(whole[..<$0]) }
      for bytes in [Build.pcap(frames), Build.pcap(cut, wire: whole.count)] {
        let outcome = try #require(readAll(bytes))
        #expect(outcome == readAll(bytes, fast: false), "\(it.name)")
        for told in outcome.told where told.kind != .content {
          let isPart = it.told.contains {
            $0.kind == told.kind && $0.text.starts(with: told.text)
              || $0.kind == .httpRequest && told.kind == .httpRequest
          }
          #expect(isPart, "\(it.name): \(told)")
        }
      }
    }
  }

  /// Any byte of any sample changed: both ways agree, and nothing traps.
  @Test func mutated() throws {
    var dice = Dice(state: 11)
    var frames: [[UInt8]] = []
    for it in Self.streams + Self.datagrams {
      for _ in 0..<60 {
        var frame = Self.frame(it)
        for _ in 0...dice.next(3) {
          frame[34 + dice.next(frame.count - 34)] = UInt8(dice.next(256))
        }
        frames.append(frame)
      }
    }
    let bytes = Build.pcap(frames)
    #expect(readAll(bytes) == readAll(bytes, fast: false))
    #expect(readAll(bytes) == readAll(bytes, step: 100))
  }

  /// Ordinary payloads are nothing that has a name.
  @Test func others() throws {
    let payloads: [[UInt8]] = [
      Sample.text("GET lost"), Sample.text("POSTED yesterday, HTTP/1.1\r\n"),
      Sample.text("HTTP/1.1 is a protocol"), Sample.text("SSH-3.9-future\r\n"),
      [0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [0x81, 0, 0, 0x44] + [UInt8](repeating: 65, count: 68),
      [0, 0, 0, 9, 0xff, 0x53, 0x4d, 0x42] + [UInt8](repeating: 0, count: 40),
      [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0x30, count: 64),
      [0x30, 0x10, 2, 1, 1] + [UInt8](repeating: 4, count: 13),
      Build.be16(1) + Sample.text("x\0zap\0"),
      Build.be16(0x1234) + Build.be16(0x0100) + Build.be16(1) + [0, 0, 0, 0, 0, 0] + [
        3, 1, 2, 3, 0,
      ]
        + Build.be16(1) + Build.be16(1),
      Build.be32(0) + Build.be32(0x2112_a442) + [UInt8](repeating: 1, count: 13),
      [0x82, 0, 0, 0],
    ]
    for payload in payloads {
      for isTCP in [true, false] {
        let it = Case(name: "", isTCP: isTCP, data: payload, hint: .none)
        let bytes = Build.pcap([Self.frame(it)])
        let outcome = try #require(readAll(bytes))
        #expect(outcome.observations.first?.hint == ApplicationHint.none, "\(payload)")
        #expect(outcome.told.isEmpty)
        #expect(outcome == readAll(bytes, fast: false))
      }
    }
  }
}
