internal import NIOCore
internal import Reporting
internal import Synchronization

/// What a server answers (RFC 5321, 4.2): a number, and a text for each of its lines.
struct SMTPReply: Hashable, Sendable {
  var code: Int
  var lines: [String]

  /// For people, without what a terminal would obey.
  var words: String { "\(code) " + inert(lines.joined(separator: " ")).prefix(300) }
}

/// Puts a server's replies together out of bytes, however they come in pieces.
struct SMTPReplyParser {
  /// The longest line, in bytes; RFC 5321 has 512.
  static let lineBytes = 2_048
  /// The most lines of a reply.
  static let mostLines = 128

  private var line: [UInt8] = []
  private var lines: [String] = []
  private var code = 0

  /// Whether nothing of a reply has come yet.
  var isEmpty: Bool { line.isEmpty && lines.isEmpty }

  /// Takes a byte in; the reply, where it is the last one of it.
  mutating func take(_ byte: UInt8) throws(SMTPProblem) -> SMTPReply? {
    guard byte == 0x0a else {
      guard line.count < SMTPReplyParser.lineBytes else { throw .tooLong }
      line.append(byte)
      return nil
    }
    if line.last == 0x0d { line.removeLast() }
    defer { line = [] }
    guard line.count >= 3, line[..<3].allSatisfy({ (0x30...0x39).contains($0) }),
      line.count == 3 || line[3] == 0x20 || line[3] == 0x2d
    else { throw .noReply }
    let code = line[..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard (200..<600).contains(code), lines.isEmpty || code == self.code else { throw .noReply }
    guard lines.count < SMTPReplyParser.mostLines else { throw .tooLong }
    self.code = code
    lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
    if line.count > 3, line[3] == 0x2d { return nil }
    defer { lines = [] }
    return SMTPReply(code: code, lines: lines)
  }
}

/// What goes wrong between a client and a server, before words are exchanged or against their rules.
enum SMTPProblem: Error, Hashable {
  case tooLong
  case noReply
  case late
  case ended
  case spokeBeforeTLS
  /// Of TLS or of the network, in words.
  case failed(String)

  var words: String {
    switch self {
    case .tooLong: "the server said more than it may"
    case .noReply: "what the server said is no reply of SMTP"
    case .late: "the server did not answer in time"
    case .ended: "the server ended the connection"
    case .spokeBeforeTLS: "something was said between STARTTLS and TLS, which nobody can vouch for"
    case .failed(let text): text
    }
  }
}

/// Hands a server's replies to whoever waits for them.
final class SMTPReader: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private struct State {
    var parser = SMTPReplyParser()
    var waiting: EventLoopPromise<SMTPReply>?
    /// A reply that nobody asked for yet: the greeting.
    var early: SMTPReply?
    var problem: SMTPProblem?
  }

  private let state = Mutex(State())

  /// Answers a promise by the next reply.
  func expect(_ promise: EventLoopPromise<SMTPReply>) {
    let ready: Result<SMTPReply, SMTPProblem>? = state.withLock { state in
      if let reply = state.early {
        state.early = nil
        return .success(reply)
      }
      if let problem = state.problem { return .failure(problem) }
      state.waiting = promise
      return nil
    }
    switch ready {
    case .success(let reply): promise.succeed(reply)
    case .failure(let problem): promise.fail(problem)
    case nil: break
    }
  }

  /// Whether the server has said nothing that was not asked for.
  var isQuiet: Bool {
    state.withLock { $0.parser.isEmpty && $0.early == nil && $0.problem == nil }
  }

  /// Ends the waiting; the first problem is the one that counts.
  func fail(_ problem: SMTPProblem) {
    let waiting = state.withLock { state in
      if state.problem == nil { state.problem = problem }
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.fail(problem)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    for byte in unwrapInboundIn(data).readableBytesView {
      do throws(SMTPProblem) {
        guard
          let reply = try state.withLock({ (state) throws(SMTPProblem) in
            try state.parser.take(byte)
          })
        else { continue }
        if !hand(reply) { throw .noReply }
      } catch {
        fail(error)
        return context.close(promise: nil)
      }
    }
  }

  /// False where there are more replies than questions.
  private func hand(_ reply: SMTPReply) -> Bool {
    let (promise, isWanted): (EventLoopPromise<SMTPReply>?, Bool) = state.withLock { state in
      if let promise = state.waiting {
        state.waiting = nil
        return (promise, true)
      }
      guard state.early == nil else { return (nil, false) }
      state.early = reply
      return (nil, true)
    }
    promise?.succeed(reply)
    return isWanted
  }

  func channelInactive(context: ChannelHandlerContext) { fail(.ended) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(.failed("\(error)"))
    context.close(promise: nil)
  }
}
