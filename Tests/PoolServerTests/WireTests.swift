import Foundation
import Glibc
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// A connection to a server on this machine, as raw as hostile clients use it.
final class RawClient {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    // The structures are on the stack and outlive the calls.
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(UInt16(port).bigEndian)
    place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = unsafe withUnsafePointer(to: &place) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    // What the other side does not want any more is no error of a test.
    _ = unsafe bytes.withUnsafeBytes { buffer in
      unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// No more will be sent.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Everything up to the end of the connection.
  func rest() -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let room = buffer.count
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe recv(descriptor, $0.baseAddress, room, 0)
      }
      guard got > 0 else { break }
      all += buffer[..<got]
    }
    return String(decoding: all, as: UTF8.self)
  }

  /// Sends pieces and returns all that comes back, on a thread that may block: the server needs those
  /// that tests run on.
  static func ask(_ port: Int, _ pieces: [UInt8]..., finish: Bool = false) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            let client = try RawClient(port: port)
            for piece in pieces { client.send(piece) }
            if finish { client.finish() }
            return client.rest()
          })
      }
    }
  }

  static func ask(_ port: Int, _ text: String, finish: Bool = false) async throws -> String {
    try await ask(port, Array(text.utf8), finish: finish)
  }
}

@Suite(.serialized) struct WireTests {
  @Test func pagesComeWithAPolicyAndATag() async throws {
    try await serving { port, _ in
      let page = try await RawClient.ask(
        port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(page.hasPrefix("HTTP/1.1 200"))
      let head = page.lowercased()
      #expect(head.contains("content-security-policy: default-src 'none'"))
      #expect(head.contains("x-content-type-options: nosniff"))
      let tag = try #require(
        page.split(separator: "\r\n").first { $0.lowercased().hasPrefix("etag: ") })
      let again = try await RawClient.ask(
        port,
        "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(tag.dropFirst(6))\r\n"
          + "Connection: close\r\n\r\n")
      #expect(again.hasPrefix("HTTP/1.1 304"))
      let only = try await RawClient.ask(
        port, "HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(only.hasPrefix("HTTP/1.1 200") && !only.hasSuffix("ok\n"))
    }
  }

  @Test func hostileClientsAreAnsweredOrLeft() async throws {
    try await serving { port, _ in
      let large = try await RawClient.ask(
        port,
        "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n"
          + "Connection: close\r\n\r\n")
      #expect(large.hasPrefix("HTTP/1.1 413") && large.contains("application/problem+json"))
      let garbage = try await RawClient.ask(port, "\u{16}\u{3}\u{1} nonsense\r\n\r\n")
      #expect(garbage.isEmpty || garbage.hasPrefix("HTTP/1.1 400"))
      let header = String(repeating: "a", count: 40_000)
      let long = try await RawClient.ask(port, "GET / HTTP/1.1\r\nHost: a\r\nX: \(header)\r\n\r\n")
      #expect(long.isEmpty || long.hasPrefix("HTTP/1.1 4"))
      let short = try await RawClient.ask(
        port, "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
        finish: true)
      #expect(short.isEmpty || short.hasPrefix("HTTP/1.1 4"))
      let alive = try await RawClient.ask(
        port, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(alive.hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func whoNeverEndsIsLeft() async throws {
    try await serving(secondsToAsk: 1) { port, _ in
      let answer = try await RawClient.ask(
        port, "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
      // Returns when the server has had enough, or fails after the socket's own minute.
      #expect(answer.hasPrefix("HTTP/1.1 408"))
    }
  }

  @Test func aSignedBatchArrives() async throws {
    try await serving { port, pool in
      let key = SensorKey()
      try await pool.enrol(key)
      let bytes = try key.sign(sequence: 1, reports: [try MadePool.report()]).bytes
      let head =
        "POST /api/v1/batches HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n"
        + "Connection: close\r\n\r\n"
      let answer = try await RawClient.ask(port, Array(head.utf8), bytes)
      #expect(answer.hasPrefix("HTTP/1.1 200"))
      let id = BatchID(sensor: key.sensor, sequence: 1)
      #expect(try await pool.store.seen([id]) == [id])
    }
  }
}
