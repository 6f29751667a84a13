/// A file that a scenario makes.
public struct SimulatedFile: Hashable, Sendable {
  /// File name without a folder: `router.syslog`, `truth.json`.
  public let name: String
  /// The whole content.
  public let bytes: [UInt8]

  /// A file out of its parts.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// A story whose evidence can be made, and whose truth is known.
public struct Scenario: Sendable {
  /// Stable name, as on the command line and as a folder of `Examples/`.
  public let id: String
  /// What the evidence shows, in one line.
  public let summary: String
  /// Names of the variants beside the plain story; empty where there are none.
  public let variants: [String]

  private let maker: Maker

  private enum Maker: Sendable {
    case whole(@Sendable (Recipe) -> [SimulatedFile])
    case pieces(names: [String], large: [String?], PieceMaker)
  }

  /// Makes the files of a recipe piece by piece, each file's pieces one behind the other.
  typealias PieceMaker =
    @Sendable (Recipe, _ sink: (String, [UInt8]) throws -> Void) throws -> Void

  init(
    id: String, summary: String, variants: [String] = [],
    maker: @escaping @Sendable (Recipe) -> [SimulatedFile]
  ) {
    self.id = id
    self.summary = summary
    self.variants = variants
    self.maker = .whole(maker)
  }

  /// A scenario with files so large that they are made in pieces, in the variants of `streamed`
  /// (nil is the plain story).
  init(
    id: String, summary: String, variants: [String] = [], streamed: [String?], names: [String],
    maker: @escaping PieceMaker
  ) {
    self.id = id
    self.summary = summary
    self.variants = variants
    self.maker = .pieces(names: names, large: streamed, maker)
  }

  /// The names of the files `stream` makes, where a variant is too large to be held in memory;
  /// nil for all others, which `make` serves best.
  public func largeFileNames(variant: String? = nil) -> [String]? {
    guard case .pieces(let names, let large, _) = maker, large.contains(variant) else { return nil }
    return names
  }

  /// Makes the evidence. The same arguments give the same bytes on every machine.
  ///
  /// - Parameters:
  ///   - seed: where chance begins; different seeds give different evidence of the same story.
  ///   - variant: one of `variants`, or nil for the plain story. For any other name nothing is made.
  ///   - snapLength: packets of captures are cut to this many bytes (1 to 65,535); nil keeps all.
  /// - Returns: the files, `truth.json` last; empty for a variant this scenario does not have.
  public func make(seed: UInt64, variant: String? = nil, snapLength: Int? = nil) -> [SimulatedFile]
  {
    if let variant, !variants.contains(variant) { return [] }
    let recipe = Recipe(scenario: id, seed: seed, variant: variant, snapLength: snapLength)
    switch maker {
    case .whole(let make): return make(recipe)
    case .pieces(let names, _, let make):
      var contents = [[UInt8]](repeating: [], count: names.count)
      // Nothing throws here: the sink does not.
      try? make(recipe) { name, piece in
        if let index = names.firstIndex(of: name) { contents[index] += piece }
      }
      return zip(names, contents).map { SimulatedFile(name: $0, bytes: $1) }
    }
  }

  /// Makes the same evidence as `make` piece by piece: for files too large to be held in memory.
  ///
  /// - Parameters:
  ///   - seed: as for `make`.
  ///   - variant: as for `make`.
  ///   - snapLength: as for `make`.
  ///   - sink: takes the name of a file and its next bytes.
  /// - Throws: what the sink throws; that ends the making.
  public func stream(
    seed: UInt64, variant: String? = nil, snapLength: Int? = nil,
    to sink: (_ name: String, _ piece: [UInt8]) throws -> Void
  ) throws {
    if case .pieces(_, _, let make) = maker, variant.map(variants.contains) ?? true {
      let recipe = Recipe(scenario: id, seed: seed, variant: variant, snapLength: snapLength)
      return try make(recipe, sink)
    }
    for file in make(seed: seed, variant: variant, snapLength: snapLength) {
      try sink(file.name, file.bytes)
    }
  }
}

/// What was asked of a scenario.
struct Recipe: Sendable {
  let scenario: String
  let seed: UInt64
  let variant: String?
  let snapLength: Int?

  /// The first members of every `truth.json`. The seed is text: it may exceed what JSON readers keep.
  var truth: [(String, Truth)] {
    [
      ("scenario", .text(scenario)), ("seed", .text(String(seed))),
      ("variant", variant.map { .text($0) } ?? .null),
      ("snapLength", snapLength.map { .integer($0) } ?? .null),
    ]
  }

  /// A source of chance for one part of the story.
  func random(_ stream: UInt64) -> RandomSource { RandomSource(seed: seed, stream: stream) }
}

/// The scenarios that can be made.
public enum Scenarios {
  /// All of them, in the order in which help lists them.
  public static let all: [Scenario] = [
    .sbs2003, .cadlock770, .mynetwatchman, .crowd, .reverseLookup, .opaserv, .ordinary,
    .slammer, .blaster, .mirai, .backscatter, .spoofedFlood, .nameStorm, .duplicateAddress,
    .arpPoisoning, .natGateway, .traceroute, .peerToPeer, .dnsWinsReverse, .isaSecureNAT,
    .observerEffect, .secondWayIn, .reinfection, .bugbear, .qaz, .bymer,
    .rawSender, .packetSender, .mailGatewayLookups, .netbtKernel,
    .sasser, .conficker, .codeRed2, .nimda, .welchia, .deloder, .deviceWorm,
    .distributedTable, .gameServers, .monitoring, .telephones, .formerTimeServer,
    .declaredScanner, .deviceSearch, .cloudAgent, .proxySearch, .tunnelSearch, .leftTunnel,
  ]

  /// The scenario of that name; nil where there is none.
  public static func named(_ id: String) -> Scenario? { all.first { $0.id == id } }
}
