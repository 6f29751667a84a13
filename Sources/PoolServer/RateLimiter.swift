import Observations
import Synchronization

/// How much each address may ask: a bucket that fills evenly, for each kind of request.
final class RateLimiter: Sendable {
  /// What is asked.
  enum Kind: UInt8, Hashable, Sendable {
    /// Look-ups and pages.
    case look
    /// Batches.
    case submit
    /// Anything by which a secret could be guessed, or that fills a list.
    case sensitive
    /// Health, counters, descriptions: never limited.
    case upkeep
  }

  private struct Key: Hashable {
    var kind: Kind
    var network: Prefix
  }

  private struct Bucket {
    var left: Double
    var at: Int64
  }

  /// Look-ups a minute for each address; 0 for any number.
  private let perMinute: Double
  private let buckets = Mutex<[Key: Bucket]>([:])

  /// The most addresses that are told apart; of more, the newcomers share a bucket.
  private static let most = 65_536

  init(lookupsPerMinute: Int) { perMinute = Double(max(0, lookupsPerMinute)) }

  /// The rate of a kind, a minute; infinite where there is none.
  private func rate(_ kind: Kind) -> Double {
    switch kind {
    case .look: perMinute
    case .submit: 10 * perMinute
    case .sensitive: 20
    case .upkeep: .infinity
    }
  }

  /// Counts a request.
  ///
  /// - Parameters:
  ///   - kind: what is asked.
  ///   - address: where it comes from; IPv6 addresses count by /64, which one host has to itself.
  ///   - now: the time.
  ///   - weight: how much of a request it counts as.
  /// - Returns: nil where it may pass, else the seconds to wait.
  func wait(_ kind: Kind, from address: Address, at now: Timestamp, weight: Double = 1) -> Int? {
    let rate = rate(kind)
    guard perMinute > 0, rate.isFinite else { return nil }
    let network = Prefix(of: address, length: address.isIPv4 ? 32 : 64)
    return buckets.withLock { buckets in
      var key = Key(kind: kind, network: network)
      if buckets[key] == nil, buckets.count >= RateLimiter.most {
        buckets = buckets.filter { full($0.value, self.rate($0.key.kind), at: now) == false }
        if buckets.count >= RateLimiter.most {
          key.network = Prefix(of: .unspecified, length: 128)
        }
      }
      // A minute's worth may come at once.
      var bucket = buckets[key] ?? Bucket(left: rate, at: now.nanoseconds)
      let seconds = Double(max(0, now.nanoseconds - bucket.at)) / 1e9
      bucket.left = min(rate, bucket.left + seconds * rate / 60)
      bucket.at = now.nanoseconds
      defer { buckets[key] = bucket }
      guard bucket.left >= weight else {
        return max(1, Int(((weight - bucket.left) * 60 / rate).rounded(.up)))
      }
      bucket.left -= weight
      return nil
    }
  }

  private func full(_ bucket: Bucket, _ rate: Double, at now: Timestamp) -> Bool {
    bucket.left + Double(max(0, now.nanoseconds - bucket.at)) / 1e9 * rate / 60 >= rate
  }
}
