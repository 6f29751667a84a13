import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

/// A record behind a question: its name as bytes, its type and its data.
private func record(_ name: [UInt8], _ type: Int, _ data: [UInt8], class number: Int = 1) -> [UInt8]
{
  name + Build.be16(type) + Build.be16(number) + [0, 0, 0, 60] + Build.be16(data.count) + data
}

/// A message with one question whose name is given as bytes.
private func message(
  _ name: [UInt8], type: Int = 1, flags: Int, answers: [[UInt8]] = [], questions: Int = 1
) -> [UInt8] {
  Build.be16(7) + Build.be16(flags) + Build.be16(questions) + Build.be16(answers.count)
    + [0, 0, 0, 0] + name + Build.be16(type) + Build.be16(1) + answers.flatMap { $0 }
}

private func frame(_ data: [UInt8], from: Int, to: Int) -> [UInt8] {
  Build.ethernet(0x0800, Build.ipv4(server, client, transport: 17, Build.udp(from, to, data)))
}

private let name = Build.name(["www", "example"])
private let back: [UInt8] = [0xc0, 12]
private let four: [UInt8] = [203, 0, 113, 5]
private let sixteen = (0..<16).map { UInt8($0) }
/// Labels of 63 bytes and a last one, so that the whole name has `length` bytes.
private func long(_ length: Int) -> [UInt8] {
  let label = [63] + [UInt8](repeating: 97, count: 63)
  let rest = length - 3 * 64 - 2
  return label + label + label + [UInt8(rest)] + [UInt8](repeating: 97, count: rest) + [0]
}

/// Messages ordinary and not, as the payload of UDP.
private let messages: [[UInt8]] = [
  message(name, flags: 0x0100),
  message([0], flags: 0x0100),
  message(name, type: 28, flags: 0x8183),
  message(name, flags: 0x8180, answers: [record(back, 1, four), record(back, 28, sixteen)]),
  message(name, flags: 0x8180, answers: [record(back, 5, name), record([0xc0, 40], 1, four)]),
  message(name, flags: 0x8180, answers: [record(back, 1, four, class: 3), record(name, 1, four)]),
  message(name, flags: 0x8180, answers: [record(back, 1, sixteen), record(back, 28, four)]),
  message(name, flags: 0x8180, answers: [record(back, 1, []), record(back, 12, name)]),
  message(name, type: 12, flags: 0x8183),
  message(Build.name(["9", "2", "0", "192", "in-addr", "arpa"]), type: 12, flags: 0x8183),
  message(name, flags: 0x2100), message(name, flags: 0x0100, questions: 2),
  message(name, flags: 0x8180, answers: [record(back, 1, four)], questions: 0),
  message(long(254), flags: 0x0100), message(long(255), flags: 0x0100),
  message(long(256), flags: 0x8180, answers: [record(back, 1, four)]),
  message([1, 97, 0x40, 0], flags: 0x0100), message([0xc0, 12], flags: 0x0100),
]

/// What DNS teaches does not depend on the path that a message takes through the decoder.
@Suite struct NameTests {
  @Test(arguments: [(53, 1030), (1030, 53), (53, 53), (53, 137), (137, 53), (770, 53), (80, 53)])
  func bothPathsAgreeOnEveryCut(from: Int, to: Int) {
    for data in messages {
      let whole = frame(data, from: from, to: to)
      for length in 0...data.count {
        let short = Build.pcap([frame(Array(data[..<length]), from: from, to: to)])
        #expect(readAll(short, fast: true) == readAll(short, fast: false))
        let cut = Build.pcap([Array(whole[..<(whole.count - length)])], wire: whole.count)
        #expect(readAll(cut, fast: true) == readAll(cut, fast: false))
      }
    }
  }

  @Test func bothPathsAgreeOnEveryByte() {
    for data in messages.prefix(6) {
      for at in data.indices {
        var frames: [[UInt8]] = []
        for value in [0, 1, 12, 13, 63, 64, 0x80, 0xc0, 0xff] as [UInt8] {
          var changed = data
          changed[at] = value
          frames.append(frame(changed, from: 53, to: 1030))
        }
        let bytes = Build.pcap(frames)
        #expect(readAll(bytes, fast: true) == readAll(bytes, fast: false))
      }
    }
  }

  @Test func addressesAreLearntForTheReceiver() throws {
    let seen = try #require(readAll(Build.pcap([frame(messages[3], from: 53, to: 1030)])))
    let v6 = Address(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f)
    #expect(seen.learnt.map(\.address) == [Address(ipv4: 0xcb00_7105), v6])
    #expect(seen.learnt.allSatisfy { $0.client == Address(ipv4: client) })
    #expect(seen.observations.first?.hint == .dnsResponse)
    #expect(seen.observations.first?.detail == UInt32(0x0001_0007))
  }

  /// More answers than a batch takes: dropped alike, and said.
  @Test func answersBeyondTheBound() throws {
    let answers = [[UInt8]](repeating: record(back, 1, four), count: 80)
    let one = frame(message(name, flags: 0x8180, answers: answers), from: 53, to: 1030)
    let bytes = Build.pcap([[UInt8]](repeating: one, count: 60))
    let outcome = try #require(readAll(bytes))
    #expect(outcome.learnt.count == ObservationBatch.resolutionCapacity)
    #expect(outcome == readAll(bytes, fast: false))
    #expect(outcome.problems.count(.answersBeyondBound) == 9)
  }
}
