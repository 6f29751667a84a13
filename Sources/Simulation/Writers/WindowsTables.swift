import Observations

/// Tables of sockets as the tools of Windows print them.
enum WindowsTables {
  /// Which of the columns and lines that Windows 2003 added to netstat are printed.
  enum Owners { case none, identifiers, programs }

  /// `netstat -n`, with `all` also `-a`, without which no socket of UDP is listed.
  ///
  /// - Parameters:
  ///   - sockets: the host's sockets.
  ///   - only: the transport that `-p` asks for; nil lists all.
  ///   - all: whether sockets that wait are listed.
  ///   - owners: numbers of processes by `-o`, programs below them by `-b`.
  /// - Returns: the text from the blank line above its title on.
  static func netstat(
    _ sockets: [HostSocket], only: Transport? = nil, all: Bool, owners: Owners
  ) -> String {
    var text = "\nActive Connections\n\n"
    text += "  Proto  Local Address          Foreign Address        State"
    text += owners == .none ? "\n" : "           PID\n"
    for socket in sockets.sorted(by: HostSocket.precedes) {
      guard only ?? socket.transport == socket.transport, all || socket.remote != nil else {
        continue
      }
      let nobody = socket.transport == .tcp ? "0.0.0.0:0" : "*:*"
      text +=
        "  \(socket.transportName)    " + socket.local.text.filled(to: 23)
        + (socket.remote?.text ?? nobody).filled(
          to: owners == .none && socket.state.isEmpty ? 0 : 23)
      text +=
        owners == .none
        ? "\(socket.state)\n" : socket.state.filled(to: 16) + "\(socket.owner.identifier)\n"
      guard owners == .programs else { continue }
      if socket.isOwnerRefused {
        text += "  Can not obtain ownership information\n\n"
        continue
      }
      for module in socket.owner.modules { text += "  \(module)\n" }
      text += "  [\(socket.owner.name)]\n\n"
    }
    return text
  }

  /// What TCPView 2 saves: tabs between the columns, the state last.
  static func tcpView(_ sockets: [HostSocket]) -> String {
    let order = sockets.sorted { one, other in
      let (first, second) = (one.owner, other.owner)
      if first.name != second.name { return first.name < second.name }
      if first.identifier != second.identifier { return first.identifier < second.identifier }
      return HostSocket.precedes(one, other)
    }
    var text = ""
    for socket in order {
      let nobody = socket.transport == .tcp ? "0.0.0.0:0" : "*:*"
      text += [
        "\(socket.owner.name):\(socket.owner.identifier)", socket.transportName,
        socket.local.text, socket.remote?.text ?? nobody, socket.state,
      ].joined(separator: "\t")
      text += "\n"
    }
    return text
  }

  /// What fport 2 prints: ports without addresses, a program's path where there is one.
  static func fport(_ sockets: [HostSocket]) -> String {
    var text = """
      FPort v2.0

      Pid   Process            Port  Proto Path

      """
    var printed: Set<String> = []
    for transport in [Transport.tcp, .udp] {
      for socket in sockets.sorted(by: HostSocket.precedes) where socket.transport == transport {
        let name = socket.owner.name.split(separator: ".").first.map(String.init) ?? ""
        var row =
          String(socket.owner.identifier).filled(to: 6) + name.filled(to: 15) + "->  "
          + String(socket.local.port).filled(to: 6) + socket.transportName.filled(to: 6)
          + socket.owner.path
        while row.hasSuffix(" ") { row.removeLast() }
        if printed.insert(row).inserted { text += row + "\n" }
      }
    }
    return text
  }
}
