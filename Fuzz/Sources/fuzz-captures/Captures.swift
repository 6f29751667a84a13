internal import Captures
internal import Observations
internal import Reading

/// A capture of any format, recognised by its head: the first byte chooses the windows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCaptures(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count > 1 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let bytes = Array(input.dropFirst())
  guard let one = unsafe CaptureFormats.reader(for: bytes.span.bytes),
    let other = unsafe CaptureFormats.reader(for: bytes.span.bytes)
  else { return 0 }
  let whole = Reading.all(bytes, one, seed: nil)
  Reading.require(whole.packets.count <= 2 * Int(whole.records), "more packets than records")
  for packet in whole.packets {
    Reading.require(packet.offset < UInt64(bytes.count), "a place beyond the capture")
  }
  let cut = Reading.all(bytes, other, seed: UInt64(input[0]) << 8 | 0xcab)
  Reading.require(cut == whole, "windows changed what was read")
  return 0
}
