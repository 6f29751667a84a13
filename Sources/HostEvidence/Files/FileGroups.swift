/// Claims brought together by the file they speak of: `dns.exe` in one source may be
/// `C:\WINDOWS\system32\dns.exe` in another.
struct FileGroups {
  /// Shorter ways to write one place that are looked for.
  private static let shorterKept = 64

  private let claims: [FilePlace: [FileClaim]]
  private let places: [FilePlace]
  /// For each place those that may be a shorter way to write it, by number.
  private var shorter: [Int: [Int]] = [:]
  private var isCovered: [Bool]

  init(_ all: [FileClaim]) {
    var claims: [FilePlace: [FileClaim]] = [:]
    for claim in all {
      let place = FilePlace(claim.path)
      if !place.name.isEmpty { claims[place, default: []].append(claim) }
    }
    self.claims = claims
    let sorted = claims.keys.map { (folded: $0.components.map { $0.lowercased() }, place: $0) }
      .sorted { one, other in
        one.folded == other.folded
          ? one.place < other.place : one.folded.lexicographicallyPrecedes(other.folded)
      }
    places = sorted.map(\.place)
    isCovered = Array(repeating: false, count: places.count)
    // In this order every place comes right behind those that are a part of it.
    var open: [Int] = []
    for (number, (folded, place)) in sorted.enumerated() {
      while let last = open.last, !folded.starts(with: sorted[last].folded) { open.removeLast() }
      for other in open {
        if place.canBe(places[other]) {
          shorter[other, default: []].append(number)
          isCovered[number] = true
        } else if places[other].canBe(place) {
          shorter[number, default: []].append(other)
          isCovered[other] = true
        }
      }
      if open.count < Self.shorterKept { open.append(number) }
    }
  }

  /// Each place that is no shorter way to write another, with all that is said of it.
  func forEach(_ body: (FilePlace, [FileClaim]) -> Void) {
    var isServed = isCovered.map { !$0 }
    for number in places.indices where !isCovered[number] {
      let parts = shorter[number] ?? []
      for part in parts { isServed[part] = true }
      let all = [number] + parts
      body(places[number], all.flatMap { claims[places[$0]] ?? [] })
    }
    // Part of a place that is itself part of one it cannot be: it stands alone.
    for number in places.indices where !isServed[number] {
      body(places[number], claims[places[number]] ?? [])
    }
  }
}
