private import Crypto

/// A UUID made of a name (RFC 9562, 5.5: version 5): the same name, the same UUID, anywhere.
///
/// - Parameters:
///   - name: the name.
///   - namespace: the namespace's 16 bytes.
/// - Returns: its text.
package func nameUUID(_ name: String, in namespace: [UInt8]) -> String {
  var hash = Insecure.SHA1()
  hash.update(data: namespace + Array(name.utf8))
  var bytes = Array(hash.finalize().prefix(16))
  bytes[6] = bytes[6] & 0x0f | 0x50
  bytes[8] = bytes[8] & 0x3f | 0x80
  let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
  let groups = [digits[0..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10..<16]]
  return groups.map { $0.joined() }.joined(separator: "-")
}

/// The namespaces that names are taken from.
package enum UUIDNamespace {
  /// Of STIX 2.1 cyber-observable objects (section 2.9): 00abedb4-aa42-466c-9c01-fed23315a9b7.
  package static let observables: [UInt8] = [
    0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7,
  ]
  /// Of this program: 3c6e0b8a-9c15-5f7d-8a2e-63756c707269, in whose last digits its name stands.
  package static let own: [UInt8] = [
    0x3c, 0x6e, 0x0b, 0x8a, 0x9c, 0x15, 0x5f, 0x7d, 0x8a, 0x2e, 0x63, 0x75, 0x6c, 0x70, 0x72, 0x69,
  ]
}
