import Observations

extension Scenario {
  /// Founding case 1: a small business server whose name lookups step up overnight.
  static let sbs2003 = Scenario(
    id: "sbs2003",
    summary:
      "a mail server looks its visitors' names up by NetBIOS; the router refuses and logs it",
    variants: ["no-dns", "lan-host", "altered-file"]
  ) { recipe in SBS2003(recipe).files() }
}

/// Two weeks of a router's refusals, two hours of the server's own card, its mail gateway's log,
/// what the server's tools show of its sockets and of one program, and the administrator's notes.
struct SBS2003 {
  // Fixed in all seeds. Documentation blocks (RFC 5737) stand for the server and its provider.
  static let server: UInt32 = 0xcb00_7114
  static let resolver: UInt32 = 0xc633_6435
  static let start = Clock.midnight(year: 2008, month: 9, day: 27)
  static let end = start + 14 * Clock.day
  static let captureLength = 2 * Clock.hour
  /// The visitors' log begins this long before the onset, so that it shows whether visitors stepped.
  static let visitorsBefore = 24 * Clock.hour
  /// How far the mail gateway's clock is ahead of the router's.
  static let gatewayAhead = 2 * Clock.second

  // Together these make some 333 lookups, 1,000 packets, an hour.
  private static let visitGap = 5_900 * Clock.millisecond
  private static let returningPerMille: UInt64 = 80
  private static let failingPerMille: UInt64 = 550
  private static let lookedUpPerMille: UInt64 = 970
  private static let otherGap = 360 * Clock.second
  /// What there was before the onset: two lookups a day.
  private static let trickleGap = 12 * Clock.hour

  let recipe: Recipe
  let network = Network(base: 0xcb00_7110, length: 28, gateway: 0xcb00_7111, own: server)
  let onset: Int64
  let captureStart: Int64
  /// When the cables of the local network were out.
  let cablesPulled: Range<Int64>
  let visits: [Visit]
  /// Every lookup of the two weeks, in the order of their times.
  let lookups: [NameLookup]

  var captureEnd: Int64 { captureStart + SBS2003.captureLength }

  init(_ recipe: Recipe) {
    self.recipe = recipe
    var random = recipe.random(1)
    onset =
      SBS2003.start + 12 * Clock.day + 21 * Clock.hour
      + random.microseconds(0...119) * Clock.minute + random.microseconds(0...Clock.minute)
    captureStart =
      SBS2003.start + 13 * Clock.day + random.microseconds(8 * 60...20 * 60) * Clock.minute
    let pulled = SBS2003.start + 13 * Clock.day + 4 * Clock.hour
    cablesPulled = pulled..<pulled + 90 * Clock.minute
    var strangers = PublicAddresses(random: recipe.random(2), home: SBS2003.server)
    var visiting = recipe.random(3)
    let stream = VisitorStream(
      meanGap: SBS2003.visitGap, returning: SBS2003.returningPerMille,
      failing: SBS2003.failingPerMille)
    visits = stream.visits(
      from: onset - SBS2003.visitorsBefore, to: SBS2003.end, strangers: &strangers, &visiting)
    var looking = recipe.random(4)
    var all: [NameLookup] = []
    for visit in visits {
      guard let query = visit.query, query.result.failed, query.answered >= onset,
        looking.chance(SBS2003.lookedUpPerMille)
      else { continue }
      let time = query.answered + looking.microseconds(10_000...400_000)
      all.append(
        NameLookup(
          time: time, target: visit.address, failed: query.answered, visited: visit.time))
    }
    for (gap, from) in [(SBS2003.otherGap, onset), (SBS2003.trickleGap, SBS2003.start)] {
      var time = from + looking.exponential(mean: gap)
      while time < SBS2003.end {
        all.append(NameLookup(time: time, target: strangers.next()))
        time += looking.exponential(mean: gap)
      }
    }
    // Whoever asks from behind the server falls silent with its cables.
    let silent = recipe.variant == "lan-host" ? cablesPulled : 0..<0
    lookups = all.filter { !silent.contains($0.time) }
      .sorted { ($0.time, $0.target) < ($1.time, $1.target) }
  }

  func files() -> [SimulatedFile] {
    let sent = SBS2003Packets(self)
    let router = SBS2003Router(self, sent: sent)
    let gateway = gatewayLog()
    let host = SBS2003Host(self)
    let programs = SBS2003Files(recipe)
    return [
      router.log.lines.file(named: "router.syslog"),
      sent.capture.file(named: "wan.pcap", snapLength: recipe.snapLength),
      gateway.lines.file(named: "visitors.log"), StoryNote.file(notes), host.netstat, host.tcpView,
    ] + programs.files + [
      Truth.object(
        truth(sent: sent, router: router, gateway: gateway) + [
          ("hostTables", host.truth), ("measuredFile", programs.truth),
        ]
      ).file
    ]
  }

  /// What the administrator wrote down: one thing that came before the onset, and what was tried after.
  private var notes: [StoryNote] {
    // People note the minute.
    let onset = onset - onset % Clock.minute
    return [
      StoryNote(
        from: onset - 6 * Clock.hour, kind: "change", about: "software-installed",
        text: "modem driver installed on the server"),
      StoryNote(
        from: onset - 2 * Clock.hour, to: onset - 90 * Clock.minute, kind: "intervention",
        about: "browsing", text: "browsed from the server"),
      StoryNote(
        from: onset + 3 * Clock.hour, kind: "intervention", about: "reboot",
        text: "server rebooted"),
      StoryNote(
        from: cablesPulled.lowerBound, to: cablesPulled.upperBound, kind: "intervention",
        about: "lan-disconnected", text: "LAN cables pulled"),
    ]
  }

  private func gatewayLog() -> PostfixLogWriter {
    var random = recipe.random(5)
    var writer = PostfixLogWriter(host: "mx", clockAhead: SBS2003.gatewayAhead)
    for visit in visits {
      let process = random.within(2_000...31_000)
      writer.connect(visit.time, from: visit.address, name: visit.result.name, process: process)
      guard random.chance(30) else { continue }
      // The log ends with the story.
      let time = min(
        visit.time + random.microseconds(200_000...20_000_000), SBS2003.end - Clock.second)
      writer.lost(
        max(time, visit.time), from: visit.address, name: visit.result.name, process: process,
        after: random.pick(["CONNECT", "HELO", "RCPT"]))
    }
    return writer
  }
}

// MARK: - What is true of it

extension SBS2003 {
  private func truth(
    sent: SBS2003Packets, router: SBS2003Router, gateway: PostfixLogWriter
  ) -> [(String, Truth)] {
    recipe.truth + [
      ("server", .text(dotted(SBS2003.server))),
      ("resolver", .text(dotted(SBS2003.resolver))),
      ("first", .time(SBS2003.start)), ("last", .time(SBS2003.end)),
      ("onset", .time(onset)), ("onsetExplained", .flag(false)),
      ("clockOffsetSeconds", .seconds(SBS2003.gatewayAhead)),
      ("cablesPulledFrom", .time(cablesPulled.lowerBound)),
      ("cablesPulledTo", .time(cablesPulled.upperBound)),
      ("effectOfPulledCables", .text(recipe.variant == "lan-host" ? "stopped" : "unchanged")),
      ("router", routerTruth(router)),
      ("capture", captureTruth(sent)),
      ("visitors", visitorsTruth(gateway)),
    ]
  }

  private func routerTruth(_ router: SBS2003Router) -> Truth {
    let hour = Int(Clock.hour)
    return .object([
      ("file", .text("router.syslog")), ("lines", .integer(router.log.lines.count)),
      ("refusalsOnly", .flag(true)),
      ("nameServiceLines", .integer(router.nameLinesBefore + router.nameLinesAfter)),
      ("nameServiceLinesBefore", .integer(router.nameLinesBefore)),
      ("nameServiceLinesAfter", .integer(router.nameLinesAfter)),
      (
        "beforePerHour",
        .quotient(router.nameLinesBefore * hour, Int(onset - SBS2003.start), places: 3)
      ),
      (
        "afterPerHour",
        .quotient(router.nameLinesAfter * hour, Int(SBS2003.end - onset), places: 3)
      ),
      ("otherOutboundLines", .integer(router.otherOutbound)),
      ("inboundLines", .integer(router.inbound)),
      ("lookups", .integer(lookups.count)),
      ("targets", .integer(Set(lookups.map(\.target)).count)),
    ])
  }

  private func captureTruth(_ sent: SBS2003Packets) -> Truth {
    let seen = lookups.filter { (captureStart..<captureEnd).contains($0.time) }
    let visitors = Set(visits.map(\.address))
    let targets = Set(seen.map(\.target))
    let afterFailure = seen.compactMap { lookup in lookup.failed.map { lookup.time - $0 } }
    let afterVisit = seen.compactMap { lookup in lookup.visited.map { lookup.time - $0 } }
    return .object([
      ("file", .text("wan.pcap")), ("from", .time(captureStart)), ("to", .time(captureEnd)),
      ("packets", .integer(sent.capture.frames.count)),
      ("nameServicePackets", .integer(sent.namePackets)),
      ("dnsPackets", .integer(sent.capture.frames.count - sent.namePackets)),
      ("lookups", .integer(seen.count)), ("targets", .integer(targets.count)),
      ("answeredLookups", .integer(0)),
      ("targetsThatVisited", .integer(targets.intersection(visitors).count)),
      (
        "targetsThatVisitedShare",
        .quotient(targets.intersection(visitors).count, targets.count, places: 4)
      ),
      ("reverseQueries", .integer(sent.reverseQueries)),
      ("failedReverseQueries", .integer(sent.failedReverseQueries)),
      (
        "failedReverseShare",
        .quotient(sent.failedReverseQueries, sent.reverseQueries, places: 4)
      ),
      ("lookupsAfterFailedReverse", .integer(afterFailure.count)),
      ("lookupsAfterFailedReverseShare", .quotient(afterFailure.count, seen.count, places: 4)),
      ("lookupsOfOtherOrigin", .integer(seen.count - afterVisit.count)),
      ("medianLagAfterFailureSeconds", .seconds(median(afterFailure))),
      ("medianLagAfterVisitSeconds", .seconds(median(afterVisit))),
      ("dnsIncluded", .flag(recipe.variant != "no-dns")),
    ])
  }

  private func visitorsTruth(_ gateway: PostfixLogWriter) -> Truth {
    let before = visits.filter { $0.time < onset }.count
    let hour = Int(Clock.hour)
    return .object([
      ("file", .text("visitors.log")), ("lines", .integer(gateway.lines.count)),
      ("from", .time(onset - SBS2003.visitorsBefore)),
      ("visits", .integer(visits.count)),
      ("visitors", .integer(Set(visits.map(\.address)).count)),
      ("stepped", .flag(false)),
      (
        "beforePerHour", .quotient(before * hour, Int(SBS2003.visitorsBefore), places: 1)
      ),
      (
        "afterPerHour",
        .quotient((visits.count - before) * hour, Int(SBS2003.end - onset), places: 1)
      ),
    ])
  }
}
