internal import FirewallLogs
internal import Observations
internal import Reading

/// Lines through the reader of one format, which the first line names; the byte behind it chooses the
/// windows. A name that is none is taken by its sum.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLines(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let end = input.firstIndex(of: 0x0a), end + 1 < count else { return 0 }
  let stated = String(decoding: input[..<end], as: UTF8.self)
  let sum = input[..<end].reduce(0) { $0 + Int($1) }
  let names = LogFormats.names
  let name = names.contains(stated) ? stated : names[sum % names.count]
  let now = Timestamp(seconds: 1_780_000_000)
  let context = LogContext(year: 2009, zoneOffsetSeconds: 0, now: now)
  let bytes = Array(input[(end + 2)...])
  guard let one = LogFormats.makeReader(named: name, context: context),
    let other = LogFormats.makeReader(named: name, context: context)
  else { fatalError("no reader of \(name)") }
  let whole = Reading.all(bytes, one, seed: nil)
  let cut = Reading.all(bytes, other, seed: UInt64(input[end + 1]) << 8 | 0x5eed)
  LogRules.check(bytes, whole, cut)
  return 0
}
