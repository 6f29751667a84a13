internal import Glibc

extension PresenceModel {
  /// Packets that are counted, for each packet that a network of average size gets on all days together:
  /// those of sources on days when enough networks met them. The others are not counted, as anybody could
  /// have sent them to one network.
  func countedForEach(_ point: Point) -> Double {
    let leaving = exp(point[Parameter.leaving.rawValue])
    let probing = exp(point[Parameter.probing.rawValue])
    let course = course(point)
    let ofSets = counts.sets.map { packets(of: $0, leaving, probing) }
    let ofOne = PresenceModel.packets(leaving) { _ in 1 }
    var present = course.unseen[0]
    var (counted, all) = (0.0, 0.0)
    for day in 0..<counts.days {
      let new = course.arrivals[day]
      func expected(_ packets: Packets) -> Double {
        present * (course.survival * packets.whole + packets.leaving)
          + new * (packets.coming + packets.passing)
      }
      if let set = counts.setOfDay[day] { counted += expected(ofSets[set]) }
      all += expected(ofOne)
      present = present * course.survival + new * course.coming
    }
    return all > 0 ? counted / all : 0
  }

  /// Packets of one source on one day, by how it comes and goes.
  private struct Packets {
    var whole = 0.0
    var leaving = 0.0
    var coming = 0.0
    var passing = 0.0

    mutating func add(_ packets: Double, _ weight: Double, _ part: Double, _ leaving: Double) {
      let staying = exp(-leaving * part) * weight * packets
      self.leaving += leaving * staying
      coming += staying
      passing += leaving * staying * (1 - part)
    }
  }

  private func packets(
    of set: [Double], _ leaving: Double, _ probing: Double
  ) -> Packets {
    let size = set.reduce(0, +)
    return PresenceModel.packets(leaving) { size * countedOf(set, probing * $0) }
  }

  /// Packets by how a source comes and goes, where those of a part of a day are in proportion to it.
  private static func packets(_ leaving: Double, _ rate: (Double) -> Double) -> Packets {
    var packets = Packets()
    packets.whole = rate(1)
    for (part, weight) in Quadrature.nodes {
      packets.add(part * rate(part), weight, part, leaving)
    }
    return packets
  }

  /// Of the packets of a source the share on days when it is met by enough networks: a packet to one
  /// network counts where enough others met the source, too.
  private func countedOf(_ set: [Double], _ probing: Double) -> Double {
    // Few sizes stand for many networks: the outcome is the same for those of one size.
    var known: [Double: Double] = [:]
    var (sum, size) = (0.0, 0.0)
    for (place, weight) in set.enumerated() {
      var share = known[weight]
      if share == nil {
        var others = set
        others.remove(at: place)
        let numbers = PresenceModel.numbers(
          others.map { -expm1(-probing * $0) }, upTo: counts.fewest - 1)
        // `numbers` up to a most number counts those exactly; the rest is what is missing to 1.
        share = 1 - numbers.dropLast().reduce(0, +)
        known[weight] = share
      }
      sum += weight * (share ?? 0)
      size += weight
    }
    return size > 0 ? max(0, sum / size) : 0
  }
}
