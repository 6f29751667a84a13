private import Crypto
internal import Glibc
private import Observations

/// Writes a sealed bundle: all of it, or nothing.
///
/// The same members, times and key give the same bytes. Each file is read twice, for the manifest
/// comes first, and only as far as it went the first time: a log that grows meanwhile does no harm.
///
/// - Parameters:
///   - members: in any order; they are sorted by name.
///   - path: where it shall stand. It is written beside, readable by its owner alone, and renamed.
///   - key: whose signature it bears.
///   - force: whether a file that is there may be replaced.
///   - limits: what verification will allow; a bundle beyond them is not written.
/// - Returns: what was written.
/// - Throws: `BundleError` that names the member or path.
public func writeBundle(
  members: [BundleMember], to path: String, signedBy key: BundleKey, force: Bool = false,
  limits: BundleLimits = .standard
) throws(BundleError) -> WrittenBundle {
  let sources = try memberSources(members, limits: limits)
  let entries = sources.map { (name: $0.member.path, digest: $0.digest) }
  let manifest = BundleManifest.text(entries)
  guard manifest.count <= BundleLimits.manifestBytes else {
    throw BundleError(.badMember, "the names of \(members.count) members are too long together")
  }
  guard let signature = key.signature(of: manifest) else {
    throw BundleError(.badKey, "the key does not sign")
  }
  let signed = SignatureText(publicKey: key.publicKey, signature: signature)
  let time = sources.map(\.seconds).max() ?? 0
  let output = try BundleOutput(path: path, force: force)
  try output.add(MemberName.manifest, seconds: time, manifest)
  try output.add(MemberName.signature, seconds: time, Array(signed.text.utf8))
  for source in sources { try output.add(source) }
  let bytes = try output.finish(
    contentBytes: sources.reduce(0) { $0 + $1.size } + UInt64(manifest.count)
      + UInt64(SignatureText.length), limits: limits)
  return WrittenBundle(
    path: path, bytes: bytes, members: sources.count,
    contentBytes: sources.reduce(0) { $0 + $1.size }, signer: key.fingerprint)
}

/// A member with what its first reading gave.
struct MemberSource {
  let member: BundleMember
  let size: UInt64
  let digest: String
  let seconds: UInt64

  /// Reads a member for its size and digest.
  init(_ member: BundleMember, limits: BundleLimits) throws(BundleError) {
    self.member = member
    seconds = UInt64(clamping: member.modified.wholeSeconds)
    var hash = SHA256()
    let longest = limits.memberBytes
    size = try MemberSource.read(member, upTo: longest + 1) { hash.update(data: $0) }
    digest = Hexadecimal.text(hash.finalize())
    guard size <= longest else {
      throw BundleError(
        .badMember,
        "\(MemberName.shown(member.path)) has more than \(longest) bytes; take less of it")
    }
    let header = TarHeader(name: Array(member.path.utf8), size: size, modified: seconds)
    guard header.block != nil else {
      throw BundleError(
        .badMember,
        "\(MemberName.shown(member.path)): its name is too long for a tar archive; shorten it")
    }
  }

  /// Hands out a member's first bytes; returns how many there were.
  static func read(
    _ member: BundleMember, upTo limit: UInt64, _ body: ([UInt8]) throws(BundleError) -> Void
  ) throws(BundleError) -> UInt64 {
    let file: InputFile
    switch member.contents {
    case .bytes(let bytes):
      try body(bytes)
      return UInt64(bytes.count)
    case .file(let path): file = try InputFile(path: path, calledA: "file to be bundled")
    case .descriptor(let descriptor):
      guard let open = InputFile(descriptor: descriptor) else {
        throw BundleError(
          .badMember, "\(MemberName.shown(member.path)): its contents are not a regular file")
      }
      file = open
    }
    var offset: UInt64 = 0
    while offset < limit {
      let count = Int(min(UInt64(InputFile.pieceSize), limit - offset))
      guard let piece = file.piece(at: offset, count: count) else {
        throw BundleError(
          .badMember,
          "\(MemberName.shown(member.path)): cannot be read (\(SystemError.text(errno)))")
      }
      if piece.isEmpty { break }
      try body(piece)
      offset += UInt64(piece.count)
    }
    return offset
  }
}

/// The members in order, each read once, all names and sums checked.
private func memberSources(
  _ members: [BundleMember], limits: BundleLimits
) throws(BundleError) -> [MemberSource] {
  guard members.count + 2 <= limits.members else {
    throw BundleError(
      .badMember, "\(members.count) members are too many: \(limits.members - 2) at most")
  }
  var names: Set<String> = [
    MemberName.folded(MemberName.manifest), MemberName.folded(MemberName.signature),
  ]
  for member in members {
    if let complaint = MemberName.complaint(Array(member.path.utf8)) {
      throw BundleError(.badMember, "\(MemberName.shown(member.path)): \(complaint); rename it")
    }
    guard names.insert(MemberName.folded(member.path)).inserted else {
      throw BundleError(
        .badMember,
        "\(MemberName.shown(member.path)): another member has this name, case apart; rename it")
    }
  }
  var sources: [MemberSource] = []
  var total: UInt64 = 0
  for member in members.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
    let source = try MemberSource(member, limits: limits)
    total += source.size
    guard total <= limits.totalBytes else {
      throw BundleError(
        .badMember,
        "the members have more than \(limits.totalBytes) bytes together; take less, "
          + "or make two bundles (at \(MemberName.shown(member.path)))")
    }
    sources.append(source)
  }
  return sources
}
