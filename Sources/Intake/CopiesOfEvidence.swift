internal import HostEvidence
internal import Observations

extension [EvidenceFile] {
  /// Says of files that hold what another holds, compressed or not, that they are not read twice: a
  /// packet that was met once must not count as two.
  mutating func listCopies() {
    var groups: [Int: [Int]] = [:]
    for index in indices where self[index].isReadable {
      if let head = self[index].headHash { groups[head, default: []].append(index) }
    }
    for group in groups.values.sorted(by: { $0[0] < $1[0] }) where group.count > 1 {
      var digests: [String: Int] = [:]
      for index in group {
        // Two files stored as they are can be told apart by their sizes alone.
        let isAlone = group.allSatisfy { other in
          other == index
            || self[other].compression == nil && self[index].compression == nil
              && self[other].size != self[index].size
        }
        guard !isAlone, let digest = self[index].contentDigest else { continue }
        if let first = digests[digest] {
          self[index].listAsCopy(of: self[first].path)
        } else {
          digests[digest] = index
        }
      }
    }
  }
}

extension EvidenceFile {
  /// SHA-256 of what is read of the file, decompressed; nil where it cannot be read to its end.
  fileprivate var contentDigest: String? {
    guard let source = ByteSource(path: systemPath, member: member) else { return nil }
    var digest = FileDigest()
    while source.extend(limit: EvidenceFile.headLength, taken: { _ in }) {
      source.withWindow { digest.update($0) }
      source.consume(source.count)
    }
    return source.failure == nil && source.compressionTrouble == nil ? digest.hexadecimal : nil
  }

  fileprivate mutating func listAsCopy(of path: String) {
    kind = .copy
    refusal = "the same as \(path): not read twice"
  }
}
