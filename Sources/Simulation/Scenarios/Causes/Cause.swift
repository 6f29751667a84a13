import Observations

/// What the stories of single causes share: an office, its wire, ordinary traffic, and the truth.
struct Cause {
  /// The variant that is outwardly close and has another explanation.
  static let nearMiss = "near-miss"
  /// The own block of stories that are seen outside, a network set apart for documentation.
  static let telescope: UInt32 = 0xcb00_7100
  /// A host of another private network, which dials in at a server of the office.
  static let dialIn: UInt32 = 0x0a42_0311

  /// What is to be said of the made evidence.
  struct Told {
    var subject: (kind: String, value: String)
    /// The article that explains it; nil where none of a cause does.
    var article: String?
    /// The article that must not be given.
    var mustNot: String?
    var counts: [(String, Truth)] = []
    var notes: [Note] = []
    /// What hosts say of themselves, and who visited.
    var files: [SimulatedFile] = []
    var styles: [UInt32: IdentificationOrder] = [:]

    init(_ subject: UInt32, article: String?) {
      self.subject = ("address", dotted(subject))
      self.article = article
    }

    init(hardware: MAC, article: String?) {
      subject = ("mac", hardware.text)
      self.article = article
    }
  }

  /// A line of `notes.yaml`.
  typealias Note = StoryNote

  let recipe: Recipe
  let office: Office
  let start: Int64
  let length: Int64
  var capture: Capture
  /// A second capture, of the other side of a gateway; nil where there is none.
  var outside: Capture?
  var random: RandomSource
  var strangers: PublicAddresses
  /// The article that the plain story's evidence must earn.
  private let article: String

  var isNearMiss: Bool { recipe.variant == Cause.nearMiss }
  var end: Int64 { start + length }
  var stations: [UInt32] { office.stations }

  init(_ recipe: Recipe, article: String, outside: Bool, length: Int64) {
    self.recipe = recipe
    self.article = article
    self.length = length
    start = Clock.midnight(year: 2004, month: 3, day: 9) + 14 * Clock.hour
    let base = outside ? Cause.telescope : 0xc0a8_2800
    let network = Network(
      base: base, length: 24, gateway: base + 1, own: nil, behind: [Cause.dialIn: base + 12])
    office = Office(
      network: network, stations: (0..<20).map { base + 21 + UInt32($0) }, fileServer: base + 10,
      resolver: base + 9)
    capture = Capture(network: network)
    random = recipe.random(1)
    strangers = PublicAddresses(random: recipe.random(2), home: base)
  }

  /// A moment of the story, in seconds from its beginning.
  func at(_ seconds: Int64) -> Int64 { start + seconds * Clock.second }

  /// The truth of the variant asked for, about one address.
  func told(_ subject: UInt32, nearMiss: String? = nil) -> Told {
    var told = Told(subject, article: isNearMiss ? nearMiss : article)
    told.mustNot = isNearMiss ? article : nil
    return told
  }

  /// The truth of the variant asked for, about one hardware address.
  func told(hardware: MAC) -> Told {
    var told = Told(hardware: hardware, article: isNearMiss ? nil : article)
    told.mustNot = isNearMiss ? article : nil
    return told
  }

  /// Machines that are there and only answer: printers, servers, cash registers.
  var quiet: [UInt32] { (100..<150).map { office.network.base + $0 } }

  /// Whether an address is one of those that are there on the office's wire.
  func isPresent(_ address: UInt32) -> Bool {
    stations.contains(address) || quiet.contains(address) || address == office.fileServer
      || address == office.resolver
      || address == office.network.gateway
  }

  /// A Poisson process of something between two moments, in seconds from the beginning.
  mutating func repeated(
    from first: Int64, to last: Int64, gap: Int64,
    _ body: (Int64, inout Capture, inout RandomSource) -> Void
  ) {
    var time = at(first) + random.exponential(mean: gap)
    while time < at(last) {
      body(time, &capture, &random)
      time += random.exponential(mean: gap)
    }
  }

  func files(_ told: Told) -> [SimulatedFile] {
    let isOutside = office.network.base == Cause.telescope
    let name = isOutside ? "wan.pcap" : "lan.pcap"
    var capture = capture
    capture.number(seed: recipe.seed, styles: told.styles)
    var files = [capture.file(named: name, snapLength: recipe.snapLength)]
    if var outside {
      outside.number(seed: recipe.seed ^ 1, styles: told.styles)
      files.append(outside.file(named: "wan.pcap", snapLength: recipe.snapLength))
    }
    files += told.files
    if !told.notes.isEmpty { files.append(StoryNote.file(told.notes)) }
    let members: [(String, Truth)] = [
      ("file", .text(name)), ("from", .time(start)), ("to", .time(end)),
      ("packets", .integer(capture.frames.count)),
      ("home", .text("\(dotted(office.network.base))/\(office.network.length)")),
      (
        "subject",
        .object([("kind", .text(told.subject.kind)), ("value", .text(told.subject.value))])
      ),
      ("article", told.article.map { .text($0) } ?? .null),
      ("mustNot", told.mustNot.map { .text($0) } ?? .null),
    ]
    return files + [Truth.object(recipe.truth + members + told.counts).file]
  }
}

extension Scenario {
  /// A story of one cause, with its near miss.
  static func cause(
    _ id: String, _ summary: String, article: String, outside: Bool = false,
    length: Int64 = 10 * Clock.minute, make: @escaping @Sendable (inout Cause) -> Cause.Told
  ) -> Scenario {
    Scenario(id: id, summary: summary, variants: [Cause.nearMiss]) { recipe in
      var cause = Cause(recipe, article: article, outside: outside, length: length)
      let told = make(&cause)
      return cause.files(told)
    }
  }
}
