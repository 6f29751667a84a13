internal import HostEvidence

/// A host's socket table of any tool, at once and in pieces: the first byte says how long these are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTables(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count > 1 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let bytes = Array(input.dropFirst())
  _ = SocketTables.recognise(bytes)
  let whole = SocketTables.read(bytes)
  var reader = SocketTableReader()
  let piece = 1 + Int(input[0])
  for at in stride(from: 0, to: bytes.count, by: piece) {
    unsafe reader.take(bytes.span.bytes.extracting(at..<min(at + piece, bytes.count)))
  }
  guard reader.finish() == whole else { fatalError("pieces changed what was read") }
  return 0
}
