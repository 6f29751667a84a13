import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

private func frame(_ from: Int, _ to: Int, _ data: [UInt8]) -> [UInt8] {
  Build.ethernet(
    0x0800, Build.ipv4(client, server, transport: 17, Build.udp(from, to, data)))
}

private func datagram(_ kind: UInt8, flags: UInt8 = 0x0a, letter: String = "A") -> [UInt8] {
  let name = Build.name([String(repeating: letter, count: 32)])
  let header = [kind, flags, 0x12, 0x34] + Build.be32(client) + Build.be16(138)
  switch kind {
  case 0x13: return header + [0x82]
  case 0x14...0x16: return header + name
  default: return header + Build.be16(70) + [0, 0] + name + name + [1, 2]
  }
}

private func dhcp(
  operation: UInt8 = 1, cookie: UInt32 = 0x6382_5363, _ options: [UInt8] = [0, 53, 1, 3, 255]
) -> [UInt8] {
  [operation, 1, 6, 0] + [UInt8](repeating: 0, count: 232) + Build.be32(cookie) + options
}

private func names(flags: Int, questions: Int = 1, answers: Int = 0, more: Int = 0, _ rest: [UInt8])
  -> [UInt8]
{
  Build.be16(0) + Build.be16(flags) + Build.be16(questions) + Build.be16(answers) + Build.be16(0)
    + Build.be16(more) + rest
}

private let question = Build.name(["printer", "local"]) + Build.be16(1) + Build.be16(0x8001)
private let record = question + Build.be32(120) + Build.be16(4) + Build.be32(client)

/// Frames of the services whose content is read.
let serviceFrames: [[UInt8]] = [
  frame(138, 138, datagram(0x11)), frame(68, 67, dhcp()),
  frame(5353, 5353, names(flags: 0, question)), frame(1025, 5355, names(flags: 0, question)),
]

@Suite struct HostServiceTests {
  struct Case: Sendable {
    var ports: (Int, Int)
    var data: [UInt8]
    var hint: ApplicationHint
    var detail: UInt32 = 0
    var problem: Anomaly?
  }

  static let cases: [Case] = [
    Case(ports: (138, 138), data: datagram(0x10), hint: .netbiosDatagram, detail: 0x1234),
    Case(ports: (138, 138), data: datagram(0x12), hint: .netbiosDatagram, detail: 0x1234),
    Case(ports: (138, 138), data: datagram(0x13), hint: .netbiosDatagram, detail: 0x1234),
    Case(ports: (9, 138), data: datagram(0x15), hint: .netbiosDatagram, detail: 0x1234),
    Case(ports: (9, 138), data: datagram(0x17), hint: .none, problem: .netbiosDatagramMalformed),
    Case(
      ports: (9, 138), data: datagram(0x10, flags: 0x10), hint: .none,
      problem: .netbiosDatagramMalformed),
    Case(
      ports: (9, 138), data: datagram(0x10, letter: "Q"), hint: .none,
      problem: .netbiosDatagramMalformed),
    Case(ports: (9, 138), data: [0x10], hint: .none, problem: .netbiosDatagramMalformed),
    Case(ports: (9, 138), data: [], hint: .none),
    Case(ports: (9, 139), data: datagram(0x10), hint: .none),
    Case(ports: (68, 67), data: dhcp(), hint: .dhcp, detail: 3),
    Case(ports: (67, 68), data: dhcp(operation: 2, [53, 1, 5]), hint: .dhcp, detail: 5),
    Case(ports: (67, 68), data: dhcp([255, 53, 1, 5]), hint: .dhcp),
    Case(ports: (67, 67), data: dhcp([53, 2, 5, 5]), hint: .dhcp),
    Case(ports: (67, 67), data: dhcp([53, 9, 5]), hint: .dhcp, problem: .dhcpMalformed),
    Case(ports: (9, 67), data: dhcp(operation: 3), hint: .none, problem: .dhcpMalformed),
    Case(ports: (9, 67), data: dhcp(cookie: 7), hint: .none, problem: .dhcpMalformed),
    Case(ports: (9, 68), data: [1], hint: .none, problem: .dhcpMalformed),
    Case(ports: (9, 69), data: dhcp(), hint: .none),
    Case(ports: (5353, 5353), data: names(flags: 0, question), hint: .multicastName),
    Case(ports: (9, 5355), data: names(flags: 0, question), hint: .multicastName),
    Case(
      ports: (5355, 9), data: names(flags: 0x8000, question), hint: .multicastName, detail: 1),
    Case(
      ports: (5353, 5353), data: names(flags: 0x8400, questions: 0, answers: 1, record),
      hint: .multicastName, detail: 1),
    Case(
      ports: (5353, 5353), data: names(flags: 0x8400, questions: 0, more: 1, record),
      hint: .multicastName, detail: 1),
    Case(ports: (5353, 9), data: names(flags: 0, questions: 0, question), hint: .none),
    Case(ports: (5353, 9), data: names(flags: 0x2800, question), hint: .none),
    Case(
      ports: (5353, 9), data: names(flags: 0, [0xc0, 12, 0, 1, 0, 1]), hint: .none,
      problem: .dnsNameMalformed),
    Case(ports: (5353, 9), data: names(flags: 0, [1, 97]), hint: .none, problem: .dnsRecordCut),
    Case(ports: (5353, 9), data: [1, 97], hint: .none, problem: .dnsHeaderCut),
    Case(ports: (5354, 9), data: names(flags: 0, question), hint: .none),
  ]

  @Test func contents() throws {
    for (i, it) in HostServiceTests.cases.enumerated() {
      let whole = frame(it.ports.0, it.ports.1, it.data)
      let bytes = Build.pcap([whole])
      let outcome = try #require(readAll(bytes))
      let seen = try #require(outcome.observations.first)
      #expect(seen.hint == it.hint && seen.detail == it.detail, "case \(i)")
      #expect(
        outcome.problems.entries.map(\.anomaly) == (it.problem.map { [$0] } ?? []), "case \(i)")
      #expect(outcome == readAll(bytes, fast: false), "case \(i)")
      // Whatever the capture cut off is not the sender's fault.
      for kept in 42..<whole.count {
        let cut = Build.pcap([Array(whole[..<kept])], wire: whole.count)
        let names = readAll(cut)?.problems.entries.map(\.anomaly)
        #expect(names == [] || names == [.dnsNameMalformed] && it.problem == .dnsNameMalformed)
        #expect(readAll(cut) == readAll(cut, fast: false))
      }
    }
  }

  /// Both views at every length below what they need.
  @Test func truncated() {
    for data in [datagram(0x10), datagram(0x13), datagram(0x14)] {
      let needed = data[0] == 0x10 ? 47 : data[0] == 0x13 ? 11 : 43
      let raw = unsafe data.span.bytes
      for n in 0..<data.count {
        let view = Result { () throws(NetbiosDatagramView.Failure) in
          try NetbiosDatagramView(
            raw.extracting(0..<n), within: Extent(claimed: data.count, limitedBy: .udpLength)
          ).id
        }
        guard n < needed else {
          #expect(view == .success(0x1234))
          continue
        }
        guard case .failure(.length(let error)) = view else {
          Issue.record("\(n) bytes were taken for a datagram")
          continue
        }
        #expect(error.layer == .netbiosDatagram && error.limitedBy == .capture)
      }
    }
    let data = dhcp()
    let raw = unsafe data.span.bytes
    for n in 0..<DHCPView.minimumLength {
      let view = Result { () throws(DHCPView.Failure) in
        try DHCPView(raw.extracting(0..<n), within: Extent(claimed: n, limitedBy: .udpLength))
          .messageType
      }
      let expected = LengthError(
        layer: .dhcp, offset: 0, needed: 240, available: n, limitedBy: .udpLength)
      #expect(view == .failure(.length(expected)))
    }
  }

  /// More answers at once than a batch remembers: the rest is counted, not kept.
  @Test func answersBeyondBound() throws {
    let answer = [0xc0, 12] + Build.be16(1) + Build.be16(1) + Build.be32(60) + Build.be16(4)
    let each = 90
    var data = Build.be16(9) + Build.be16(0x8180) + Build.be16(1) + Build.be16(each) + [0, 0, 0, 0]
    data += Build.name(["a", "example"]) + Build.be16(1) + Build.be16(1)
    for i in 0..<each { data += answer + Build.be32(0xcb00_7100 + UInt32(i)) }
    let messages = [[UInt8]](repeating: frame(53, 1030, data), count: 50)
    let outcome = try #require(readAll(Build.pcap(messages)))
    let kept = ObservationBatch.resolutionCapacity
    #expect(outcome.records == 50 && outcome.seen.count == 50)
    #expect(outcome.learnt.count == kept)
    // Counted once for each packet that it happened to.
    let untouched = kept / each
    #expect(outcome.problems.count(.answersBeyondBound) == UInt64(50 - untouched))
  }
}
