// A pool's server: batches and enrolments in, coarse answers and pages out.
//
//   Route, Routes   what may be asked, as a table; OpenAPI is made of it
//   Desk            takes batches in and answers questions, without a word of HTTP's wire
//   ServerAnswer          status, headers and bytes
//   Page…           pages for people: made here, without a script
//   Service         the wire: Hummingbird, deadlines, bounds
//   Demo            a pool with something in it
//
// What is published is decided by `Publication` alone. Whether an address is unknown, or known to too few,
// or for too short a time, is not told apart: whoever probes from an address of his own would learn where
// sensors are.

public import Observations
public import Pool

/// A certificate in files (PEM).
public struct PoolCertificate: Hashable, Sendable {
  /// The file of the certificate and those that vouch for it, in order.
  public var chain: String
  /// The file of its private key.
  public var key: String

  /// A certificate by its files.
  public init(chain: String, key: String) {
    self.chain = chain
    self.key = key
  }
}

/// What a server is told.
public struct PoolServerOptions: Sendable {
  /// The address it listens on.
  public var host = "127.0.0.1"
  /// The port; 0 for any that is free.
  public var port = 8_137
  /// The present time.
  public var clock: @Sendable () -> Timestamp
  /// A request must be there whole within so many seconds.
  public var secondsToAsk: Int64 = 30
  /// A connection on which nothing is asked ends after so many seconds.
  public var secondsIdle: Int64 = 60
  /// Connections at a time.
  public var mostConnections = 128
  /// Said on every page, where what is shown is made up.
  public var remark: String?
  /// Told of every request, whatever thread it is on; nil: nobody is.
  public var log: (@Sendable (AccessLine) -> Void)?
  /// Look-ups a minute that each address may make, batches ten times as many; 0 for any number.
  public var lookupsPerMinute = 300
  /// So many networks must stand behind everything that is published. Fewer than three are for the pool of
  /// one organisation: an answer then tells where a sensor is to whoever sent it the packet.
  public var networksOfStatement: UInt64 = 3
  /// The store's own secret, of which thresholds and delays follow; nil for the same for all.
  public var publicationKey: PublicationKey?
  /// So many networks must have reported a source before it becomes an incident.
  public var networksOfIncident: UInt64 = 3
  /// Who is believed about where a request comes from (`X-Forwarded-For`): proxies of one's own.
  public var proxies: [Prefix] = []
  /// The certificate to serve with; nil for none: put a proxy that has one before the server.
  public var certificate: PoolCertificate?
  /// Whether browsers reach the server by TLS: cookies are then never sent without.
  public var isSecure = false
  /// Single reports are kept for so many days.
  public var daysOfReports = 30
  /// Sums are kept for so many days.
  public var daysOfSums = 400

  /// Who is told of what happens; nil for nobody.
  public var notices: (any NoticeTaker)?
  /// Who sends the mails that an operator decides to send; nil for nobody.
  public var letters: (any LetterSender)?
  /// Whom mail about a source goes to.
  public var contacts = ContactTable()

  /// A server for this machine only, on the usual port.
  ///
  /// - Parameter clock: tells the present time.
  public init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }
}
