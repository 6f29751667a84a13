import Analysis
import Diagnosis
public import Knowledge
import Observations

extension TextPage {
  /// What tables of sockets show of hosts beside the flows, each with what it was weighed to be.
  mutating func hostFindings(_ found: [HostFinding]) {
    guard !found.isEmpty else { return }
    section("ABOUT HOSTS, BY WHAT THEIR TABLES SHOW")
    for host in found {
      blank()
      guard let state = host.state else {
        item("-", host.finding.summary, indent: 2)
        continue
      }
      let diagnosis = state.diagnosis
      paragraph(state.label, hang: 2, emphasis: .strong)
      paragraph(host.finding.summary, indent: 2)
      paragraph(diagnosis.sentence, indent: 2)
      for remark in host.remarks { paragraph(remark, indent: 2, emphasis: .strong) }
      blank()
      verdict(diagnosis)
      weighed(state)
      list("COULD NOT BE SEEN", diagnosis.unseenReasons)
      numbered("NEXT: what would settle it, cheapest first", diagnosis.settledBy)
      commands(diagnosis.next, indent: 4)
      list("OPEN", diagnosis.open)
      list("KEEP", diagnosis.keep)
      rivals(diagnosis)
    }
  }

  /// Which part of the host may send, and what to type to learn more.
  mutating func senders(_ activity: Activity) {
    guard !activity.senders.isEmpty else { return }
    blank()
    paragraph("WHICH PART OF THE HOST MAY SEND THEM", indent: 2, emphasis: .strong)
    for sender in activity.senders {
      item("-", "\(sender.article): \(sender.sentence)", indent: 4)
      for text in sender.open { item("-", "open: \(text)", indent: 6) }
      commands(sender.next, indent: 6)
    }
  }

  /// Commands to type, by system.
  public mutating func commands(_ commands: [NextCommand], indent: Int) {
    for system in NextCommand.System.allCases {
      let own = commands.filter { $0.system == system }
      guard !own.isEmpty else { continue }
      paragraph("on \(system == .windows ? "Windows" : "Linux"), run next:", indent: indent)
      for command in own {
        verbatim(command.run, indent: indent + 2)
        paragraph(command.shows, indent: indent + 4)
      }
    }
  }
}
