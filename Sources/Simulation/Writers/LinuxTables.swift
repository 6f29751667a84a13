import Observations

/// Tables of sockets as the tools of Linux print them.
enum LinuxTables {
  /// What `ss -t -u -n -a -p` lists, with `-w` raw sockets and with `-0` packet sockets, too.
  ///
  /// - Parameters:
  ///   - sockets: the host's sockets.
  ///   - host: the host's name, for the prompt.
  ///   - raw: whether `-w` stands in the command.
  ///   - packet: whether `-0` stands in the command.
  /// - Returns: the command at its prompt and what it prints.
  static func ss(_ sockets: [HostSocket], host: String, raw: Bool, packet: Bool) -> String {
    let options = "-tunap" + (raw ? "w" : "") + (packet ? "0" : "")
    var text = "root@\(host):~# ss \(options)\n"
    text +=
      "Netid State  Recv-Q Send-Q   Local Address:Port     Peer Address:Port  Process\n"
    for socket in sockets.sorted(by: precedes) {
      let (name, state, local, remote): (String, String, String, String)
      switch socket.kind {
      case .packet(let card):
        guard packet else { continue }
        (name, state, local, remote) = ("p_raw", "UNCONN", "*:\(card)", "*")
      case .raw(let number):
        guard raw else { continue }
        (name, state) = ("raw", "UNCONN")
        (local, remote) = ("\(dotted(socket.local.address)):\(number)", "0.0.0.0:*")
      case .ordinary:
        let isOpen = socket.transport == .tcp && socket.remote == nil
        name = socket.transport == .tcp ? "tcp" : "udp"
        state = isOpen ? "LISTEN" : socket.remote == nil ? "UNCONN" : "ESTAB"
        (local, remote) = (socket.local.text, socket.remote?.text ?? "0.0.0.0:*")
      }
      text +=
        name.filled(to: 6) + state.filled(to: 7) + "0      0      "
        + local.filled(to: 24) + remote.filled(to: 20)
        + "users:((\"\(socket.owner.name)\",pid=\(socket.owner.identifier),fd=3))\n"
    }
    return text
  }

  /// Packet and raw sockets come before the others.
  private static func precedes(_ one: HostSocket, _ other: HostSocket) -> Bool {
    func rank(_ socket: HostSocket) -> Int {
      switch socket.kind {
      case .packet: 0
      case .raw: 1
      case .ordinary: 2
      }
    }
    let (first, second) = (rank(one), rank(other))
    return first == second ? HostSocket.precedes(one, other) : first < second
  }
}
