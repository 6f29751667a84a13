extension RecordTool {
  /// `Get-NetTCPConnection` as table, list, CSV or JSON.
  static let getNetTCPConnection = RecordTool(
    instrument: .getNetTCPConnection, system: .windows,
    requires: ["localaddress", "localport", "remoteaddress", "remoteport", "owningprocess"],
    fields: endpointFields.merging([
      "remoteaddress": .remoteAddress, "remoteport": .remotePort, "state": .state,
    ]) { $1 },
    transport: .tcp)

  /// `Get-NetUDPEndpoint`; Windows keeps no peer of a UDP socket.
  static let getNetUDPEndpoint = RecordTool(
    instrument: .getNetUDPEndpoint, system: .windows,
    requires: ["localaddress", "localport", "owningprocess"], fields: endpointFields,
    transport: .udp)

  private static let endpointFields: [String: RecordField] = [
    "localaddress": .localAddress, "localport": .localPort, "owningprocess": .processIdentifier,
    "creationtime": .created, "processname": .processName,
  ]
}
