/// Writes what a Postfix gateway's SMTP server logs of those who connect, behind RFC 3164 stamps.
///
/// The lines are those an administrator keeps who looks for visitors: every connect, and what was
/// written about sessions that broke off.
struct PostfixLogWriter {
  let host: String
  /// Microseconds that this host's clock is ahead of the true time.
  let clockAhead: Int64
  private(set) var lines = LogLines()

  init(host: String, clockAhead: Int64) {
    self.host = host
    self.clockAhead = clockAhead
  }

  /// Somebody connects; `name` is nil where the gateway found none.
  mutating func connect(_ time: Int64, from address: UInt32, name: String?, process: Int) {
    add(time, process: process, "connect from \(client(address, name))")
  }

  /// The session breaks off after a command and is closed.
  mutating func lost(
    _ time: Int64, from address: UInt32, name: String?, process: Int, after command: String
  ) {
    add(time, process: process, "lost connection after \(command) from \(client(address, name))")
    add(time, process: process, "disconnect from \(client(address, name))")
  }

  private mutating func add(_ time: Int64, process: Int, _ text: String) {
    let stamped = time + clockAhead
    lines.add(
      stamped, "\(Clock.syslogStamp(stamped)) \(host) postfix/smtpd[\(process)]: \(text)")
  }

  private func client(_ address: UInt32, _ name: String?) -> String {
    "\(name ?? "unknown")[\(dotted(address))]"
  }
}
