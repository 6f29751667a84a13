extension RecordTool {
  /// Sysmon event 3 (network connection), of Windows and Linux.
  static let sysmon = RecordTool(
    instrument: .sysmon, system: .windows,
    requires: ["utctime", "image", "sourceip", "destinationip"],
    fields: [
      "utctime": .created, "processid": .processIdentifier, "image": .program, "user": .user,
      "protocol": .transport, "initiated": .initiated, "sourceip": .sourceAddress,
      "sourceport": .sourcePort, "destinationip": .destinationAddress,
      "destinationport": .destinationPort,
    ],
    events: ["eventid": ["3"]])

  /// Security events 5156 (allowed) and 5157 (blocked) of the Windows Filtering Platform.
  static let windowsFilteringEvents = RecordTool(
    instrument: .windowsFilteringEvents, system: .windows,
    requires: ["direction", "sourceaddress", "sourceport", "protocol"],
    fields: [
      "processid": .processIdentifier, "application": .program, "applicationname": .program,
      "direction": .direction, "sourceaddress": .sourceAddress, "sourceport": .sourcePort,
      "destaddress": .destinationAddress, "destinationaddress": .destinationAddress,
      "destport": .destinationPort, "destinationport": .destinationPort,
      "protocol": .transport, "eventid": .action, "systemtime": .created, "id": .action,
    ],
    events: ["eventid": ["5156", "5157"]])
}
