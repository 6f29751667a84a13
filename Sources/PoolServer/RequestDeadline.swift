import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends requests that do not become whole in time: whoever sends a byte now and then, for ever, would
/// hold a connection for ever.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let seconds: Int64
  private var deadline: Scheduled<Void>?
  /// Whether an answer to the request that is being read has begun.
  private var isAnswered = false

  init(seconds: Int64) { self.seconds = seconds }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      isAnswered = false
      let place = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      deadline = context.eventLoop.scheduleTask(in: .seconds(seconds)) {
        place.value.handler.end(place.value.context)
      }
    case .body: break
    case .end:
      deadline?.cancel()
      deadline = nil
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .head = unwrapOutboundIn(data) { isAnswered = true }
    context.write(data, promise: promise)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = nil
  }

  private func end(_ context: ChannelHandlerContext) {
    deadline = nil
    guard context.channel.isActive else { return }
    guard !isAnswered else { return context.close(promise: nil) }
    isAnswered = true
    let head = HTTPResponse(
      status: .requestTimeout, headerFields: [.connection: "close", .contentLength: "0"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let whole = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: whole)
    let place = NIOLoopBound(context, eventLoop: context.eventLoop)
    whole.futureResult.whenComplete { _ in place.value.close(promise: nil) }
  }
}
