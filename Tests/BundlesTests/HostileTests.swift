import Bundles
import Foundation
import Testing

/// What a bundle made by hand is refused for; nil where it verifies.
struct Verdict {
  var kinds: [BundleProblem.Kind]
  var text: String
  var members: [String]
  var isBundle: Bool

  init(_ bytes: [UInt8], limits: BundleLimits = .standard) throws {
    let folder = try Folder()
    try self.init(path: try folder.write("b", bytes), limits: limits)
  }

  init(path: String, limits: BundleLimits = .standard) throws {
    do {
      let result = try verifyBundle(path: path, limits: limits)
      kinds = result.problems.map(\.kind)
      text = result.problems.map(\.description).joined(separator: "\n")
      members = result.problems.compactMap(\.member)
      isBundle = true
      for problem in result.problems {
        #expect(!problem.description.unicodeScalars.contains { $0.value < 32 })
      }
    } catch {
      (kinds, members, isBundle) = ([], [], false)
      text = error.description
      #expect(error.kind == .notABundle)
    }
  }

  init(_ forgery: Forgery, limits: BundleLimits = .standard) throws {
    try self.init(try forgery.bundle(), limits: limits)
  }
}

@Suite struct HostileTests {
  private func forged(
    _ name: String = "x", _ change: @escaping (inout [UInt8]) -> Void
  ) -> Forgery {
    var forgery = Forgery()
    forgery.edit = { $0.append(.file(name, change: change)) }
    return forgery
  }

  private func added(_ entries: Forgery.Entry...) -> Forgery {
    var forgery = Forgery()
    forgery.edit = { $0 += entries }
    return forgery
  }

  /// The forger's work is good enough: unchanged, it verifies, so each refusal has its own reason.
  @Test func anHonestForgeryVerifies() throws {
    let folder = try Folder()
    let forgery = Forgery()
    let path = try folder.write("b", try forgery.bundle())
    let result = try verifyBundle(path: path, trusted: forgery.signer)
    #expect(result.isVerified && result.isExpectedSigner == true && result.signer != nil)
    #expect(result.members.map(\.path) == ["a.txt", "logs/b.txt"])
    #expect(result.members.map(\.size) == [6, 1_000])
  }

  @Test func namesThatLeadElsewhere() throws {
    let names: [[UInt8]] =
      [
        "/etc/passwd", "../x", "a/../../x", "a/..", "a//b", "./x", "a/", "a\\b", "C:x", "a\nb",
        "a\u{1b}[2J", "a\u{7f}", "a\u{85}b",
      ].map { Array($0.utf8) } + [[0x61, 0xff], [0xc0, 0xaf], []]
    for name in names {
      let verdict = try Verdict(added(.file(name, size: 0)))
      #expect(verdict.kinds == [.unsafeName], "\(name): \(verdict.text)")
      #expect(verdict.members.count == 1)
    }
  }

  @Test func oneNameTwice() throws {
    for name in ["a.txt", "A.TXT", "LOGS/b.txt", "MANIFEST.sha256", "manifest.sig"] {
      let verdict = try Verdict(added(.file(name)))
      #expect(verdict.kinds == [.duplicateName], "\(verdict.text)")
      #expect(verdict.text.contains(name))
    }
    let verdict = try Verdict(Forgery([("\u{e9}", [1]), ("e\u{301}", [2])]))
    #expect(verdict.kinds == [.duplicateName] || verdict.kinds == [.manifestMalformed])
  }

  @Test func whatIsNoPlainFile() throws {
    let kinds: [(Character, String)] = [
      ("1", "hard link"), ("2", "symbolic link"), ("3", "device"), ("4", "device"),
      ("5", "folder"), ("6", "pipe"), ("7", "unknown"), ("S", "sparse"), ("x", "extended"),
      ("g", "extended"), ("L", "GNU"), ("K", "GNU"), ("V", "unknown"), ("\0", "unknown"),
    ]
    for (kind, word) in kinds {
      let verdict = try Verdict(
        forged("innocent") {
          $0[156] = kind.asciiValue ?? 0
          $0.replaceSubrange(157..<168, with: "/etc/passwd".utf8)
        })
      #expect(verdict.kinds == [.notAPlainFile], "\(kind): \(verdict.text)")
      #expect(verdict.text.contains(word) && verdict.text.contains("innocent"))
    }
  }

  @Test func headersInAnotherForm() throws {
    let changes: [(inout [UInt8]) -> Void] = [
      { $0[124] = 0x80 },  // a size in base 256
      { $0.replaceSubrange(124..<135, with: "-0000000001".utf8) },
      { $0.replaceSubrange(124..<135, with: "        777".utf8) },
      { $0[104] = UInt8(ascii: "4") },  // set user id
      { $0[110] = UInt8(ascii: "1") },  // an owner
      { $0.replaceSubrange(257..<265, with: "ustar  \0".utf8) },  // GNU tar
      { $0.replaceSubrange(157..<158, with: "x".utf8) },  // a link's target
      { $0[265] = UInt8(ascii: "r") },
      { $0[345] = UInt8(ascii: "p") },  // a prefix that is not needed
      { $0[511] = 1 },
      { $0[50] = UInt8(ascii: "h") },  // hidden behind the name's end
    ]
    for (index, change) in changes.enumerated() {
      let verdict = try Verdict(forged("odd", change))
      #expect(verdict.kinds == [.foreignHeader], "\(index): \(verdict.text)")
      #expect(verdict.text.contains("odd"))
    }
    var entry = Forgery.Entry.file("odd")
    entry.header[0] ^= 1
    let verdict = try Verdict(added(entry))
    #expect(verdict.kinds == [.damagedHeader] && verdict.text.contains("logs/b.txt"))
  }

  @Test func tooManyAndTooLarge() throws {
    var limits = BundleLimits()
    limits.members = 4
    #expect(try Verdict(Forgery(), limits: limits).kinds.isEmpty)
    #expect(try Verdict(added(.file("one-more")), limits: limits).kinds == [.tooManyMembers])
    limits = BundleLimits()
    limits.memberBytes = 999
    var verdict = try Verdict(Forgery(), limits: limits)
    #expect(verdict.kinds == [.tooLarge] && verdict.text.contains("logs/b.txt"))
    limits = BundleLimits()
    limits.totalBytes = 1_200
    verdict = try Verdict(Forgery(), limits: limits)
    #expect(verdict.kinds == [.tooLarge] && verdict.text.contains("logs/b.txt"))
    // A manifest is held in memory and has a limit of its own.
    var forgery = Forgery()
    forgery.edit = { $0[0] = .file(Array("MANIFEST.sha256".utf8), size: 1 << 30) }
    #expect(try Verdict(forgery).kinds == [.tooLarge])
  }

  @Test func countlessMembers() throws {
    var forgery = Forgery([])
    forgery.edit = { entries in
      for index in 0..<11_000 { entries.append(.file("m\(index)")) }
    }
    let verdict = try Verdict(forgery)
    #expect(verdict.kinds.last == .tooManyMembers && verdict.members.last == "m9998")
    #expect(verdict.kinds.count == 101, "others are counted, and the last is kept")
  }

  @Test func bombs() throws {
    let blocks = 40_000
    let claims = [blocks * 131_072, (1 << 33) - 1, 1 << 20]
    for claim in claims {
      var forgery = Forgery([])
      forgery.edit = { $0.append(.file(Array("zeros".utf8), size: claim)) }
      let head = Array(try forgery.archive().dropLast(1024))
      let verdict = try Verdict(Forgery.sealed(Forgery.frame(head, zeroBlocks: blocks)))
      #expect(!verdict.kinds.isEmpty, "\(claim)")
      let kind: BundleProblem.Kind = claim == 1 << 20 ? .trailingData : .tooLarge
      #expect(verdict.kinds.last == kind, "\(claim): \(verdict.text)")
    }
    // Nothing but zeros, five gigabytes of them.
    let verdict = try Verdict(Forgery.sealed(Forgery.frame([], zeroBlocks: blocks)))
    #expect(!verdict.isBundle || !verdict.kinds.isEmpty)
    // A window of two gigabytes is claimed, for which no memory is taken.
    let wide = Forgery.sealed(Forgery.frame(try Forgery().archive(), window: 0xa8))
    #expect(try Verdict(wide).kinds == [.damagedStream])
  }

  @Test func manifestAndMembersDiffer() throws {
    var verdict = try Verdict(added(.file("new.txt", [1])))
    #expect(verdict.kinds == [.notInManifest] && verdict.members == ["new.txt"])
    var forgery = Forgery()
    forgery.edit = { $0.remove(at: 2) }
    verdict = try Verdict(forgery)
    #expect(verdict.kinds == [.memberMissing] && verdict.members == ["a.txt"])
    forgery.edit = { $0[3].contents[999] ^= 1 }
    verdict = try Verdict(forgery)
    #expect(verdict.kinds == [.memberChanged] && verdict.members == ["logs/b.txt"])
    forgery.edit = { $0[3].contents += [1] }
    #expect(try Verdict(forgery).kinds == [.trailingData], "what pads a member is zero")
    for edit: (String) -> String in [
      { $0 + "x" }, { $0 + "\n" }, { $0.uppercased() }, { $0 + $0 }, { "# \n" + $0 },
      { $0.replacing("  ", with: " *") }, { $0.replacing("logs/", with: "../") },
    ] {
      forgery = Forgery()
      forgery.manifestEdit = edit
      #expect(try Verdict(forgery).kinds == [.manifestMalformed])
    }
  }

  @Test func signatures() throws {
    var forgery = Forgery()
    forgery.edit = { $0.remove(at: 1) }
    #expect(try Verdict(forgery).kinds == [.signatureMissing])
    forgery.edit = { $0.removeSubrange(1...) }
    #expect(try Verdict(forgery).kinds.contains(.signatureMissing))
    forgery.edit = { $0.swapAt(1, 2) }
    #expect(try Verdict(forgery).kinds.contains(.signatureMissing))
    forgery = Forgery()
    forgery.signatureEdit = { $0 + "\n" }
    #expect(try Verdict(forgery).kinds == [.signatureMalformed])
    forgery.signatureEdit = { $0.replacing("culprit-bundle 1", with: "culprit-bundle 2") }
    #expect(try Verdict(forgery).kinds == [.signatureMalformed])
    let last = try Forgery().entries()[1].contents
    forgery.signatureEdit = { _ in String(decoding: last, as: UTF8.self) }
    let other = try Verdict(forgery)
    #expect(other.kinds.isEmpty, "another key's signature of the same bytes is one, too")
    // Whoever changes manifest and member alike cannot sign in the same name.
    var changed = Forgery()
    changed.listed[0].contents = Array("forged\n".utf8)
    changed.signatureEdit = { _ in String(decoding: last, as: UTF8.self) }
    #expect(try Verdict(changed).kinds == [.signatureWrong])
    let folder = try Folder()
    let path = try folder.write("b", try Forgery().bundle())
    let result = try verifyBundle(path: path, trusted: Forgery().signer)
    #expect(result.problems.map(\.kind) == [.otherSigner] && result.isExpectedSigner == false)
  }

  @Test func whatStandsBehindTheEnd() throws {
    let archive = try Forgery().archive()
    let frame = Forgery.frame(archive)
    #expect(try Verdict(Forgery.sealed(frame) + [0]).kinds == [.trailingData])
    #expect(try Verdict(Forgery.sealed(frame) + Forgery.sealed(frame)).kinds == [.trailingData])
    #expect(try Verdict(frame + Forgery.sealed(frame)).kinds == [.trailingData])
    #expect(try Verdict(frame).kinds == [.sealMissing])
    #expect(try Verdict(Forgery.sealed(Forgery.frame(archive + [0]))).kinds == [.trailingData])
    let hidden = Forgery.Entry.file("hidden", [1]).header + [UInt8](repeating: 0, count: 1024)
    #expect(try Verdict(Forgery.sealed(Forgery.frame(archive + hidden))).kinds == [.trailingData])
    let half = Array(archive.dropLast(512))
    #expect(try Verdict(Forgery.sealed(Forgery.frame(half))).kinds == [.truncated])
    #expect(try Verdict(Forgery.sealed(Forgery.frame(half + hidden))).kinds == [.trailingData])
    var padded = archive
    padded[archive.count - 1024 - 1] = 1
    let verdict = try Verdict(Forgery.sealed(Forgery.frame(padded)))
    #expect(verdict.kinds == [.trailingData] && verdict.text.contains("logs/b.txt"))
  }
}
