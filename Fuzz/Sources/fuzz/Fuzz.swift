internal import Fuzzing

/// Every reader and decoder: the input's first bytes choose which, see `Fuzzing.one`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count > 0 else { return 0 }
  // The fuzzer's bytes are copied before anything is done with them.
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Violation) {
    try Fuzzing.one(input)
  } catch { fatalError("\(error)") }
  return 0
}
