import Foundation
import Pool

/// What a sensor sends to be enrolled.
struct Enrolment {
  static let mostBytes = 4_096

  var token: EnrolmentToken
  var publicKey: [UInt8]

  private struct Form: Decodable {
    var token: String
    var publicKey: String
  }

  /// Reads an enrolment; nil for anything else.
  init?(json bytes: [UInt8]) {
    guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes)),
      let token = EnrolmentToken(form.token)
    else { return nil }
    let digits = form.publicKey.lowercased().utf8.compactMap { byte -> UInt8? in
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x61...0x66: byte - 0x57
      default: nil
      }
    }
    guard digits.count == 64, form.publicKey.utf8.count == 64 else { return nil }
    self.token = token
    publicKey = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
