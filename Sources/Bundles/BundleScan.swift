private import Crypto
internal import Glibc

/// One reading of a bundle from its first byte to its last.
final class BundleScan {
  /// What ends the reading: nothing behind it could be trusted.
  struct Stop: Error { var problem: BundleProblem }

  private let limits: BundleLimits
  private let trusted: BundleFingerprint?
  private let store: MemberStore?
  private let stream: BundleStream
  private let allowedBytes: UInt64
  private var result: BundleVerification
  /// Whether it is a bundle at all, however damaged.
  private var isBundle: Bool
  private var names: Set<String> = []
  private var manifest: BundleManifest?
  private var manifestBytes: [UInt8] = []
  private var count = 0
  private var contentBytes: UInt64 = 0
  /// The member whose bytes are being read, or that was read last.
  private var current: String?
  private var isInside = false

  init(
    path: String, limits: BundleLimits, trusted: BundleFingerprint?, store: MemberStore?
  ) throws(BundleError) {
    let file = try InputFile(path: path, calledA: "bundle")
    guard file.piece(at: 0, count: 4) == BundleSeal.zstdMagic else {
      throw BundleError(
        .notABundle,
        "\(path): not a bundle: its beginning is not zstd's; "
          + "culprit collect makes bundles, culprit identify says what other files are")
    }
    guard let decoder = ZstdDecoder() else {
      throw BundleError(.unreadable, "\(path): not enough memory for zstd")
    }
    (self.limits, self.trusted, self.store) = (limits, trusted, store)
    stream = BundleStream(file, decoder)
    allowedBytes = limits.totalBytes(ofBundle: file.size)
    result = BundleVerification(path: path, bytes: file.size)
    isBundle = BundleStream.hasSeal(file)
  }

  /// Reads it.
  func run() throws(BundleError) -> BundleVerification {
    do throws(Stop) {
      if let store, case let number = store.open(), number != 0 { throw cannotKeep(number) }
      while try member() {}
      try checkEnd()
      for name in (manifest?.digests.keys.sorted() ?? []) {
        note(.memberMissing, name, "is listed in the manifest and is not in the bundle")
      }
      if count < 2 { noteMissingSignature() }
    } catch {
      guard isBundle else {
        throw BundleError(
          .notABundle, "\(result.path): not a bundle of culprit's: \(error.problem.description)")
      }
      result.add(error.problem, isLast: true)
    }
    return result
  }

  // MARK: Members

  /// Reads one member; false at the archive's end.
  private func member() throws(Stop) -> Bool {
    let claim = TarHeader.Claim(block: try block())
    if claim.isZero {
      guard try block().allSatisfy({ $0 == 0 }) else {
        throw stop(.trailingData, nil, "something stands behind the archive's end, \(place)")
      }
      if count == 0 { throw stop(.manifestMalformed, nil, "the archive is empty") }
      return false
    }
    let header = try accept(claim)
    let name = String(decoding: header.name, as: UTF8.self)
    if count == 0 {
      guard name == MemberName.manifest else {
        throw stop(
          .manifestMalformed, name, "is its first member, which must be \(MemberName.manifest)")
      }
      isBundle = true
    }
    (current, isInside) = (name, true)
    try checkSize(header, name)
    count += 1
    let digest = try contents(header, name)
    (isInside, contentBytes) = (false, contentBytes + header.size)
    store?.end(name, size: header.size)
    if count > 2 { check(name, header.size, digest) }
    return true
  }

  /// What a header says, where it is one of a plain file with a good name.
  private func accept(_ claim: TarHeader.Claim) throws(Stop) -> TarHeader {
    guard claim.isWhole else {
      throw stop(.damagedHeader, nil, "a header is damaged, \(place)")
    }
    let shown = String(decoding: claim.name, as: UTF8.self)
    if let complaint = MemberName.complaint(claim.name) {
      throw Stop(
        problem: BundleProblem(
          kind: .unsafeName, member: MemberName.inert(claim.name),
          description: "\(MemberName.shown(claim.name)): \(complaint)"))
    }
    if let kind = claim.strangeKind {
      throw stop(.notAPlainFile, shown, "is \(kind); a bundle holds plain files only")
    }
    guard let header = claim.header, header.block == claim.block else {
      throw stop(
        .foreignHeader, shown, "has a header in a form that culprit does not write")
    }
    guard names.insert(MemberName.folded(shown)).inserted else {
      throw stop(
        .duplicateName, shown, "has the name of an earlier member, or but for case or accents")
    }
    return header
  }

  private func checkSize(_ header: TarHeader, _ name: String) throws(Stop) {
    if count >= limits.members {
      throw stop(.tooManyMembers, name, "is one member too many: \(limits.members) are read")
    }
    let largest = count == 0 ? BundleLimits.manifestBytes : limits.memberBytes
    if header.size > largest {
      throw stop(
        .tooLarge, name, "has \(header.size) bytes, of which at most \(largest) are read")
    }
    if header.size > allowedBytes - min(allowedBytes, contentBytes) {
      throw stop(
        .tooLarge, name,
        "makes more than \(allowedBytes) bytes together with those before it, and no more is "
          + "unpacked of a bundle of \(result.bytes) bytes")
    }
  }

  /// Reads a member's bytes and what pads them; returns their digest.
  private func contents(_ header: TarHeader, _ name: String) throws(Stop) -> String {
    var hash = SHA256()
    var left = header.size
    var seal: [UInt8] = []
    while left > 0 {
      let piece = try guarded { () throws(BundleStream.Failure) in
        try stream.next(upTo: Int(min(left, 1 << 17)))
      }
      if piece.isEmpty { throw stop(.truncated, name, "is cut off: the archive ends inside it") }
      left -= UInt64(piece.count)
      hash.update(data: piece)
      if count <= 2 { seal += seal.count <= Int(BundleLimits.manifestBytes) ? piece : [] }
      if let store, case let number = store.append(piece), number != 0 { throw cannotKeep(number) }
    }
    let padding = try guarded { () throws(BundleStream.Failure) in
      try stream.block(TarHeader.padding(header.size))
    }
    guard padding.allSatisfy({ $0 == 0 }) else {
      throw stop(.trailingData, name, "has something hidden behind its end")
    }
    if count == 1 { try readManifest(seal) }
    if count == 2 { readSignature(name, header.size, seal, digest: hash) }
    return Hexadecimal.text(hash.finalize())
  }

  private func check(_ name: String, _ size: UInt64, _ digest: String) {
    guard let expected = manifest?.take(name) else {
      note(.notInManifest, name, "is not in the manifest: it was added later")
      return
    }
    guard expected == digest else {
      note(
        .memberChanged, name,
        "was changed: its SHA-256 is \(digest), the manifest says \(expected)")
      return
    }
    result.members.append(.init(path: name, size: size, sha256: digest))
  }

  // MARK: Manifest and signature

  private func readManifest(_ bytes: [UInt8]) throws(Stop) {
    do {
      manifest = try BundleManifest(bytes)
      manifestBytes = bytes
    } catch {
      throw stop(.manifestMalformed, MemberName.manifest, "cannot be read: \(error.description)")
    }
  }

  private func readSignature(_ name: String, _ size: UInt64, _ bytes: [UInt8], digest: SHA256) {
    defer { manifestBytes = [] }
    guard name == MemberName.signature else {
      noteMissingSignature()
      return check(name, size, Hexadecimal.text(digest.finalize()))
    }
    guard let text = SignatureText(bytes) else {
      return note(.signatureMalformed, name, "is not a signature in the form of version 1")
    }
    guard BundleKey.verifies(text.signature, of: manifestBytes, publicKey: text.publicKey) else {
      return note(
        .signatureWrong, name, "is not a signature of this manifest: one of them was changed")
    }
    let signer = BundleFingerprint(publicKey: text.publicKey)
    result.signer = signer
    guard let trusted else { return }
    result.isExpectedSigner = signer == trusted
    if signer != trusted {
      note(.otherSigner, name, "is by the key \(signer), not by the expected \(trusted)")
    }
  }

  private func noteMissingSignature() {
    note(
      .signatureMissing, MemberName.signature,
      "is not the second member: the bundle is not signed")
  }

  // MARK: The end, and what goes wrong

  private func checkEnd() throws(Stop) {
    let problem = try guarded { () throws(BundleStream.Failure) in try stream.problemAtEnd() }
    switch problem {
    case .contentFollows?:
      throw stop(.trailingData, nil, "something stands behind the archive's end, \(place)")
    case .bytesFollow?: note(.trailingData, nil, "something stands behind the bundle's end")
    case .sealMissing?:
      note(.sealMissing, nil, "its seal is missing: cut off, or compressed by another hand")
    case .sealBroken?:
      note(.sealBroken, nil, "its seal does not fit its compressed bytes: they were changed")
    case nil: break
    }
  }

  private func block() throws(Stop) -> [UInt8] {
    let bytes = try guarded { () throws(BundleStream.Failure) in
      try stream.block(TarHeader.length)
    }
    guard bytes.count == TarHeader.length else {
      throw stop(.truncated, nil, "the archive ends without its end mark, \(place)")
    }
    return bytes
  }

  /// Where the reading stands.
  private var place: String {
    guard let current else { return "before its first member" }
    return (isInside ? "in " : "behind ") + MemberName.shown(current)
  }

  private func guarded<Result>(
    _ body: () throws(BundleStream.Failure) -> Result
  ) throws(Stop) -> Result {
    do {
      return try body()
    } catch {
      switch error {
      case .damaged(let reason):
        throw stop(
          .damagedStream, nil, "the compressed bytes are damaged, \(place) (\(reason))", at: true)
      case .truncated:
        throw stop(.truncated, nil, "the file is cut off, \(place)", at: true)
      case .unreadable(let number):
        throw stop(
          .systemFailure, nil, "cannot be read further (\(SystemError.text(number)))", at: true)
      }
    }
  }

  private func cannotKeep(_ number: CInt) -> Stop {
    stop(
      .systemFailure, nil,
      "its members cannot be kept in \(store?.folder ?? "") (\(SystemError.text(number))); "
        + "make room there, or name another folder in TMPDIR")
  }

  /// A problem that ends the reading; `at` says that it concerns the member being read.
  private func stop(
    _ kind: BundleProblem.Kind, _ member: String?, _ text: String, at: Bool = false
  ) -> Stop {
    let about = member ?? (at ? current : nil)
    return Stop(
      problem: BundleProblem(
        kind: kind, member: about.map { MemberName.inert($0.utf8) },
        description: member.map { "\(MemberName.shown($0)) " + text } ?? text))
  }

  private func note(_ kind: BundleProblem.Kind, _ member: String?, _ text: String) {
    result.add(stop(kind, member, text).problem)
  }
}
