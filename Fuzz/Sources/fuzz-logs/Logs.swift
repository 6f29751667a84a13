internal import FirewallLogs
internal import Observations
internal import Reading

/// A whole file, recognised and then read by all formats, as an analysis does: the first byte
/// chooses the windows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLogs(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count > 1 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let bytes = Array(input.dropFirst())
  let now = Timestamp(seconds: 1_780_000_000)
  let context = LogContext(year: 2009, zoneOffsetSeconds: 0, now: now)
  guard let recognised = unsafe LogFormats.recognise(bytes.span.bytes, context: context) else {
    return 0
  }
  let whole = Reading.all(bytes, recognised.makeReader(context: context), seed: nil)
  let cut = Reading.all(
    bytes, recognised.makeReader(context: context), seed: UInt64(input[0]) << 8 | 0x10_65)
  LogRules.check(bytes, whole, cut)
  return 0
}
