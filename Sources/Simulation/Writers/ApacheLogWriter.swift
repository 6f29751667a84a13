/// Writes a web server's log in Apache's combined format, times in zone +0000.
struct ApacheLogWriter {
  private(set) var lines = LogLines()

  /// One request and its answer.
  mutating func request(
    _ time: Int64, from address: UInt32, path: String, status: Int, bytes: Int, referer: String,
    agent: String
  ) {
    lines.add(
      time,
      "\(dotted(address)) - - [\(Clock.webStamp(time))] \"GET \(path) HTTP/1.1\" \(status) "
        + "\(bytes) \"\(referer)\" \"\(agent)\"")
  }
}
