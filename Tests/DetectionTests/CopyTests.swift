import Detection
import Observations
import Testing

/// Packets with what only a capture knows of them, in order of time.
private struct Capture {
  var packets: [(Observation, PacketDetails)] = []

  mutating func add(
    _ milliseconds: Double, _ source: String, _ destination: String, _ ports: (UInt16, UInt16),
    _ flags: TCPFlags = .syn, id: UInt16 = 0, sequence: UInt32 = 0, bytes: UInt16 = 0,
    life: UInt8 = 64, transport: Transport = .tcp
  ) {
    var o = Observation()
    o.time = 1_700_000_000_000_000_000 + Int64(milliseconds * 1e6)
    o.source = Address(source) ?? .unspecified
    o.destination = Address(destination) ?? .unspecified
    (o.sourcePort, o.destinationPort) = ports
    o.transport = transport
    if transport == .tcp { o.tcpFlags = flags }
    o.marks = [.ports, .identification]
    o.identification = id
    o.timeToLive = life
    o.length = UInt32(bytes) + (transport == .tcp ? 40 : 28)
    var details = PacketDetails()
    details.sender = 0x02_0000_0000_0001
    details.sequence = sequence
    details.payloadLength = bytes
    packets.append((o, details))
  }

  func result(findsCopies: Bool = true) -> StreamResult {
    let detector = StreamDetector(seed: 3, findsCopies: findsCopies)
    let worker = StreamDetector.Worker(number: 0, count: 1)
    let batch = ObservationBatch()
    func flush() {
      detector.annotate(batch)
      detector.consume(batch, worker: worker)
      batch.removeAll()
    }
    for (number, (observation, details)) in packets.enumerated() {
      batch.append(observation, details, offset: UInt64(number), record: UInt64(number) + 1)
      if batch.isFull { flush() }
    }
    flush()
    return detector.finish(
      StreamFacts(path: "made", isCapture: true, refusalsOnly: false, losesLines: false))
  }

  var activities: [ActivityEvidence] {
    Correlation(streams: [result()], visits: [], home: []).activities
  }
}

@Suite struct CopyTests {
  /// A scan of 200 addresses, each packet followed by what `again` makes of it.
  private func scan(_ again: (inout Capture, Double, String, UInt16) -> Void) -> Capture {
    var capture = Capture()
    for k in 0..<200 {
      let target = "198.51.\(100 + k / 100).\(k % 100 + 1)"
      let (time, id) = (Double(k) * 40, UInt16(k + 1))
      capture.add(time, "203.0.113.9", target, (40_000, 445), id: id, sequence: UInt32(k) * 77)
      again(&capture, time, target, id)
    }
    return capture
  }

  @Test func aMirrorsCopiesAreCountedOnce() throws {
    let capture = scan { capture, time, target, id in
      capture.add(
        time + 0.02, "203.0.113.9", target, (40_000, 445), id: id, sequence: UInt32(id - 1) * 77)
    }
    #expect(capture.result().copies.same == 200)
    let one = try #require(capture.activities.first)
    #expect(one.finding(.traffic)?.values["packets"]?.numeric == 200)
    #expect(one.finding(.traffic)?.values["targets"]?.numeric == 200)
  }

  @Test func beforeAndBehindARouterIsOnePacket() {
    let capture = scan { capture, time, target, id in
      capture.add(
        time + 0.4, "203.0.113.9", target, (40_000, 445), id: id, sequence: UInt32(id - 1) * 77,
        life: 63)
    }
    #expect(
      capture.result().copies
        == {
          var t = CopyTally(); t.routed = 200; return t
        }())
  }

  @Test func aRetryIsNoCopy() throws {
    // A new number, as every stack gives; and one who always gives the same, but a second later.
    let numbered = scan { capture, time, target, id in
      capture.add(
        time + 0.5, "203.0.113.9", target, (40_000, 445), id: id + 1_000,
        sequence: UInt32(id - 1) * 77)
    }
    #expect(numbered.result().copies.total == 0)
    let late = scan { capture, time, target, id in
      capture.add(
        time + 30, "203.0.113.9", target, (40_000, 445), id: id, sequence: UInt32(id - 1) * 77)
    }
    #expect(late.result().copies.total == 0)
  }

  @Test func whatRepeatsItselfIsNoCopy() {
    // A loop or a storm: the same packet a hundred times. One is taken for a copy, the rest count.
    var capture = Capture()
    for k in 0..<100 {
      capture.add(
        Double(k) * 0.1, "203.0.113.9", "198.51.100.7", (137, 137), id: 7, bytes: 50,
        transport: .udp)
    }
    #expect(capture.result().copies.total == 1)
  }

  @Test func withoutANumberOnlyAMirroredStreamShowsCopies() {
    // Packets of a stream of equal ones without numbers are no copies of each other …
    var plain = Capture()
    for k in 0..<200 {
      plain.add(
        Double(k) * 5, "203.0.113.9", "198.51.100.7", (443, 50_000), bytes: 1_200, transport: .udp)
    }
    #expect(plain.result().copies.total == 0)
    // … but where all numbered packets come twice, those come twice as well.
    var mirrored = Capture()
    for k in 0..<200 {
      for copy in 0..<2 {
        let time = Double(k) * 50 + Double(copy) * 0.01
        mirrored.add(time, "203.0.113.9", "198.51.100.8", (40_001, 80), id: UInt16(k + 1))
        mirrored.add(
          time + 0.005, "203.0.113.9", "198.51.100.7", (443, 50_000), bytes: UInt16(k + 1),
          transport: .udp)
      }
    }
    let found = mirrored.result().copies.same
    #expect(found > 360 && found <= 400)
  }

  @Test func aGiantAndItsSegmentsAreCountedOnce() {
    var capture = Capture()
    for k in 0..<20 {
      let start = UInt32(k) * 4_380 &+ 0xffff_f000
      let time = Double(k) * 30
      capture.add(
        time, "192.0.2.1", "198.51.100.1", (443, 50_000), .ack, id: UInt16(3 * k + 1),
        sequence: start, bytes: 4_380)
      for part in 0..<3 {
        capture.add(
          time + 0.1, "192.0.2.1", "198.51.100.1", (443, 50_000), .ack,
          id: UInt16(3 * k + 1 + part), sequence: start &+ UInt32(part) * 1_460, bytes: 1_460)
      }
    }
    #expect(capture.result().copies.offloaded == 60)
    // Put together by the receiving card: the segments come first.
    var received = Capture()
    for k in 0..<20 {
      let start = UInt32(k) * 4_380
      for part in 0..<3 {
        received.add(
          Double(k) * 30, "192.0.2.1", "198.51.100.1", (443, 50_000), .ack,
          id: UInt16(3 * k + 1 + part), sequence: start &+ UInt32(part) * 1_460, bytes: 1_460)
      }
      received.add(
        Double(k) * 30 + 0.1, "192.0.2.1", "198.51.100.1", (443, 50_000), .ack,
        id: UInt16(3 * k + 1), sequence: start, bytes: 4_380)
    }
    // Which segment is a giant's part is known from the second giant on.
    #expect(received.result().copies.offloaded >= 19)
    // A retransmission, which has a number of its own, is a packet.
    var again = Capture()
    for k in 0..<20 {
      let start = UInt32(k) * 1_460
      for time in [0.0, 5.0] {
        again.add(
          Double(k) * 30 + time, "192.0.2.1", "198.51.100.1", (443, 50_000), .ack,
          id: UInt16(2 * k + 1) + UInt16(time), sequence: start, bytes: 1_460)
      }
    }
    #expect(again.result().copies.total == 0)
  }

  @Test func connectionsAreToldByWhatBecameOfThem() throws {
    var capture = Capture()
    for k in 0..<60 {
      let target = "198.51.100.\(k + 1)"
      let time = Double(k) * 100
      let port = UInt16(40_000 + k)
      capture.add(time, "203.0.113.9", target, (port, 22), id: UInt16(2 * k + 1), sequence: 5)
      switch k % 3 {
      case 0: capture.add(time + 10, target, "203.0.113.9", (22, port), [.rst, .ack])
      case 1: capture.add(time + 10, target, "203.0.113.9", (22, port), [.syn, .ack])
      default: break
      }
      // Ten of the twenty that accept are acknowledged, ten are reset.
      guard k % 3 == 1 else { continue }
      capture.add(
        time + 20, "203.0.113.9", target, (port, 22), k % 2 == 0 ? .ack : .rst,
        id: UInt16(2 * k + 2), sequence: 6)
    }
    let found = try #require(capture.activities.compactMap { $0.finding(.connectionStates) }.first)
    let expected: [String: Double] = [
      "targets": 60, "refused": 20, "accepted": 20, "established": 10, "silent": 20,
      "establishedShare": 0.5,
    ]
    for (name, value) in expected { #expect(found.values[name]?.numeric == value, "\(name)") }
  }
}
