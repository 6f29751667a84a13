internal import Bundles
internal import Observations

extension EvidencePaths.Entry {
  /// What is to be read of a bundle instead of its path: one of its members.
  struct Opened {
    var member: StoredMember
    /// What a member that only tells of the bundle is; nil for evidence.
    var sight: String?
  }

  /// A bundle's members in its place, once nothing at all is wrong with it; a bundle that does not
  /// verify is refused whole. Any other file as it is.
  var expanded: [Self] {
    guard isRegular, refusal == nil, let opened = try? openBundle(path: path.text) else {
      return [self]
    }
    let verification = opened.verification
    guard verification.isVerified else { return [refused(verification)] }
    let signer = verification.signer?.description ?? "nobody"
    return opened.members.map { member in
      let name = member.path.utf8.map { CChar(bitPattern: $0) }
      let sight: String? =
        switch member.path {
        case "MANIFEST.sha256": "the bundle's list of digests; every member fits it"
        case "MANIFEST.sig":
          "the list's signature, by the key \(signer): compare it with the sender's"
        default: nil
        }
      return Self(
        path: SystemPath(folder: path, name: name), size: member.size, isRegular: true,
        refusal: nil, opened: Opened(member: member, sight: sight))
    }
  }

  private func refused(_ verification: BundleVerification) -> Self {
    var entry = self
    let first = verification.problems.first?.description ?? "it does not verify"
    let others = verification.problemCount - 1
    entry.refusal =
      "cannot be read as the bundle it should be: \(first)"
      + (others > 0 ? " (and \(others) more)" : "")
      + "; nothing in it is believed; culprit verify says more"
    return entry
  }
}

extension EvidenceFile {
  /// The name under which a collection tells of itself.
  fileprivate static let collectionName = "collection.json"

  /// Lists what tells of a collection and is no evidence; false where it is anything else.
  mutating func listCollection(_ entry: EvidencePaths.Entry) -> Bool {
    guard let sight = entry.opened?.sight ?? collectionSight(entry) else { return false }
    kind = .collection
    refusal = sight
    return true
  }

  /// Lists what was gathered for people to read: it stands in a bundle, or in a folder that a
  /// collection tells of, and no reader knows it.
  fileprivate mutating func list(ifWithin folders: [String]) {
    guard kind == .unrecognised, format == nil,
      member != nil || folders.contains(where: { path.hasPrefix($0) })
    else { return }
    kind = .collection
    refusal = "gathered for people to read: listed, not diagnosed"
  }

  private func collectionSight(_ entry: EvidencePaths.Entry) -> String? {
    entry.path.name == EvidenceFile.collectionName
      ? "what the collection tells of itself: listed, not diagnosed" : nil
  }

  /// Files that hold other files, beside those that the captures' formats know: a name, and the bytes
  /// it is known by at their place.
  private static let archives: [(name: String, place: Int, magic: [UInt8])] = [
    ("a tar archive", 257, Array("ustar".utf8)),
    ("a 7-Zip archive", 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    ("a RAR archive", 0, Array("Rar!".utf8)),
    ("a cabinet archive", 0, Array("MSCF".utf8)), ("a zip archive", 0, [0x50, 0x4b, 3, 4]),
    ("gzip-compressed", 0, [0x1f, 0x8b]), ("bzip2-compressed", 0, Array("BZh".utf8)),
    ("xz-compressed", 0, [0xfd, 0x37, 0x7a, 0x58]),
  ]

  /// What archive a file is; nil where it is none that is known.
  static func archive(_ head: RawSpan) -> String? {
    archives.first { archive in
      head.byteCount >= archive.place + archive.magic.count
        && archive.magic.indices.allSatisfy {
          unsafe head.unsafeLoad(fromByteOffset: archive.place + $0, as: UInt8.self)
            == archive.magic[$0]
        }
    }?.name
  }

  /// Why a format that has a name is not read, and what can be done about it.
  static func refusal(naming format: String) -> String {
    let holdsFiles = format.hasSuffix(" archive") || format.hasSuffix("-compressed")
    return "\(format): " + (holdsFiles ? "unpack it first; " : "")
      + "this version does not read it"
  }
}

extension [EvidenceFile] {
  /// Says of what was gathered and is read by no reader that it was gathered.
  mutating func listCollected() {
    let name = EvidenceFile.collectionName
    let folders = filter { $0.kind == .collection && $0.path.hasSuffix("/" + name) }
      .map { String($0.path.dropLast(name.count)) }
    for index in indices { self[index].list(ifWithin: folders) }
  }
}
