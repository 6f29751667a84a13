// A sensor's side of the pool: what it would tell of an analysis, the folder in which that waits, and
// the way to a pool's server.
//
//   Outgoing       activities → reports, and what is withheld, by reason
//   SensorFolder   the key, the pool's address, the spool
//   Spool          signed batches that wait, durable and bounded
//   PoolConnection requests to a pool, by HTTP
//
// Nothing here is sent unless somebody calls for it.

/// Why something of a sensor's could not be done.
public enum SensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file or folder that cannot be read or written, and why.
  case file(String, because: String)
  /// The folder holds no key: the sensor has not been enrolled.
  case noKey(folder: String)
  /// There is a key already, and another would be another sensor.
  case keyExists(folder: String)
  /// The key's file can be read by others.
  case keyIsOpen(path: String)
  /// The key's file holds no key.
  case badKey(path: String)
  /// A pool's address that is none.
  case badAddress(String)
  /// A batch alone is larger than the spool may be.
  case beyondBound(bytes: Int, most: Int)
  /// The pool's server cannot be reached.
  case unreachable(String, because: String)
  /// The pool's server answered, but not as asked.
  case answer(status: Int, because: String)

  /// One line for people.
  public var description: String {
    switch self {
    case .file(let path, let because): "cannot use \(path): \(because)"
    case .noKey(let folder):
      "\(folder) holds no sensor's key: enrol it first (culprit sensor enrol)"
    case .keyExists(let folder):
      "\(folder) holds a sensor's key already; another sensor needs another folder"
    case .keyIsOpen(let path): "others can read \(path); let nobody but its owner (chmod 600)"
    case .badKey(let path): "\(path) holds no sensor's key"
    case .badAddress(let text): "'\(text)' is not the address of a pool, like https://pool.example"
    case .beyondBound(let bytes, let most):
      "a batch of \(bytes) bytes does not fit the spool of \(most)"
    case .unreachable(let pool, let because): "\(pool) cannot be reached: \(because)"
    case .answer(let status, let because): "the pool answered \(status): \(because)"
    }
  }
}
