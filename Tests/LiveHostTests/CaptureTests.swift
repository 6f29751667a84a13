import Foundation
import Glibc
import Observations
import Testing

@testable import LiveHost

@Suite("Packets that are taken while a host is asked") struct CaptureTests {
  private static let folder = FileManager.default.temporaryDirectory.path

  /// The frames in a capture written by this machine, whole records only.
  private func frames(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    func number(_ place: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    var found: [ArraySlice<UInt8>] = []
    var place = 24
    while place + 16 <= bytes.count {
      let end = place + 16 + number(place + 8)
      guard end <= bytes.count else { break }
      found.append(bytes[(place + 16)..<end])
      place = end
    }
    return found
  }

  @Test("What crosses loopback stands in the file, cut at the length that is kept")
  func loopback() throws {
    let capture: PacketCapture
    do throws(SystemFailure) {
      capture = try PacketCapture(seconds: 60, folder: CaptureTests.folder)
    } catch {
      print("skipped: packets may not be taken here (\(error.text))")
      return
    }
    defer { unsafe unlink(capture.path) }
    let receiver = try BoundSocket()
    let sender = try BoundSocket()
    let marker = Array("culprit-\(UInt64.random(in: .min ... .max))-".utf8)
    let lengths = [60, 400, 1_400]
    for length in lengths {
      let datagram = marker + [UInt8](repeating: 0x61, count: length - marker.count)
      #expect(sender.send(datagram, to: receiver.port) == length)
    }
    capture.take(milliseconds: 200)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: capture.path)))
    #expect(bytes.prefix(4) == [0x4d, 0x3c, 0xb2, 0xa1] && bytes[20] == 20 && bytes[21] == 1)
    let ours = frames(bytes).filter { frame in
      frame.indices.contains { frame[$0] == marker[0] && frame[$0...].starts(with: marker) }
    }
    // Loopback shows each packet going out and coming in.
    #expect(ours.count >= lengths.count && ours.count <= 2 * lengths.count)
    #expect(ours.allSatisfy { $0.count <= PacketCapture.snapLength + 20 })
    #expect(ours.map(\.count).max() == PacketCapture.snapLength + 20)
    #expect(capture.failure == nil && capture.packets >= ours.count)
    // It holds what people wrote: nobody else may read it.
    let mode = try FileManager.default.attributesOfItem(atPath: capture.path)[.posixPermissions]
    #expect((mode as? NSNumber)?.intValue == 0o600)
  }
}
