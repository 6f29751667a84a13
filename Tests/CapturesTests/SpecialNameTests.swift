import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

/// Names that hosts ask for by themselves are told of: who asked, by which way, and what came of it.
@Suite struct SpecialNameTests {
  private func told(_ from: UInt32, _ to: UInt32, _ ports: (Int, Int), _ data: [UInt8]) throws
    -> [Told]
  {
    let frame = Build.ethernet(
      0x0800, Build.ipv4(from, to, transport: 17, Build.udp(ports.0, ports.1, data)))
    let outcome = try #require(readAll(Build.pcap([frame])))
    #expect(outcome == readAll(Build.pcap([frame]), fast: false))
    let cuts = (14..<frame.count).map { Array(frame[..<$0]) }
    for bytes in [Build.pcap(cuts, wire: frame.count), Build.pcap(cuts)] {
      #expect(readAll(bytes) == readAll(bytes, fast: false))
    }
    return outcome.told.filter { $0.kind == .specialName }
  }

  private func message(_ labels: [String], flags: Int = 0x0100, answers: [UInt32] = []) -> [UInt8] {
    var bytes = Build.be16(9) + Build.be16(flags) + Build.be16(1) + Build.be16(answers.count)
    bytes += [0, 0, 0, 0] + Build.name(labels) + Build.be16(1) + Build.be16(1)
    for answer in answers {
      bytes += [0xc0, 12] + Build.be16(1) + Build.be16(1) + Build.be32(60) + Build.be16(4)
      bytes += Build.be32(answer)
    }
    return bytes
  }

  private func labels(_ labels: [String]) -> [UInt8] { Array(Build.name(labels).dropLast()) }

  @Test func questionsAndAnswersOfTheDNS() throws {
    for (name, which) in [("wpad", UInt8(1)), ("WPaD", 1), ("isatap", 2), ("ISATAP", 2)] {
      let full = [name, "example", "net"]
      #expect(
        try told(client, server, (1_030, 53), message(full))
          == [Told(.specialName, client, labels(full), extra: which | 0x10)])
      #expect(
        try told(server, client, (53, 1_030), message(full, flags: 0x8183))
          == [Told(.specialName, client, labels(full), extra: which | 0x90)])
      #expect(
        try told(server, client, (53, 1_030), message(full, flags: 0x8180, answers: [server]))
          == [Told(.specialName, client, labels(full), extra: which | 0x50)])
      #expect(
        try told(client, 0xe000_00fc, (1_031, 5_355), message([name], flags: 0))
          == [Told(.specialName, client, labels([name]), extra: which | 0x20)])
    }
  }

  @Test(
    "no other name is",
    arguments: [
      ["wpa"], ["wpad2"], ["wpax", "net"], ["www", "wpad"], ["isatan"], ["isatap6"], ["isa"],
    ])
  func otherNames(name: [String]) throws {
    #expect(try told(client, server, (1_030, 53), message(name)).isEmpty)
  }

  @Test func questionsByNetBIOS() throws {
    func query(_ name: String, flags: Int = 0x0110) -> [UInt8] {
      Build.be16(7) + Build.be16(flags) + Build.be16(1) + [0, 0, 0, 0, 0, 0]
        + Sample.netbios(name, 0) + Build.be16(0x20) + Build.be16(1)
    }
    let all: UInt32 = 0xc000_02ff
    #expect(
      try told(client, all, (137, 137), query("WPAD"))
        == [Told(.specialName, client, [], extra: 0x31)])
    #expect(
      try told(client, all, (137, 137), query("ISATAP"))
        == [Told(.specialName, client, [], extra: 0x32)])
    for other in ["WPADS", "WPA", "ISATAPS", "FILES"] {
      #expect(try told(client, all, (137, 137), query(other)).isEmpty, "\(other)")
    }
  }
}
