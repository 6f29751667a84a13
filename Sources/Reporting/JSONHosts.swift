import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations

/// What a host's tables show beside the flows: a finding, with its diagnosis where it has one.
func json(_ host: HostFinding, number: Int) -> JSONValue {
  let kind = host.finding.kind
  guard let state = host.state,
    case .object(let fields) = json(host.finding, id: "\(state.id)/\(kind.rawValue)")
  else { return json(host.finding, id: "host-\(number)/\(kind.rawValue)") }
  let others = state.evidence.findings.filter { $0.kind != kind }
  return .object(
    fields + [
      (key: "diagnosis", value: json(state.diagnosis, of: state)),
      (
        key: "findings",
        value: .array(others.map { json($0, id: "\(state.id)/\($0.kind.rawValue)") })
      ),
      (key: "remarks", value: .array(host.remarks.map(JSONValue.string))),
    ])
}

/// Which part of a host may send, by one article.
func json(_ sender: SenderStatement) -> JSONValue {
  .object([
    ("article", .string(sender.article)),
    ("title", .string(sender.title)),
    ("because", .string(sender.sentence)),
    ("open", .array(sender.open.map(JSONValue.string))),
    ("next", .array(sender.next.map(json))),
  ])
}

/// A command to type.
func json(_ command: NextCommand) -> JSONValue {
  .object([
    ("system", .string(command.system.rawValue)), ("run", .string(command.run)),
    ("shows", .string(command.shows)),
  ])
}
