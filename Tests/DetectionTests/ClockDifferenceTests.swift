import Observations
import Testing

@testable import Detection

/// Clocks of two files, by the flows that both met.
@Suite struct ClockDifferenceTests {
  private struct Flow {
    var second: Double
    var source: UInt32 = 0xc000_0201
    var target: UInt32
    var port: UInt16
    var identification: UInt16?
  }

  private func sample(_ path: String, _ flows: [Flow], ahead: Double = 0) -> EventSample {
    var sample = EventSample(path: path)
    let batch = ObservationBatch()
    for (number, flow) in flows.enumerated() {
      if batch.isFull {
        sample.consume(batch)
        batch.removeAll()
      }
      var packet = Observation()
      packet.time = Int64(((1_254_000_000 + flow.second + ahead) * 1e9).rounded())
      packet.source = Address(ipv4: flow.source)
      packet.destination = Address(ipv4: flow.target)
      packet.transport = .tcp
      packet.sourcePort = flow.port
      packet.destinationPort = 23
      packet.marks = .ports
      if let identification = flow.identification {
        packet.identification = identification
        packet.marks.insert(.identification)
      }
      batch.append(packet, offset: UInt64(number), record: UInt64(number + 1))
    }
    sample.consume(batch)
    return sample
  }

  private func flows(_ count: Int, every seconds: Double = 10) -> [Flow] {
    (0..<count).map { k in
      Flow(
        second: Double(k) * seconds, target: 0xc633_6400 + UInt32(k % 200),
        port: UInt16(1_024 + k % 60_000), identification: nil)
    }
  }

  @Test func whatBothMetTellsTheDifference() throws {
    let both = flows(50)
    let found = try #require(
      ClockDifference(sample("log", both, ahead: 3_600.4), reference: sample("wan", both)))
    #expect(found.isOff && found.events == 50)
    #expect(abs(found.seconds - 3_600.4) < 0.01)
    let behind = try #require(
      ClockDifference(sample("log", both, ahead: -90), reference: sample("wan", both)))
    #expect(behind.isOff && abs(behind.seconds + 90) < 0.01)
  }

  @Test func clocksThatAgreeAreNotOff() throws {
    let found = try #require(
      ClockDifference(sample("log", flows(50), ahead: 0.9), reference: sample("wan", flows(50))))
    #expect(!found.isOff)
  }

  @Test func tooFewFlowsSayNothing() {
    #expect(
      ClockDifference(sample("a", flows(11), ahead: 60), reference: sample("b", flows(11))) == nil)
  }

  /// A scanner that comes every day from one port is met by each file on another day.
  @Test func whatRecursFromOnePortSaysNothing() {
    let daily = (0..<100).map { k in
      Flow(second: Double(k), target: 0xc633_6400 + UInt32(k), port: 4_444, identification: nil)
    }
    #expect(
      ClockDifference(sample("a", daily, ahead: 40_000), reference: sample("b", daily)) == nil)
  }

  @Test func identificationsThatDifferAreOtherPackets() {
    let mine = flows(40).map { flow in
      var flow = flow
      flow.identification = 1
      return flow
    }
    let theirs = mine.map { flow in
      var flow = flow
      flow.identification = 2
      return flow
    }
    #expect(ClockDifference(sample("a", mine, ahead: 60), reference: sample("b", theirs)) == nil)
  }

  @Test func differencesThatDisagreeSayNothing() {
    let mine = flows(60)
    let theirs = mine.enumerated().map { number, flow in
      var flow = flow
      flow.second += Double(number * number % 977)
      return flow
    }
    #expect(ClockDifference(sample("a", mine), reference: sample("b", theirs)) == nil)
  }

  @Test func twoFilesKeepTheSameFlowsHoweverManyThereAre() throws {
    let many = flows(30_000, every: 0.1)
    let found = try #require(
      ClockDifference(
        sample(
          "log",
          many
            + flows(9_000).map { flow in
              var flow = flow
              flow.source += 1
              return flow
            }, ahead: 30), reference: sample("wan", many)))
    #expect(abs(found.seconds - 30) < 0.01 && found.events > 1_000)
  }
}
