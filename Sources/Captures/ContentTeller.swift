import Observations

/// What a packet's content turned out to be.
struct Content {
  var hint: ApplicationHint
  var detail: UInt32 = 0
}

/// Takes the names and other text of one packet into its batch.
struct ContentTeller {
  let batch: ObservationBatch
  /// The packet as far as it is decoded.
  let source: Address
  let destination: Address
  /// Whether something found no room.
  private(set) var isFull = false

  init(_ observation: Observation, _ batch: ObservationBatch) {
    (source, destination) = (observation.source, observation.destination)
    self.batch = batch
  }

  /// Keeps a sighting with its text; one without text keeps an empty one.
  mutating func tell(
    _ kind: Sighting.Kind, of address: Address, _ text: RawSpan, extra: UInt8 = 0
  ) {
    guard let kept = batch.keepText(text) else {
      isFull = true
      return
    }
    tell(kind, of: address, kept, extra: extra)
  }

  /// Keeps a sighting of text that was kept before.
  mutating func tell(
    _ kind: Sighting.Kind, of address: Address, _ kept: (start: UInt32, length: UInt16),
    extra: UInt8 = 0
  ) {
    let sighting = Sighting(
      index: UInt32(batch.count), kind: kind, extra: extra, address: address, start: kept.start,
      length: kept.length)
    if !batch.append(sighting) { isFull = true }
  }

  /// That the content was recognised by itself.
  mutating func tellContent() { tell(.content, of: destination, (0, 0)) }
}
