public import Observations

/// Lets through what matches an expression, and keeps account of what it leaves out. Belongs to one reader.
public final class PacketSieve {
  /// A kind of link that the expression cannot be asked of.
  public struct Unasked: Sendable, Equatable {
    /// The link type's number in files; 101 also stands for logs.
    public var link: UInt32
    /// libpcap's words.
    public var because: String
  }

  /// Kinds of link that programs are kept for; a file that names more is not asked about the others.
  static let mostLinks = 64

  /// What is let through.
  public let expression: MatchExpression
  /// What was left out.
  public private(set) var leftOut = LeftOut()
  /// Links that the expression could not be asked of, in the order they were met.
  public private(set) var unasked: [Unasked] = []

  private var programs: [UInt32: MatchProgram?] = [:]
  private var logs: MatchInterpreter?
  private var hasAskedOfLogs = false

  /// A sieve that has met nothing.
  public init(_ expression: MatchExpression) { self.expression = expression }

  /// Asks about a frame; of what is no, `leaveOut` is to be told.
  func passes(_ frame: RawSpan, wire: Int, link: UInt32) -> Bool {
    program(link)?.accepts(frame, wire: wire) ?? false
  }

  /// Whether the expression has a meaning for a link.
  func canAsk(_ link: UInt32) -> Bool { program(link) != nil }

  /// Counts a frame that did not pass.
  func leaveOut(_ packet: Observation?, link: UInt32) {
    if let packet {
      leftOut.add(packet, isUnanswerable: !canAsk(link))
    } else {
      leftOut.add(isUnanswerable: !canAsk(link))
    }
  }

  /// Notes a frame that did.
  func keep(_ packet: Observation) { leftOut.keep(packet) }

  /// Lets through what a log's lines tell of that matches.
  ///
  /// A packet is made of what the line says. Where the answer hangs on something that it does not say, the
  /// packet is left out and counted so.
  ///
  /// - Parameters:
  ///   - batch: observations of a log.
  ///   - start: those before were asked already.
  public func sift(_ batch: ObservationBatch, from start: Int) {
    var number = -1
    batch.keep { packet in
      number += 1
      guard number >= start else { return true }
      let answer = ask(packet)
      if answer == .yes {
        leftOut.keep(packet)
        return true
      }
      leftOut.add(packet, isUnanswerable: answer == .unknown)
      return false
    }
  }

  /// Whether what a log's line tells of matches.
  public func matches(_ packet: Observation) -> Bool { ask(packet) == .yes }

  /// What the expression says of a packet that a line tells of.
  func ask(_ packet: Observation) -> MatchInterpreter.Answer {
    if !hasAskedOfLogs {
      hasAskedOfLogs = true
      logs = program(101).map { MatchInterpreter($0.instructions) }
    }
    guard let logs, let told = ToldPacket(packet) else { return .unknown }
    return told.ask(logs)
  }

  private func program(_ link: UInt32) -> MatchProgram? {
    if let known = programs[link] { return known }
    guard programs.count < PacketSieve.mostLinks else { return nil }
    do throws(MatchProgram.Refusal) {
      let made = try MatchProgram(expression.text, link: link)
      programs[link] = .some(made)
      return made
    } catch {
      programs[link] = .some(nil)
      unasked.append(Unasked(link: link, because: error.words))
      return nil
    }
  }
}
