private import Glibc

/// A message of the kernel's (netlink(7)).
struct NetlinkMessage: Hashable, Sendable {
  /// Its type, by family.
  var type: UInt16
  /// Its flags.
  var flags: UInt16
  /// What follows the header.
  var body: ArraySlice<UInt8>

  static let headerSize = 16
  static let error: UInt16 = 2
  static let done: UInt16 = 3
  /// The kernel's tables changed while they were read: some entries may be missing or stand twice.
  static let wasInterrupted: UInt16 = 0x10

  /// The messages in what one read gave; the rest is dropped where a length cannot be right.
  static func all(in bytes: [UInt8]) -> (messages: [NetlinkMessage], isWhole: Bool) {
    var messages: [NetlinkMessage] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let length = rest.host(0, as: UInt32.self), let type = rest.host(4, as: UInt16.self),
        let flags = rest.host(6, as: UInt16.self), length >= headerSize,
        let message = rest.part(0, Int(length))
      else { return (messages, false) }
      messages.append(
        NetlinkMessage(type: type, flags: flags, body: message.dropFirst(headerSize)))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return (messages, true)
  }

  /// The attributes behind a fixed part, by their type; a later one of the same type replaces none.
  static func attributes(_ bytes: ArraySlice<UInt8>?) -> [UInt16: ArraySlice<UInt8>] {
    var found: [UInt16: ArraySlice<UInt8>] = [:]
    var rest = bytes ?? []
    while let length = rest.host(0, as: UInt16.self), let type = rest.host(2, as: UInt16.self),
      length >= 4, let whole = rest.part(0, Int(length))
    {
      // The two upper bits say how the value is made, not what it is.
      let kind = type & 0x3fff
      if found[kind] == nil { found[kind] = whole.dropFirst(4) }
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return found
  }
}

/// A conversation with one part of the kernel; it stays in the network namespace it was begun in.
final class Netlink {
  /// The part that lists sockets, and the one that knows interfaces and routes.
  enum Part: Int32 {
    case route = 0
    case socketDiagnostics = 4
    case netfilter = 12
  }

  private let descriptor: Int32
  private var sequence: UInt32 = 0

  /// What one dump may give at most.
  static let largestDump = 256 << 20

  init(_ part: Part) throws(SystemFailure) {
    let kind = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    descriptor = socket(AF_NETLINK, kind, part.rawValue)
    guard descriptor >= 0 else { throw .last }
    // The kernel answers at once or not at all.
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Asks for a whole table.
  ///
  /// - Parameters:
  ///   - type: the request.
  ///   - body: what follows the header.
  /// - Returns: the messages, and whether the table held still while it was read.
  /// - Throws: the kernel's refusal.
  func dump(
    _ type: UInt16, _ body: [UInt8]
  ) throws(SystemFailure) -> (messages: [NetlinkMessage], isConsistent: Bool) {
    try send(type, body)
    var messages: [NetlinkMessage] = []
    var isConsistent = true
    var size = 0
    while size < Netlink.largestDump {
      let piece = try receive()
      size += piece.count
      let (found, isWhole) = NetlinkMessage.all(in: piece)
      if !isWhole { isConsistent = false }
      for message in found {
        if message.flags & NetlinkMessage.wasInterrupted != 0 { isConsistent = false }
        switch message.type {
        case NetlinkMessage.done:
          if let failure = Netlink.failure(message) { throw failure }
          return (messages, isConsistent)
        case NetlinkMessage.error:
          throw Netlink.failure(message) ?? SystemFailure(number: EPROTO)
        default: messages.append(message)
        }
      }
    }
    throw SystemFailure(number: EFBIG)
  }

  /// The negative error number at the beginning of an error or of the end of a dump.
  private static func failure(_ message: NetlinkMessage) -> SystemFailure? {
    guard let code = message.body.host(0, as: Int32.self), code < 0, code > -4_096 else {
      return nil
    }
    return SystemFailure(number: -code)
  }

  private func send(_ type: UInt16, _ body: [UInt8]) throws(SystemFailure) {
    sequence += 1
    var message: [UInt8] = []
    message.append(host: UInt32(NetlinkMessage.headerSize + body.count))
    message.append(host: type)
    message.append(host: UInt16(0x301))  // a request for the whole table
    message.append(host: sequence)
    message.append(host: UInt32(0))
    message += body
    let sent = unsafe message.withUnsafeBytes { buffer in
      // Without an address a message goes to the kernel.
      unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, 0)
    }
    guard sent == message.count else { throw .last }
  }

  private func receive() throws(SystemFailure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { space in
        // MSG_TRUNC tells the true length; the kernel writes no more than fits.
        unsafe recv(
          descriptor, space.baseAddress, space.count, Int32(truncatingIfNeeded: MSG_TRUNC))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      guard count <= buffer.count else { throw SystemFailure(number: EMSGSIZE) }
      buffer.removeLast(buffer.count - count)
      return buffer
    }
  }
}
