extension RecordTool {
  /// TCPView with headings: Process, PID, Protocol, Local Address, Local Port, …
  static let tcpViewRecords = RecordTool(
    instrument: .tcpView, system: .windows,
    requires: ["process", "pid", "protocol", "localaddress", "localport"],
    fields: viewerFields.merging(["process": .processName, "pid": .processIdentifier]) { $1 })

  /// TCPView 4: Process Name, Process ID, Protocol, State, Local Address, …, Create Time, Module
  /// Name.
  static let tcpViewLater = RecordTool(
    instrument: .tcpView, system: .windows,
    requires: ["processname", "processid", "protocol", "localaddress", "localport"],
    fields: viewerFields.merging([
      "processname": .processName, "processid": .processIdentifier, "createtime": .created,
      "modulename": .component,
    ]) { $1 })

  /// NirSoft CurrPorts, tab-delimited, comma-delimited or as a list.
  static let currPorts = RecordTool(
    instrument: .currPorts, system: .windows,
    requires: ["processname", "processid", "protocol", "localport", "localportname"],
    fields: viewerFields.merging([
      "processname": .processName, "processid": .processIdentifier, "processpath": .programPath,
      "username": .user, "processservices": .component, "createdon": .created,
    ]) { $1 })

  private static let viewerFields: [String: RecordField] = [
    "protocol": .transport, "localaddress": .localAddress, "localport": .localPort,
    "remoteaddress": .remoteAddress, "remoteport": .remotePort, "state": .state,
  ]
}
