import Analysis
public import Observations

/// Attempts of sources at services, as the rules of other programs count them.
public struct Attempts: Sendable {
  /// One packet, or line, that tries something.
  struct Attempt: Sendable {
    var time: Int64
    var target: Address
    var port: UInt16
    var transport: Transport
    var packets: UInt32
    /// Whether a log says that it was refused.
    var isBlocked: Bool
    /// Whether a connection came about; nil where the evidence could not show it.
    var isAnswered: Bool?
    /// Whether it stands in a log of netfilter.
    var isNetfilter: Bool
  }

  /// Attempts kept in all; beyond, the comparison says that it is of a part.
  static let most = 2_000_000

  private struct Pair: Hashable {
    let source: Address
    let target: Address
    let port: UInt16
    let transport: Transport
  }

  /// By source, in order of the evidence.
  private(set) var bySource: [Address: [Attempt]] = [:]
  private var answered: Set<Pair> = []
  private var count = 0
  /// Attempts that found no room.
  private(set) var left = 0
  /// Whether any came out of a log of netfilter, out of another log, out of a capture.
  private(set) var hasNetfilter = false
  /// Out of another log.
  private(set) var hasOtherLog = false
  /// Out of a capture.
  private(set) var hasCapture = false

  /// No attempts.
  public init() {}

  /// Takes a packet.
  ///
  /// - Parameters:
  ///   - packet: the packet.
  ///   - format: the format of the log that tells of it; nil: a capture.
  public mutating func take(_ packet: Observation, format: String?) {
    let isCapture = format == nil
    let isNetfilter = format == "netfilter" || format == "ipchains"
    hasCapture = hasCapture || isCapture
    hasNetfilter = hasNetfilter || isNetfilter
    hasOtherLog = hasOtherLog || !isCapture && !isNetfilter
    guard packet.transport == .tcp || packet.transport == .udp,
      !packet.marks.contains(.laterFragment), !packet.marks.contains(.visit),
      packet.hint != .icmpError
    else { return }
    if isCapture, packet.transport == .tcp {
      if packet.tcpFlags.contains([.syn, .ack]) {
        note(answerOf: packet)
        return
      }
      // Only what opens a connection, or pretends to by odd flags.
      if packet.tcpFlags.contains(.ack) || packet.tcpFlags.contains(.rst) { return }
    } else if isCapture {
      let reverse = Pair(
        source: packet.destination, target: packet.source, port: packet.sourcePort, transport: .udp)
      if answered.contains(reverse) || isTried(reverse) {
        note(answerOf: packet)
        return
      }
    }
    guard count < Attempts.most else {
      left += 1
      return
    }
    count += 1
    bySource[packet.source, default: []].append(
      Attempt(
        time: packet.time, target: packet.destination, port: packet.destinationPort,
        transport: packet.transport, packets: packet.packets,
        isBlocked: packet.action == .blocked, isAnswered: isCapture ? false : nil,
        isNetfilter: isNetfilter))
    if isCapture { tried.insert(pair(packet)) }
  }

  private var tried: Set<Pair> = []

  private func isTried(_ pair: Pair) -> Bool { tried.contains(pair) }

  private func pair(_ packet: Observation) -> Pair {
    Pair(
      source: packet.source, target: packet.destination, port: packet.destinationPort,
      transport: packet.transport)
  }

  private mutating func note(answerOf packet: Observation) {
    guard answered.count < Attempts.most else { return }
    answered.insert(
      Pair(
        source: packet.destination, target: packet.source, port: packet.sourcePort,
        transport: packet.transport))
  }

  /// Settles which attempts were answered, and brings each source's into order of time.
  mutating func settle() {
    for (source, attempts) in bySource {
      bySource[source] = attempts.map { attempt in
        var settled = attempt
        if attempt.isAnswered != nil {
          settled.isAnswered = answered.contains(
            Pair(
              source: source, target: attempt.target, port: attempt.port,
              transport: attempt.transport))
        }
        return settled
      }.sorted { $0.time < $1.time }
    }
    answered = []
    tried = []
  }
}

extension Attempts.Attempt {
  /// Whether no connection came of it: not answered, or refused; nil where that is not known.
  var failed: Bool? { isAnswered.map { !$0 } ?? (isBlocked ? true : nil) }
}
