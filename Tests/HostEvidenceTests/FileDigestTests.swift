import HostEvidence
import Testing

@Suite struct FileDigestTests {
  /// The examples of FIPS 180-4 and its companion.
  @Test(
    arguments: zip(
      ["", "abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"],
      [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      ]))
  func knownDigests(text: String, digest: String) {
    #expect(FileDigest.sha256(of: text) == digest)
  }

  @Test func piecesGiveTheDigestOfTheWhole() {
    let bytes = [UInt8]("the same bytes, however they are cut".utf8)
    for cut in 0...bytes.count {
      var digest = FileDigest()
      let (front, back) = (Array(bytes[..<cut]), Array(bytes[cut...]))
      digest.update(unsafe front.span.bytes)
      digest.update(unsafe back.span.bytes)
      #expect(digest.hexadecimal == FileDigest.sha256(of: String(decoding: bytes, as: UTF8.self)))
    }
  }
}
