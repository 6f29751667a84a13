internal import Captures
public import Observations

/// Which packets and lines are wanted: an expression of tcpdump's, as libpcap compiles it.
///
/// Packets are asked as their capture holds them, so that a tunnel's outer header is what counts. Of what
/// a log's line tells, the headers are made that such a packet had.
public struct Match: Sendable, Equatable {
  /// Why an expression cannot be used.
  public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What libpcap says, and the place pointed at below the expression.
    public let description: String
  }

  let expression: MatchExpression

  /// The expression as the user wrote it.
  public var text: String { expression.text }

  /// An expression that compiles for one kind of link at least; host names are not looked up.
  ///
  /// - Parameter text: as in pcap-filter(7).
  /// - Throws: `Failure` where it does not compile.
  public init(_ text: String) throws(Failure) {
    do throws(MatchExpression.Failure) {
      expression = try MatchExpression(text)
    } catch { throw Failure(description: error.description) }
  }
}

/// What a match did to one piece of evidence.
public struct MatchOutcome: Sendable, Equatable {
  /// The expression.
  public let expression: String
  /// What was left out.
  public let leftOut: LeftOut
  /// Why it could not be asked of some, in words; empty where it could of all.
  public let refusals: [String]

  init(_ sieve: PacketSieve, isLog: Bool) {
    expression = sieve.expression.text
    leftOut = sieve.leftOut
    var refusals = sieve.unasked.map {
      isLog
        ? "a log tells of no link that could be asked (libpcap: \($0.because))"
        : "link type \($0.link) cannot be asked (libpcap: \($0.because))"
    }
    if refusals.isEmpty, leftOut.unanswerable > 0 {
      refusals.append("what is asked for is not in the lines")
    }
    self.refusals = refusals
  }
}
