import Detection
import Foundation
import Observations
import Pool
import Testing

@testable import PoolClient

/// A folder that is gone when the test is.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "culprit-client-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Activities as an analysis would have them.
enum Made {
  static let noon = Timestamp(seconds: 1_790_000_000)

  static func activity(
    _ source: String, direction: Direction = .inbound, first: Timestamp = noon,
    seconds: Int64 = 600
  ) throws -> ActivityEvidence {
    ActivityEvidence(
      subject: .address(try #require(Address(source))),
      shape: .service(transport: .udp, port: 137), first: first,
      last: Timestamp(seconds: first.wholeSeconds + seconds),
      traffic: Traffic(
        transport: .udp, sourcePorts: [137], sourcePortCount: 1, destinationPorts: [137...137],
        direction: direction, packets: Bound(low: 30, high: 30), bytes: nil,
        destinations: Bound(low: 10, high: 10), examples: [Address(ipv4: 0xcb00_7101)]),
      findings: [], capabilities: [.replies: .available], paths: ["router.log"])
  }

  static func reports(_ count: Int) -> [Report] {
    (0..<count).map { number in
      Report(
        subject: Address(ipv4: 0xc633_6400 + UInt32(number)),
        shape: ReportShape(transport: .udp, direction: .inbound, manner: .service), ports: [137],
        first: noon, last: noon, packets: CountRange(3), targets: CountRange(1))
    }
  }
}
