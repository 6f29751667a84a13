internal import Dispatch
internal import Synchronization

/// What `transform` makes of each element, in the elements' order, made by several threads.
///
/// - Parameters:
///   - elements: what is to be transformed; each costs enough that handing it out does not count.
///   - threads: how many threads, the calling one among them; with one it is a plain map.
///   - transform: must not depend on which thread calls it, nor on the order of calls.
/// - Returns: one result for each element.
public func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threads: Int, _ transform: @Sendable (Element) -> Result
) -> [Result] {
  guard threads > 1, elements.count > 1 else { return elements.map(transform) }
  let next = Atomic<Int>(0)
  let results = Mutex([Result?](repeating: nil, count: elements.count))
  DispatchQueue.concurrentPerform(iterations: min(threads, elements.count)) { _ in
    var done: [(at: Int, result: Result)] = []
    while true {
      let at = next.add(1, ordering: .relaxed).oldValue
      guard at < elements.count else { break }
      done.append((at, transform(elements[at])))
    }
    results.withLock { results in
      for each in done { results[each.at] = each.result }
    }
  }
  return results.withLock { $0.compactMap(\.self) }
}
