public import Observations
internal import Reporting

/// Whom mail about a source goes to: blocks with addresses for mail, of which the longest block counts.
public struct ContactTable: Sendable {
  /// What is wrong with a table.
  public struct Problem: Error, Hashable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it, in words.
    public var because: String
  }

  /// The most rows.
  public static let mostRows = 1_000_000

  private var byLength: [Int: [Prefix: String]] = [:]
  /// Lengths that occur, longest first.
  private var lengths: [Int] = []

  /// No contacts at all.
  public init() {}

  /// Reads a table: on each line a block, a comma and an address for mail, like
  /// `198.51.100.0/24,abuse@example.net`. Empty lines and lines that begin with # are passed over; of two
  /// lines about one block the later one counts.
  ///
  /// - Parameter text: the table.
  /// - Throws: `Problem` for the first line that is none.
  public init(csv text: String) throws(Problem) {
    var rows = 0
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.filter { $0 != " " && $0 != "\t" }
      if line.isEmpty || line.hasPrefix("#") { continue }
      rows += 1
      guard rows <= ContactTable.mostRows else {
        throw Problem(line: index + 1, because: "more than \(ContactTable.mostRows) rows")
      }
      let parts = line.split(separator: ",", omittingEmptySubsequences: false)
      guard parts.count == 2, let prefix = ContactTable.prefix(parts[0]) else {
        throw Problem(
          line: index + 1,
          because: "write a block, a comma and an address: "
            + "198.51.100.0/24,abuse@example.net")
      }
      guard !parts[1].contains("<"), let contact = Reporter(String(parts[1])) else {
        throw Problem(line: index + 1, because: "that is no address for mail")
      }
      byLength[prefix.length, default: [:]][prefix] = contact.address
    }
    lengths = byLength.keys.sorted(by: >)
  }

  /// Whom mail about an address goes to: what the longest block says; nil where none holds it.
  public func contact(for address: Address) -> String? {
    for length in lengths {
      if let found = byLength[length]?[Prefix(of: address, length: length)] { return found }
    }
    return nil
  }

  private static func prefix(_ text: Substring) -> Prefix? {
    Prefix(String(text))
  }
}
