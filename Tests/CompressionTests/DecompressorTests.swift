import Testing

@testable import Compression

/// Every kind, as the programs of Debian write it.
@Suite struct DecompressorTests {
  @Test(arguments: CompressionKind.allCases)
  func whatWasPackedComesBack(_ kind: CompressionKind) throws {
    let plain = text(20_000)
    let packed = try Packer.pack(plain, kind)
    for (piece, room) in [(4_096, 65_536), (1, 7_001), (131_072, 1 << 18), (77, 1)] {
      // One byte at a time both ways would take a minute.
      let some = room == 1 || piece == 1 ? try Packer.pack(text(300), kind) : packed
      let out = try Unpacked(some, piece: piece, room: room)
      #expect(out.trouble == nil)
      #expect(out.bytes == (room == 1 || piece == 1 ? text(300) : plain))
    }
  }

  @Test(arguments: CompressionKind.allCases)
  func nothingPackedIsNothing(_ kind: CompressionKind) throws {
    let out = try Unpacked(try Packer.pack([], kind))
    #expect(out.bytes.isEmpty && out.trouble == nil)
  }

  @Test(arguments: CompressionKind.allCases)
  func membersThatWereJoinedAreReadAll(_ kind: CompressionKind) throws {
    let parts = [text(500, seed: 1), [], text(3_000, seed: 2), text(1, seed: 3)]
    let joined = try parts.flatMap { try Packer.pack($0, kind) }
    for piece in [13, 100_000] {
      let out = try Unpacked(joined, piece: piece)
      #expect(out.trouble == nil && out.bytes == parts.flatMap { $0 })
    }
  }

  @Test(arguments: CompressionKind.allCases)
  func whatIsCutKeepsItsBeginning(_ kind: CompressionKind) throws {
    let plain = text(20_000)
    let packed = try Packer.pack(plain, kind, Packer.smallBlocks(kind))
    for part in [1, 2, 3] {
      let out = try Unpacked(Array(packed[..<(packed.count * part / 4)]))
      #expect(out.trouble == .cut)
      #expect(plain.starts(with: out.bytes))
      if part == 3 { #expect(out.bytes.count > plain.count / 4) }
    }
    #expect(try Unpacked(Array(packed.dropLast())).trouble == .cut)
  }

  @Test(arguments: CompressionKind.allCases)
  func whatIsDamagedKeepsItsBeginning(_ kind: CompressionKind) throws {
    let plain = text(20_000)
    var packed = try Packer.pack(plain, kind, Packer.smallBlocks(kind))
    for k in 0..<64 { packed[packed.count * 3 / 4 + k] ^= 0xa5 }
    let out = try Unpacked(packed)
    guard case .damaged? = out.trouble else {
      Issue.record("\(kind): \(String(describing: out.trouble))")
      return
    }
    // gzip and xz find out by the check at the end: what came before it may differ already.
    if kind == .zstd || kind == .bzip2 || kind == .lz4 {
      #expect(out.bytes.count > plain.count / 4)
    }
  }

  @Test(arguments: CompressionKind.allCases)
  func whatFollowsIsSaidAndZerosAreNot(_ kind: CompressionKind) throws {
    let plain = text(100)
    let packed = try Packer.pack(plain, kind)
    let padded = try Unpacked(packed + [UInt8](repeating: 0, count: 10_000))
    #expect(padded.trouble == nil && padded.bytes == plain)
    let followed = try Unpacked(packed + Array("and then a line\n".utf8))
    #expect(followed.trouble == .trailing && followed.bytes == plain)
    let other: CompressionKind = kind == .gzip ? .xz : .gzip
    #expect(try Unpacked(packed + Packer.pack(plain, other)).trouble == .trailing)
  }

  @Test(arguments: CompressionKind.allCases)
  func aBombComesInPiecesAndIsNeverHeld(_ kind: CompressionKind) throws {
    let zeros = [UInt8](repeating: 0, count: 16 << 20)
    let packed = try Packer.pack(zeros, kind)
    #expect(packed.count < 1 << 18)
    let out = try Unpacked(packed, keeps: false)
    #expect(out.trouble == nil && out.largest <= 65_536)
  }

  @Test func damageAnywhereEndsWithoutATrap() throws {
    for kind in CompressionKind.allCases {
      let packed = try Packer.pack(text(100), kind)
      var state: UInt64 = 11
      for _ in 0..<40 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var bad = packed
        bad[8 + Int(state >> 33) % (bad.count - 8)] ^= UInt8(truncatingIfNeeded: state >> 20) | 1
        if kind == .bzip2 { bad.replaceSubrange(4..<10, with: packed[4..<10]) }
        _ = try Unpacked(bad, piece: 100, room: 4_096)
      }
    }
  }

  @Test func aDictionaryBeyondTheBoundIsRefused() throws {
    let packed = try Packer.pack(text(100), .xz, "--lzma2=dict=512MiB")
    let out = try Unpacked(packed)
    #expect(out.trouble == .damaged("they ask for more than 100 MiB of memory"))
    let wide = try Packer.run(["zstd", "-qc", "--ultra", "--long=30", "--no-check"], text(9))
    // The header claims a window of what was asked, unless the size is known: then it is small.
    _ = try Unpacked(wide)
    let claims: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0]
    guard case .damaged? = try Unpacked(claims).trouble else {
      Issue.record("a window of 2 GiB was accepted")
      return
    }
  }

  @Test func framesToBeSkippedAreSkipped() throws {
    let skip: [UInt8] = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
    for kind in [CompressionKind.zstd, .lz4] {
      let packed = try Packer.pack(text(50), kind)
      let out = try Unpacked(skip + packed + skip + packed)
      #expect(out.trouble == nil && out.bytes == text(50) + text(50))
    }
  }

  @Test func kindsAreToldByContent() {
    func kind(_ bytes: [UInt8]) -> CompressionKind? {
      unsafe bytes.withUnsafeBytes { unsafe CompressionKind.recognise($0.bytes) }
    }
    #expect(kind([]) == nil && kind([0x1f]) == nil && kind([0x1f, 0x8b, 7, 0]) == nil)
    #expect(kind([0x1f, 0x8b, 8, 0xff]) == nil)
    #expect(kind(Array("BZh9 is how this text begins".utf8)) == nil)
    #expect(kind([0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]) == .zstd)
  }
}
