package import Observations

/// Text of mail (RFC 5322, RFC 2045) that no content can break out of: headers are one folded line of
/// ASCII, bodies are quoted-printable where they must be, lines end as they should.
package enum MailText {
  /// A header. What is not ASCII goes as encoded words (RFC 2047); line breaks cannot get in.
  package static func header(_ name: String, _ value: String) -> String {
    let shown = inert(value)
    guard shown.utf8.allSatisfy({ $0 < 0x7f }), !shown.contains("=?") else {
      return "\(name): " + encodedWords(shown) + "\r\n"
    }
    var line = "\(name):"
    var text = ""
    for word in shown.split(separator: " ") {
      if line.utf8.count + 1 + word.utf8.count > 76, line != "\(name):" {
        text += line + "\r\n"
        line = ""
      }
      line += " " + word
    }
    return text + line + "\r\n"
  }

  /// `"Name" <address>`, or the address alone.
  package static func mailbox(_ reporter: Reporter) -> String {
    let name = inert(reporter.name)
    guard name.utf8.allSatisfy({ $0 < 0x7f }) else {
      return "\(encodedWords(name)) <\(reporter.address)>"
    }
    let quoted = name.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
    return "\"\(String(quoted))\" <\(reporter.address)>"
  }

  /// A header whose value is made of tokens of ours and mailboxes, as it stands.
  package static func plainHeader(_ name: String, _ value: String) -> String {
    "\(name): \(value)\r\n"
  }

  /// UTF-8 in words of at most 75 characters, none of which cuts a character.
  private static func encodedWords(_ text: String) -> String {
    var words: [String] = []
    var bytes: [UInt8] = []
    func close() {
      words.append("=?UTF-8?B?\(base64(bytes))?=")
      bytes = []
    }
    for scalar in text.unicodeScalars {
      let more = Array(String(scalar).utf8)
      if bytes.count + more.count > 42 { close() }
      bytes += more
    }
    if !bytes.isEmpty || words.isEmpty { close() }
    return words.joined(separator: "\r\n ")
  }

  /// A date and time (RFC 5322, 3.3) in UTC.
  package static func date(_ time: Timestamp) -> String {
    let civil = CivilTime(time)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let number = CivilTime.days(year: civil.year, month: civil.month, day: civil.day)
    let day = days[(number % 7 + 7) % 7]
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(day), \(civil.day) \(months[civil.month - 1]) \(civil.year) "
      + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) +0000"
  }

  /// A body as quoted-printable (RFC 2045, 6.7); its lines are kept.
  package static func quotedPrintable(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var out = ""
      var width = 0
      let bytes = Array(line.utf8)
      for (index, byte) in bytes.enumerated() {
        let isLast = index == bytes.count - 1
        let isPlain =
          (0x21...0x7e).contains(byte) && byte != 0x3d
          || (byte == 0x20 || byte == 0x09) && !isLast
        // A line that begins with a full stop, or with "From ", may be changed on its way.
        let isFront = width == 0 && (byte == 0x2e || byte == 0x46)
        let piece =
          isPlain && !isFront
          ? String(Unicode.Scalar(byte)) : "=" + hexadecimal(byte)
        if width + piece.utf8.count > 75 {
          out += "=\r\n"
          width = 0
        }
        out += piece
        width += piece.utf8.count
      }
      return out
    }.joined(separator: "\r\n") + "\r\n"
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}

/// Base64 with padding (RFC 4648, 4), on one line.
package func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var out: [UInt8] = []
  var index = 0
  while index < bytes.count {
    let rest = min(3, bytes.count - index)
    var group: UInt32 = 0
    for place in 0..<3 {
      group = group << 8 | (place < rest ? UInt32(bytes[index + place]) : 0)
    }
    for place in 0..<4 {
      out.append(place <= rest ? letters[Int(group >> UInt32(18 - 6 * place) & 63)] : 0x3d)
    }
    index += 3
  }
  return String(decoding: out, as: UTF8.self)
}

/// Plain text in lines of at most 76 columns for mails and comments, inert.
package func wrapped(_ text: String, indent: Int = 0, hang: Int = 0, columns: Int = 76) -> String {
  var page = TextPage(style: TextStyle(columns: columns))
  page.paragraph(text, indent: indent, hang: hang)
  return page.text
}
