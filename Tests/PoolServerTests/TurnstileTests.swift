import Synchronization
import Testing

@testable import PoolServer

/// Who waits while others are let through.
@Suite struct TurnstileTests {
  /// Something that many wait for.
  private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, held: [CheckedContinuation<Void, Never>]()))

    func wait() async {
      await withCheckedContinuation { continuation in
        let isOpen = state.withLock { state in
          if !state.isOpen { state.held.append(continuation) }
          return state.isOpen
        }
        if isOpen { continuation.resume() }
      }
    }

    func open() {
      let held = state.withLock { state in
        state.isOpen = true
        return state.held
      }
      for continuation in held { continuation.resume() }
    }
  }

  /// What went on inside.
  private final class Book: Sendable {
    private let state = Mutex((now: 0, most: 0, order: [Int]()))

    var most: Int { state.withLock { $0.most } }
    var order: [Int] { state.withLock { $0.order } }

    func enter(_ number: Int) {
      state.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
        state.order.append(number)
      }
    }

    func leave() { state.withLock { $0.now -= 1 } }
  }

  @Test func fewAreLetThroughAndTheRestIsTurnedAway() async {
    let turnstile = Turnstile(atOnce: 2, most: 5)
    let (gate, book) = (Gate(), Book())
    @Sendable func work() async {
      book.enter(0)
      await gate.wait()
      book.leave()
    }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<7 { group.addTask { await turnstile.pass(work) != nil } }
      while turnstile.waiting < 5 { await Task.yield() }
      #expect(await turnstile.pass(work) == nil, "the line is full")
      #expect(await turnstile.pass(work) == nil, "nobody left meanwhile")
      gate.open()
      for await isServed in group { #expect(isServed) }
    }
    #expect(turnstile.waiting == 0)
    #expect(await turnstile.pass(work) != nil, "whoever comes later finds room")
    #expect(book.most == 2 && book.order.count == 8)
  }

  @Test func whoeverWaitedLongestIsNext() async {
    let turnstile = Turnstile(atOnce: 1, most: 10)
    let (gate, book) = (Gate(), Book())
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        _ = await turnstile.pass {
          book.enter(-1)
          await gate.wait()
        }
      }
      while book.order.isEmpty { await Task.yield() }
      for number in 0..<10 {
        // One after the other, so that the line's order is known.
        group.addTask { _ = await turnstile.pass { book.enter(number) } }
        while turnstile.waiting < number + 1 { await Task.yield() }
      }
      gate.open()
    }
    #expect(book.order == Array(-1..<10))
  }
}
