import Detection
import Observations
import Testing

@Suite struct PacketShapeTests {
  static func packet(_ index: Int, _ change: (inout TracedPacket) -> Void) -> TracedPacket {
    var packet = TracedPacket(time: Int64(index) * 1_000_000)
    packet.target = 0xc633_6400 + UInt32(index)
    packet.flags = 4
    change(&packet)
    return packet
  }

  @Test func payloadsOfCapturedPacketsOnly() throws {
    let captured = (0..<10).map { index in
      PacketShapeTests.packet(index) {
        $0.transport = 17
        $0.payloadLength = index < 9 ? 376 : 40
        $0.payloadKey = index < 8 ? 0x0401_0101 : 7
      }
    }
    let logged = (0..<90).map { index in
      PacketShapeTests.packet(index) {
        $0.transport = 17
        $0.flags = 0
      }
    }
    let shape = try #require(PacketShape(captured + logged))
    #expect(shape.payloadLength?.value == 376 && shape.payloadLength?.share == 0.9)
    #expect(shape.values["payloadKey"] == .integer(0x0401_0101))
    #expect(shape.values["payloadKeyShare"] == .number(0.8))
    #expect(shape.sampled == 100)
    let log = try #require(PacketShape(logged))
    #expect(log.payloadLength == nil && log.payloadKey == nil && log.timeToLiveRises == nil)
    #expect(log.values == ["sampled": .integer(90)])
    #expect(PacketShape([]) == nil)
  }

  @Test func sequenceNumbersThatAreTheDestination() throws {
    let trace = (0..<20).map { index in
      PacketShapeTests.packet(index) {
        $0.transport = 6
        $0.sequence = index < 15 ? $0.target : 99
        $0.window = UInt16(index % 3)
      }
    }
    let shape = try #require(PacketShape(trace))
    #expect(shape.sequenceIsDestinationShare == 0.75 && shape.windows == 3)
    // A digest that stands for a veiled or long address cannot be compared, and a log without
    // sequence numbers has none.
    let veiled = trace.map {
      var packet = $0
      packet.target |= 0xf000_0000
      packet.sequence = packet.target
      return packet
    }
    #expect(PacketShape(veiled)?.sequenceIsDestinationShare == nil)
    let logged = trace.map {
      var packet = $0
      (packet.flags, packet.sequence, packet.window) = (0, 0, 0)
      return packet
    }
    #expect(PacketShape(logged)?.sequenceIsDestinationShare == nil)
    #expect(PacketShape(logged)?.windows == nil)
  }

  @Test(arguments: [
    ([1, 1, 1, 2, 2, 3, 4, 5, 6], true), ([3, 4, 5, 6, 7, 8], true), ([1, 2, 3, 4, 5], false),
    ([4, 5, 6, 7, 8, 9, 10], false), ([1, 2, 3, 4, 5, 4, 6, 7], false), ([64, 64, 64], false),
  ])
  func risingTimesToLive(values: [UInt8], rises: Bool) throws {
    let trace = values.enumerated().flatMap { index, value in
      [
        PacketShapeTests.packet(index) {
          $0.target = 5
          $0.timeToLive = value
        },
        PacketShapeTests.packet(index) {
          $0.target = 6
          $0.timeToLive = 64
        },
      ]
    }
    let shape = try #require(PacketShape(trace))
    #expect(shape.timeToLiveRises == rises)
    #expect(shape.timeToLive?.value == 64)
  }
}
