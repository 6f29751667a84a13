import HostEvidence
import Observations

/// A table read from text.
func socketTable(_ text: String) -> SocketTable { SocketTables.read(Array(text.utf8)) }

extension SocketEntry {
  /// The whole entry on one line: kind, ends, state, owner, user, components.
  var summary: String {
    var words = [kind, printed(local), printed(remote)]
    if let state { words.append("\(state)") }
    if processIdentifier != nil || processName != nil {
      words.append("\(processIdentifier.map(String.init) ?? "?")/\(processName ?? "?")")
    }
    if let user { words.append("user=\(user)") }
    if let inode { words.append("inode=\(inode)") }
    if let interface { words.append("on=\(interface)") }
    if isOwnershipRefused { words.append("refused") }
    if isBlocked { words.append("blocked") }
    if let isOutbound { words.append(isOutbound ? "out" : "in") }
    return words.joined(separator: " ")
  }

  private var kind: String {
    switch transport {
    case .raw(let number): "raw/\(number.map(String.init) ?? "?")"
    case .packet(let number): "packet/\(number.map { String($0, radix: 16) } ?? "?")"
    default: "\(transport)"
    }
  }

  private func printed(_ end: SocketEndpoint?) -> String {
    guard let end else { return "-" }
    let host = end.address.map { "\($0)" } ?? end.name ?? "?"
    return "\(host):\(end.port.map(String.init) ?? end.service ?? "*")" + (end.isCut ? "(cut)" : "")
  }
}
