extension RecordTool {
  /// osquery's process_open_sockets.
  static let osquerySockets = RecordTool(
    instrument: .osquerySockets, system: .unknown,
    requires: ["pid", "localaddress", "localport", "remoteaddress", "remoteport"],
    fields: osqueryFields)

  /// osquery's listening_ports.
  static let osqueryListening = RecordTool(
    instrument: .osquerySockets, system: .unknown,
    requires: ["pid", "port", "protocol", "address"],
    fields: osqueryFields.merging(["port": .localPort, "address": .localAddress]) { $1 })

  /// socket_events and bpf_socket_events.
  static let osqueryEvents = RecordTool(
    instrument: .osqueryEvents, system: .unknown,
    requires: ["pid", "action", "localport", "remoteport"],
    fields: osqueryFields.merging([
      "path": .program, "time": .created, "auid": .user, "action": .action,
    ]) { $1 })

  private static let osqueryFields: [String: RecordField] = [
    "pid": .processIdentifier, "name": .processName, "socket": .inode, "family": .family,
    "protocol": .transport, "localaddress": .localAddress, "localport": .localPort,
    "remoteaddress": .remoteAddress, "remoteport": .remotePort, "state": .state,
  ]
}
