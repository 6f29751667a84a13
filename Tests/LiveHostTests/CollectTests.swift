import Glibc
import HostEvidence
import LiveHost
import Observations
import Testing

@Suite("What a collection says of this process") struct CollectTests {
  @Test("A socket bound here is listed with this process as its owner") func own() throws {
    let socket = try BoundSocket()
    let collected = collect(CollectOptions.quick)
    let table = SocketTables.read(try collected.bytes("sockets.jsonl"))
    let entry = try #require(
      table.entries.first { $0.transport == .udp && $0.local?.port == socket.port })
    #expect(table.instrument == .collected)
    #expect(entry.processIdentifier == UInt32(getpid()))
    #expect(entry.state == .unconnected)
    #expect(entry.seen?.lowerBound == table.captured)
    #expect(table.heading?.lists.isSuperset(of: ["tcp", "udp", "raw", "packet"]) == true)
    let processes = SocketTables.read(try collected.bytes("processes.jsonl"))
    #expect(processes.instrument.isProcessList)
    #expect(processes.processes[UInt32(getpid())]?.name != nil)
    #expect(table.unrecognisedLines == 0 && processes.unrecognisedLines == 0)
  }

  @Test("Its owner is named to whoever asks about packets that could be its") func owner() throws {
    let anywhere = try BoundSocket(0)
    let loopback = try BoundSocket()
    let table = SocketTables.read(try collect(CollectOptions.quick).bytes("sockets.jsonl"))
    let moment = try #require(table.captured)
    guard let address = table.heading?.addresses.first(where: { $0.isIPv4 && !$0.isLoopback })
    else {
      print("skipped: this host has no IPv4 address but loopback")
      return
    }
    func ask(_ port: UInt16) -> Ownership? {
      table.owner(
        of: HostFlow(
          address: address, transport: .udp, localPorts: [port], seen: moment...moment,
          isMisread: false, isOurs: true), path: "sockets.jsonl")
    }
    #expect(ask(anywhere.port)?.status == .owned)
    #expect(ask(anywhere.port)?.process?.processIdentifier == UInt32(getpid()))
    // A socket bound to loopback sends nothing from another address.
    #expect(ask(loopback.port)?.process == nil)
  }
}

/// A UDP socket bound to loopback, or to another address.
final class BoundSocket {
  let descriptor: Int32
  let port: UInt16

  init(_ host: UInt32 = 0x7f00_0001) throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = host.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let own = descriptor
    // The structures are as large as the length says.
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(own, $0, length) == 0 && getsockname(own, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    try #require(bound && port != 0)
  }

  /// Sends bytes to a port of loopback; how many went.
  func send(_ bytes: [UInt8], to port: UInt16) -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    let (own, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_in>.size))
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe sendto(own, bytes, bytes.count, 0, $0, length)
      }
    }
  }

  deinit { close(descriptor) }
}

extension Collected {
  /// The bytes of one of its files.
  func bytes(_ path: String) throws -> [UInt8] {
    let file = try #require(files.first { $0.path == path })
    guard case .bytes(let bytes) = file.contents else { return [] }
    return bytes
  }
}

extension CollectOptions {
  /// Without the hashes, which take time where large programs run.
  static var quick: CollectOptions {
    var options = CollectOptions()
    options.leavesOut = ["programs"]
    return options
  }
}
