import Analysis
import Detection
import Diagnosis
import Observations
import Plots

extension HTMLReport {
  /// How an activity went: over time, over its targets, over ports, and from host to host.
  static func drawings(
    _ activity: Activity, _ id: String, _ notes: [Finding], on page: inout HTMLPage
  ) {
    guard let course = activity.evidence.course else {
      page.element("p", "Nothing to draw: of this activity only sums were kept.", style: "small")
      return
    }
    timeline(activity, course, id, notes, on: &page)
    growth(course, id, on: &page)
    targets(activity, course, id, on: &page)
    ports(activity, course, id, on: &page)
    contacts(
      course.contacts, total: course.contacts.count, id: id + "-c",
      title: "Who reached whom before the other began to do the same", on: &page)
  }

  private static func figure(
    _ title: String, _ svg: String, _ caption: String, on page: inout HTMLPage,
    _ more: (inout HTMLPage) -> Void = { _ in }
  ) {
    page.add("<figure>")
    page.element("p", title, style: "name")
    page.add(svg)
    page.add("<figcaption>")
    page.text(caption)
    more(&page)
    page.add("</figcaption></figure>\n")
  }

  private static func unit(_ evidence: ActivityEvidence, _ basis: Course.Basis) -> String {
    switch basis {
    case .firstContacts: return "first contacts"
    case .firstPackets: return "packets"
    case .events, .hours:
      if evidence.finding(.nameLookups) != nil { return "lookups" }
      if case .service = evidence.shape { return "attempts" }
      return "packets"
    }
  }

  private static func timeline(
    _ activity: Activity, _ course: Course, _ id: String, _ notes: [Finding],
    on page: inout HTMLPage
  ) {
    let evidence = activity.evidence
    var onset: ClosedRange<Int64>?
    if let step = evidence.finding(.rateStep), case .time(let from)? = step.values["onsetFrom"],
      case .time(let to)? = step.values["onsetTo"], from <= to
    {
      onset = from.nanoseconds...to.nanoseconds
    }
    let events = notes.compactMap(event)
    let unit = unit(evidence, course.basis)
    let drawing = Timeline(
      title: "\(unit) over time", unit: unit, binWidth: course.binWidth,
      bins: course.bins.map { .init(start: $0.start.nanoseconds, count: UInt64($0.count)) },
      covered: course.covered.lowerBound.nanoseconds...course.covered.upperBound.nanoseconds,
      onset: onset, events: events.map(\.event))
    figure("Over time", drawing.svg(id: id + "-t"), basis(course, evidence), on: &page) { page in
      guard !events.isEmpty else { return }
      page.add("<ol>\n")
      for event in events { page.element("li", event.words) }
      page.add("</ol>\n")
    }
  }

  /// A tested note as something that happened beside.
  private static func event(_ note: Finding) -> (event: Timeline.Event, words: String)? {
    guard case .time(let from)? = note.values["from"], case .text(let text)? = note.values["text"]
    else { return nil }
    var end: Timestamp?
    if case .time(let to)? = note.values["to"] { end = to }
    var words = "\(text), \(briefSpan(from, end ?? from))"
    if case .text(let effect)? = note.values["effect"] {
      words += effect == "untestable" ? ": could not be tested" : ": \(effect)"
    }
    if note.values["coincides"] == .flag(true) {
      words += "; the onset falls into it or follows within a day, which may be chance"
    }
    return (Timeline.Event(from: from.nanoseconds, to: end?.nanoseconds, label: text), words)
  }

  /// What the bins are made of, and what they leave out.
  private static func basis(_ course: Course, _ evidence: ActivityEvidence) -> String {
    let drawn = course.bins.reduce(UInt64(0)) { $0 + UInt64($1.count) }
    let of = "The width of the drawing is all that \(course.path) covers. "
    let retries = "repeats of what had no answer are left out"
    switch course.basis {
    case .events:
      return of + "Every one of the \(grouped(drawn)) is drawn; \(retries)."
    case .hours: return of + "Counted by the hour; \(retries)."
    case .firstContacts:
      return of + "Drawn is the first packet to each of \(grouped(drawn)) targets."
    case .firstPackets:
      let all = counted(evidence.traffic.packets, "packet", "packets")
      return of + "A sample: the first \(grouped(drawn)) of \(all); what came later is not drawn."
    }
  }

  private static func growth(_ course: Course, _ id: String, on page: inout HTMLPage) {
    guard course.growth.count > 2 else { return }
    let sample = course.hasAllGrowth ? "to the end" : "the beginning only"
    let drawing = TargetGrowth(
      title: "Distinct targets over time",
      steps: course.growth.map { .init(time: $0.time.nanoseconds, count: UInt64($0.targets)) },
      sample: sample)
    figure(
      "Number of targets", drawing.svg(id: id + "-g"),
      course.hasAllGrowth
        ? "How many distinct addresses had been tried by then."
        : "How many distinct addresses had been tried by then; further first contacts were not kept.",
      on: &page)
  }

  private static func targets(
    _ activity: Activity, _ course: Course, _ id: String, on page: inout HTMLPage
  ) {
    guard course.targets.count > 1 else { return }
    let total = counted(activity.evidence.traffic.destinations, "target", "targets")
    let drawing = TargetMap(
      title: "Where the targets lie", targets: course.targets.map(\.ipv4),
      // "at least 30 targets" without its last word.
      total: total.split(separator: " ").dropLast().joined(separator: " "),
      isWhole: course.hasAllTargets)
    figure(
      "Where the targets lie", drawing.svg(id: id + "-m"),
      course.hasAllTargets
        ? "All targets, by their IPv4 addresses."
        : "A sample of the targets, by their IPv4 addresses: \(total) in all.", on: &page)
  }

  private static func ports(
    _ activity: Activity, _ course: Course, _ id: String, on page: inout HTMLPage
  ) {
    guard course.packets.count > 2 else { return }
    let isByDestination = Set(course.packets.map(\.destinationPort)).count > 1
    let isBySource = Set(course.packets.map(\.sourcePort)).count > 1
    guard isByDestination || isBySource else { return }
    let which = isByDestination ? "Destination ports" : "Source ports"
    let all = counted(activity.evidence.traffic.packets, "packet", "packets")
    let shown = grouped(UInt64(course.packets.count))
    let drawing = PortsOverTime(
      title: "\(which) over time",
      packets: course.packets.map {
        .init(
          time: $0.time.nanoseconds, port: isByDestination ? $0.destinationPort : $0.sourcePort)
      }, sample: "the first \(shown) packets")
    figure(
      which, drawing.svg(id: id + "-p"), "A dot a packet: the first \(shown) of \(all).", on: &page)
    let bursts = BurstPorts(title: "\(which) within bursts", packets: drawing.packets)
    guard bursts.isTelling else { return }
    figure(
      "\(which) within bursts", bursts.svg(id: id + "-b"),
      "A box a burst: its packets in order from left to right, lower ports below; beneath, its first "
        + "and last port.", on: &page)
  }

  /// Who reached whom; nothing where nobody is known to have.
  ///
  /// - Parameters:
  ///   - contacts: the contacts that are told one by one.
  ///   - total: how many there are.
  ///   - id: of the drawing.
  ///   - title: of the drawing.
  ///   - page: where it is drawn.
  static func contacts(
    _ contacts: [SpreadingStep], total: Int, id: String, title: String, on page: inout HTMLPage
  ) {
    guard !contacts.isEmpty else { return }
    let drawing = ContactGraph(
      title: title,
      contacts: contacts.map {
        .init(
          time: $0.time.nanoseconds, from: $0.from.description, to: $0.to.description,
          delay: $0.delay)
      })
    let rest = total - contacts.count
    figure(
      title, drawing.svg(id: id),
      "A line a host; an arrow leads from a host to one that it had reached and that began to do "
        + "the same within ten minutes, drawn when that began."
        + (rest > 0 ? " \(rest) more were not kept one by one." : ""), on: &page)
  }
}
