import Crypto
import Detection
import Observations
import Pool
import Reporting

/// The sensor that belongs to a key: what is handed in with the key is signed in its name.
///
/// The sensor's key follows from the text of the program's key, which the pool does not keep: it can sign,
/// and name targets, only while somebody shows it.
enum DoorSensor {
  private static let context = Array("culprit pool door 1".utf8)

  /// The key of the sensor; nil never, as far as is known.
  static func key(of token: EnrolmentToken) -> SensorKey? {
    let seed = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: Array(token.text.utf8)), info: context,
      outputByteCount: 32)
    return SensorKey(seed: unsafe seed.withUnsafeBytes { unsafe Array($0) })
  }

  /// Makes the sensor of a key known to a store.
  ///
  /// - Parameters:
  ///   - token: the program's key.
  ///   - name: what the staff call it.
  ///   - network: the network that it counts for; nil for the one that it submits from.
  ///   - store: where sensors are kept.
  ///   - now: the time.
  /// - Throws: `StoreError`.
  static func enrol(
    _ token: EnrolmentToken, name: String, network: Prefix?, in store: any IncidentStore,
    at now: Timestamp
  ) async throws(StoreError) {
    guard let key = key(of: token) else { throw .rejected(because: "the key is none") }
    let once = EnrolmentToken()
    try await store.issue(
      PendingEnrolment(
        digest: once.digest, name: name, declaredNetwork: network,
        expires: Timestamp(seconds: now.wholeSeconds + 60)))
    _ = try await store.enrol(once, publicKey: key.publicKey, at: now)
  }
}

// Reports in a form that others made.
extension Desk {
  /// The most bytes of lines at once.
  static let mostBytesOfLines = 1 << 20
  /// So many bad lines are named in an answer.
  private static let mostNamed = 20

  /// Takes lines of DShield's form in, as the sensor that belongs to the key that was shown.
  func submitDShield(_ call: Call) async -> ServerAnswer {
    let (answer, outcome) = await takeInDShield(call)
    counters.count("culprit_pool_batches_total", [("outcome", outcome)])
    return answer
  }

  private func takeInDShield(_ call: Call) async -> (ServerAnswer, String) {
    guard call.body.count <= Desk.mostBytesOfLines else {
      return (
        .problem(413, "Too large", "lines have at most \(Desk.mostBytesOfLines) bytes at once"),
        "too-large"
      )
    }
    // Which key it is was looked at before: see `limit`.
    guard let token = call.key.flatMap({ EnrolmentToken($0) }), let key = DoorSensor.key(of: token)
    else { return (.problem(401, "No key", "show a key of this pool"), "not-signed") }
    let now = clock()
    let read = DShieldDoor(call.body, key: key, rules: rules, at: now)
    guard !read.isTooMany else {
      return (
        .problem(413, "Too many", "send at most \(DShieldReports.mostLines) lines at once"),
        "too-large"
      )
    }
    guard !read.reports.isEmpty else {
      var answer = read.answer("nothing", named: Desk.mostNamed)
      answer.status = 400
      return (answer, "malformed")
    }
    do {
      guard let sensor = try await store.sensor(key.sensor) else {
        return (.problem(403, "No sensor", "this key has no sensor: make a new key"), "not-signed")
      }
      let id = BatchID(sensor: key.sensor, sequence: read.sequence)
      let batch = Batch(id: id, reports: read.reports)
      guard rules.problem(with: batch, of: sensor, at: now) == nil else {
        return (.problem(403, "Suspended", "this sensor is suspended"), "suspended")
      }
      let submission = Submission(
        batch: batch,
        network: Independence.network(of: call.from, declared: sensor.declaredNetwork),
        received: now)
      switch try await store.append([submission]).first {
      case .stored(let reports):
        counters.count("culprit_pool_reports_total", by: UInt64(reports))
        await upkeep.note(batch, at: now)
        return (read.answer("stored", named: Desk.mostNamed), "stored")
      // The number follows from the body: the same lines, some of which may be too old by now.
      default: return (read.answer("duplicate", named: Desk.mostNamed), "duplicate")
      }
    } catch { return (Desk.unavailable(error), "unavailable") }
  }
}

/// A body of lines, read.
struct DShieldDoor {
  /// Follows from the body's bytes: the same body sent again is the same batch.
  let sequence: Int64
  private(set) var reports: [Report] = []
  private(set) var lines = 0
  private(set) var isTooMany = false
  /// What is wrong, by the line's number from 1.
  private(set) var bad: [(line: Int, problem: DShieldProblem)] = []

  init(_ body: [UInt8], key: SensorKey, rules: AdmissionRules, at now: Timestamp) {
    let digest = Array(SHA256.hash(data: Array("culprit dshield body 1\n".utf8) + body))
    sequence = max(1, Int64(digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1))
    var made = DShieldReports()
    for (index, line) in body.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
    {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty || line.first == 0x23 { continue }
      lines += 1
      guard lines <= DShieldReports.mostLines else {
        isTooMany = true
        return
      }
      do throws(DShieldProblem) {
        let read = try DShieldLine(line)
        try DShieldDoor.check(read, rules, at: now)
        made.add(read, key: key)
      } catch { bad.append((index + 1, error)) }
    }
    reports = made.reports
  }

  private static func check(
    _ line: DShieldLine, _ rules: AdmissionRules, at now: Timestamp
  ) throws(DShieldProblem) {
    let probe = Report(
      subject: line.source,
      shape: ReportShape(transport: .udp, direction: .inbound, manner: .service), ports: [],
      first: line.time, last: line.time, packets: CountRange(1), targets: CountRange(1))
    guard probe.problem == nil, !line.source.isPrivate || rules.takesPrivateSubjects else {
      throw .source
    }
    let seconds = line.time.wholeSeconds
    guard seconds <= now.wholeSeconds + rules.secondsAhead,
      seconds >= now.wholeSeconds - rules.daysBack * 86_400
    else { throw .outOfTime }
  }

  /// What became of the lines.
  func answer(_ result: String, named most: Int) -> ServerAnswer {
    .json(
      .object([
        ("result", .string(result)), ("lines", .integer(lines)),
        ("reports", .integer(reports.count)), ("bad", .integer(bad.count)),
        (
          "problems",
          .array(
            bad.prefix(most).map {
              .object([
                ("line", .integer($0.line)), ("because", .string($0.problem.rawValue)),
              ])
            })
        ),
      ]))
  }
}

extension Routes {
  /// Doors for what others made.
  static let doors: [Route] = [
    Route(
      method: .post, path: "/api/v1/dshield", summary: "Hand in lines of DShield's form",
      takes: "text/plain", gives: "application/json",
      answers: [
        (200, "Stored, and there after a crash; or stored before, and nothing changed"),
        (400, "No line of them is good"), noKey,
        (403, "The key was not made for this, or its sensor is suspended"),
        (408, "It did not arrive in time"), (413, "More bytes or lines than are taken at once"),
        unavailable,
      ], kind: .submit, scope: .submit, handle: { await $0.submitDShield($1) })
  ]
}
