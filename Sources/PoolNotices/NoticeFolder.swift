internal import Foundation
internal import Observations
internal import Pool
internal import PoolClient

/// Notices that wait for a destination, as they lie in a file.
struct Parcel: Hashable, Sendable {
  /// Its place in the order, from 1.
  var number: Int64
  /// When it was taken over.
  var since: Timestamp
  var notices: [Notice]
}

/// The folder in which notices wait: a small file for each parcel, written beside its place, synced and
/// renamed; and the list of what was told already.
struct NoticeFolder: Sendable {
  let path: String

  /// The most notices of a parcel.
  static let mostOfParcel = 100
  /// No file of a parcel is larger.
  private static let bytesOfParcel = 1 << 16
  /// What was told before these many is forgotten.
  static let mostTold = 2_048
  private static let bytesOfTold = 1 << 18

  init(_ path: String) throws(DeliveryError) {
    self.path = path
    do { try DurableFile.makeFolder(path) } catch { throw DeliveryError("\(error)") }
  }

  private func place(_ destination: String, _ number: Int64) -> String {
    let digits = String(number)
    return
      "\(path)/\(destination)-\(String(repeating: "0", count: 19 - digits.utf8.count))\(digits)"
  }

  /// The parcels of a destination, in order. A file that is none is left where it is.
  func waiting(for destination: String) throws(DeliveryError) -> [Parcel] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw DeliveryError("\(path) cannot be read")
    }
    var parcels: [Parcel] = []
    for name in names.sorted() where name.hasPrefix(destination + "-") {
      let digits = name.dropFirst(destination.utf8.count + 1)
      guard digits.utf8.count == 19, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int64(digits),
        let bytes = try? DurableFile.read(path + "/" + name, most: NoticeFolder.bytesOfParcel),
        let parcel = Parcel(number: number, json: bytes)
      else { continue }
      parcels.append(parcel)
    }
    return parcels
  }

  func write(_ parcel: Parcel, for destination: String) throws(DeliveryError) {
    do { try DurableFile.write(parcel.json, to: place(destination, parcel.number)) } catch {
      throw DeliveryError("\(error)")
    }
  }

  func remove(_ parcel: Parcel, of destination: String) throws(DeliveryError) {
    do { try DurableFile.remove(place(destination, parcel.number)) } catch {
      throw DeliveryError("\(error)")
    }
  }

  /// What was told, oldest first.
  func told() -> [String] {
    let bytes = try? DurableFile.read(path + "/told", most: NoticeFolder.bytesOfTold)
    return String(decoding: (bytes ?? nil) ?? [], as: UTF8.self).split(separator: "\n")
      .suffix(NoticeFolder.mostTold).map(String.init)
  }

  func write(told: [String]) throws(DeliveryError) {
    let text = told.suffix(NoticeFolder.mostTold).joined(separator: "\n") + "\n"
    do { try DurableFile.write(Array(text.utf8), to: path + "/told") } catch {
      throw DeliveryError("\(error)")
    }
  }
}

extension Parcel {
  /// How a parcel stands in its file.
  private struct Form: Codable {
    struct One: Codable {
      var kind: String
      var at: Int64
      var number: Int64
      var subject: String
      var turn: Int
      var article: String?
    }
    var version: Int
    var since: Int64
    var notices: [One]
  }

  var json: [UInt8] {
    let form = Form(
      version: 1, since: since.wholeSeconds,
      notices: notices.map {
        Form.One(
          kind: $0.kind.rawValue, at: $0.at.wholeSeconds, number: $0.number,
          subject: $0.subject.description, turn: $0.turn, article: $0.article)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Numbers and texts only: there is nothing in it that could not be encoded.
    return (try? encoder.encode(form)).map { Array($0) } ?? []
  }

  /// Reads a file's bytes; nil for anything that this program did not write.
  init?(number: Int64, json: [UInt8]) {
    guard let form = try? JSONDecoder().decode(Form.self, from: Data(json)), form.version == 1,
      (1...NoticeFolder.mostOfParcel).contains(form.notices.count),
      Parcel.times.contains(form.since)
    else { return nil }
    self.number = number
    since = Timestamp(seconds: form.since)
    notices = []
    for one in form.notices {
      guard let kind = Notice.Kind(rawValue: one.kind), let subject = Address(one.subject),
        Parcel.times.contains(one.at)
      else { return nil }
      notices.append(
        Notice(
          kind, at: Timestamp(seconds: one.at), number: one.number, subject: subject,
          turn: one.turn, article: one.article))
    }
  }

  /// 1970 to 2200: what arithmetic is safe with.
  private static let times: ClosedRange<Int64> = 0...7_258_118_400
}
