import Bundles
import Foundation
import Testing

/// Every bit of a bundle counts.
@Suite struct DamageTests {
  private func written(_ members: [BundleMember], in folder: Folder) throws -> [UInt8] {
    _ = try writeBundle(members: members, to: folder.path("whole"), signedBy: BundleKey())
    let path = folder.path("whole")
    #expect(try verifyBundle(path: path).isVerified)
    return try folder.read("whole")
  }

  @Test func everyFlippedBitIsRefused() throws {
    let folder = try Folder()
    var bytes = try written([member("a.txt", "first\n"), member("b/c", "second\n")], in: folder)
    var accepted: [Int] = []
    for bit in 0..<(8 * bytes.count) {
      bytes[bit / 8] ^= 1 << (bit % 8)
      let verdict = try Verdict(path: try folder.write("flipped", bytes))
      if verdict.isBundle, verdict.kinds.isEmpty { accepted.append(bit) }
      bytes[bit / 8] ^= 1 << (bit % 8)
    }
    #expect(accepted.isEmpty, "of \(8 * bytes.count) bits")
  }

  @Test func everyCutIsRefused() throws {
    let folder = try Folder()
    let bytes = try written([member("a.txt", "first\n")], in: folder)
    for length in 0..<bytes.count {
      let verdict = try Verdict(path: try folder.write("cut", Array(bytes[..<length])))
      #expect(!verdict.isBundle || !verdict.kinds.isEmpty, "\(length)")
    }
  }

  @Test func aCutNamesTheMember() throws {
    let frame = Forgery.frame(try Forgery().archive())
    // The last member's contents begin behind six blocks of 512 bytes and end with two.
    let inside = try Verdict(Array(frame.dropLast(1024 + 300)))
    #expect(inside.kinds == [.truncated] && inside.members == ["logs/b.txt"])
    #expect(inside.text.contains("in “logs/b.txt”"))
  }

  /// Damage to what is stored is found by the member's own digest, whatever the compression says.
  @Test func everyFlipInAMemberNamesIt() throws {
    let forgery = Forgery([("one", Array("first\n".utf8)), ("two", Array("second\n".utf8))])
    for (index, name) in ["MANIFEST.sha256", "MANIFEST.sig", "one", "two"].enumerated() {
      for byte in 0..<(try forgery.entries()[index].contents.count) {
        var changed = forgery
        changed.edit = { $0[index].contents[byte] ^= 1 << UInt8(byte % 8) }
        let verdict = try Verdict(changed)
        let named = index == 0 ? "MANIFEST" : name
        #expect(verdict.text.contains(named), "\(name) \(byte): \(verdict.text)")
        #expect(!verdict.kinds.isEmpty || !verdict.isBundle)
      }
    }
  }

  /// Nothing in the archive may differ from the one form, though its compression and seal be right:
  /// not a header's byte, not a padding one.
  @Test func everyFlipInTheArchiveIsRefused() throws {
    let folder = try Folder()
    var archive = try Forgery([("one", Array("first\n".utf8))]).archive()
    var accepted: [Int] = []
    for place in archive.indices where place % 512 < 160 || place % 5 == 0 {
      archive[place] ^= 1 << UInt8(place % 7)
      let verdict = try Verdict(
        path: try folder.write("b", Forgery.sealed(Forgery.frame(archive))))
      if verdict.isBundle, verdict.kinds.isEmpty { accepted.append(place) }
      archive[place] ^= 1 << UInt8(place % 7)
    }
    #expect(accepted.isEmpty)
  }

  /// In a large bundle the damage is told where it is: at the member, or in it.
  @Test func damagedCompressionNamesTheMember() throws {
    let folder = try Folder()
    var state: UInt64 = 7
    let members = (0..<4).map { number in
      let text = (0..<40_000).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return String(state >> 40, radix: 36)
      }.joined(separator: "\n")
      return member("logs/\(number)", text)
    }
    let bytes = try written(members, in: folder)
    for place in stride(from: bytes.count / 8, to: bytes.count - 100, by: bytes.count / 8) {
      var damaged = bytes
      damaged[place] ^= 16
      let verdict = try Verdict(path: try folder.write("damaged", damaged))
      #expect(verdict.text.contains("logs/"), "\(place): \(verdict.text)")
    }
  }

  private func contents(_ member: StoredMember, from place: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe member.read(at: place, into: $0) }
    return Array(bytes.prefix(count))
  }

  @Test func whatIsOpenedIsWhatWasChecked() throws {
    let folder = try Folder()
    let bytes = try written(few, in: folder)
    let opened = try openBundle(path: folder.path("whole"))
    #expect(opened.verification.isVerified)
    let names = [
      "MANIFEST.sha256", "MANIFEST.sig", "collection.json", "empty", "network/routes.txt",
      "sockets.jsonl",
    ]
    #expect(opened.members.map(\.path) == names)
    let sockets = try #require(opened.members.last)
    let text = try folder.shell("tar --zstd -xOf whole sockets.jsonl").text
    try FileManager.default.removeItem(atPath: folder.path("whole"))
    for _ in 0..<2 { #expect(contents(sockets, from: 2) == Array(text.utf8.dropFirst(2))) }
    #expect(contents(sockets, from: sockets.size).isEmpty)
    var damaged = bytes
    damaged[bytes.count - 1] ^= 1
    let refused = try openBundle(path: try folder.write("damaged", damaged))
    #expect(refused.members.isEmpty && refused.verification.problems.first?.kind == .sealBroken)
  }

  @Test func whatIsNoBundleIsSaidSo() throws {
    let folder = try Folder()
    try folder.write("t", Array("text".utf8))
    let line = "zstd -q t -o z && tar --zstd -cf other.tar.zst t && touch nothing && mkdir d"
    #expect(try folder.shell(line).status == 0)
    for name in ["t", "z", "other.tar.zst", "nothing"] {
      #expect(try !Verdict(path: folder.path(name)).isBundle)
    }
    func kind(_ name: String) -> BundleError.Kind? {
      do {
        _ = try verifyBundle(path: folder.path(name))
        return nil
      } catch { return error.kind }
    }
    #expect(kind("gone") == .missing && kind("d") == .unreadable)
  }
}
