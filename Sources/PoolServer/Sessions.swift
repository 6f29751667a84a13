import Observations
import Pool
import Synchronization

/// Who is signed in. Kept in memory: whoever restarts the server signs in again.
final class Sessions: Sendable {
  /// An operator's visit.
  struct Session: Sendable {
    /// Who it is.
    var name: String
    /// What forms of this visit must bear, so that no other page can send them.
    var formToken: String
    /// When it began.
    var began: Timestamp
    /// When something was last asked for.
    var used: Timestamp
  }

  private struct State {
    var sessions: [BatchDigest: Session] = [:]
    /// Links for a first entry, with when they end.
    var links: [BatchDigest: Timestamp] = [:]
  }

  private let state = Mutex(State())

  /// A visit ends after so many seconds, whatever is done.
  static let secondsOfSession: Int64 = 12 * 3_600
  /// It ends after so many seconds in which nothing is asked for.
  static let secondsIdle: Int64 = 3_600
  /// A link for a first entry is good for so long.
  static let secondsOfLink: Int64 = 3_600
  /// The most at a time of either.
  private static let most = 1_000
  /// The cookie's name.
  static let cookie = "culprit-operator"

  /// Begins a visit.
  ///
  /// - Returns: what the browser is to send with every request.
  func open(for name: String, at now: Timestamp) -> String {
    let token = EnrolmentToken()
    state.withLock { state in
      state.sessions = state.sessions.filter { !Sessions.hasEnded($0.value, at: now) }
      if state.sessions.count >= Sessions.most,
        let oldest = state.sessions.min(by: { $0.value.used < $1.value.used })
      {
        state.sessions[oldest.key] = nil
      }
      state.sessions[token.digest] = Session(
        name: name, formToken: EnrolmentToken().text, began: now, used: now)
    }
    return token.text
  }

  /// The visit that a request belongs to; nil for none.
  func session(_ text: String?, at now: Timestamp) -> Session? {
    guard let token = text.flatMap({ EnrolmentToken($0) }) else { return nil }
    return state.withLock { state in
      guard var session = state.sessions[token.digest] else { return nil }
      if Sessions.hasEnded(session, at: now) {
        state.sessions[token.digest] = nil
        return nil
      }
      session.used = now
      state.sessions[token.digest] = session
      return session
    }
  }

  private static func hasEnded(_ session: Session, at now: Timestamp) -> Bool {
    now.wholeSeconds - session.began.wholeSeconds >= secondsOfSession
      || now.wholeSeconds - session.used.wholeSeconds >= secondsIdle
  }

  /// Ends a visit.
  func close(_ text: String?) {
    guard let token = text.flatMap({ EnrolmentToken($0) }) else { return }
    state.withLock { $0.sessions[token.digest] = nil }
  }

  /// Ends all visits of an operator.
  func closeAll(of name: String) {
    state.withLock { state in state.sessions = state.sessions.filter { $0.value.name != name } }
  }

  /// A new link for an operator's first entry.
  func issueLink(at now: Timestamp) -> EnrolmentToken {
    let token = EnrolmentToken()
    state.withLock { state in
      state.links = state.links.filter { $0.value > now }
      if state.links.count < Sessions.most {
        state.links[token.digest] = Timestamp(seconds: now.wholeSeconds + Sessions.secondsOfLink)
      }
    }
    return token
  }

  /// Whether a link is good; it is used up by `useLink` alone, since programs follow links unasked.
  func hasLink(_ text: String, at now: Timestamp) -> Bool {
    guard let token = EnrolmentToken(text) else { return false }
    return state.withLock { ($0.links[token.digest]).map { $0 > now } ?? false }
  }

  /// Uses a link up; false where it is not good.
  func useLink(_ text: String, at now: Timestamp) -> Bool {
    guard let token = EnrolmentToken(text) else { return false }
    return state.withLock { state in
      state.links.removeValue(forKey: token.digest).map { $0 > now } ?? false
    }
  }
}
