import Observations

/// A program of a made host, with the number of its process.
struct HostProgram: Hashable {
  var name: String
  var identifier: Int
  var path = ""
  /// The modules that `netstat -b` lists above the program.
  var modules: [String] = []
}

/// A socket of a made host, of which each tool prints what it can.
struct HostSocket {
  /// What it is below the transports.
  enum Kind: Equatable {
    case ordinary
    /// A raw IP socket of a protocol; 255 is any that the sender writes into the header.
    case raw(UInt8)
    /// A packet socket on a card.
    case packet(card: String)
  }

  var kind = Kind.ordinary
  var transport: Transport
  var local: Endpoint
  /// Nil for a socket that listens or waits for anybody.
  var remote: Endpoint?
  /// The state of TCP, as Windows spells it; empty for UDP.
  var state = ""
  var owner: HostProgram
  /// Whether the tool is refused the owner.
  var isOwnerRefused = false

  /// Every tool lists TCP first, then by address and port.
  static func precedes(_ one: HostSocket, _ other: HostSocket) -> Bool {
    func key(_ socket: HostSocket) -> (UInt8, UInt32, UInt16, UInt64) {
      let end = socket.remote.map { UInt64($0.address) << 16 | UInt64($0.port) } ?? 0
      return (socket.transport.rawValue, socket.local.address, socket.local.port, end)
    }
    return key(one) < key(other)
  }

  var transportName: String { transport == .tcp ? "TCP" : "UDP" }
}

extension Endpoint {
  /// `192.0.2.1:80`.
  var text: String { "\(dotted(address)):\(port)" }
}

extension String {
  /// The text with blanks behind it up to a width.
  func filled(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
