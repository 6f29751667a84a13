public import CMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// Owned, fixed-bound memory for trivial elements, the base of every table and batch.
///
/// The bound is reserved as address space at once and the kernel hands out pages as they are first
/// touched, zero-filled. Nothing moves when a table grows, growth is free, and the bound is
/// explicit. Elements must be types for which all-zero bytes are a valid value.
///
/// Safe: the base address is private to this type, lives as long as the value, and every access is
/// checked against the bound.
@safe public struct Slab<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  /// How many elements fit; indices run from 0 up to but not including this.
  public let capacity: Int

  private let map: UnsafeMutableRawPointer
  private let mapped: Int

  /// Reserves room for `capacity` zeroed elements.
  ///
  /// - Parameters:
  ///   - capacity: the bound, at least 1. A size the kernel refuses to reserve stops the process:
  ///     bounds are constants of this program, never numbers out of a file.
  ///   - isDense: elements are used from the beginning on, so that large pages serve them.
  public init(capacity: Int, isDense: Bool = false) {
    precondition(capacity > 0, "a slab holds at least one element")
    let bytes = capacity * MemoryLayout<Element>.stride
    // Huge pages lie at multiples of their size.
    mapped = isDense ? bytes + 2 * Slab.hugePage : bytes
    let map = unsafe mmap(
      nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let map = unsafe map, unsafe map != MAP_FAILED else {
      preconditionFailure("the kernel refused to reserve \(bytes) bytes")
    }
    unsafe self.map = unsafe map
    var start = unsafe map
    if isDense {
      let skipped = Int(bitPattern: map) & (Slab.hugePage - 1)
      unsafe start += skipped == 0 ? 0 : Slab.hugePage - skipped
      // A wish: where the kernel grants none, pages stay small and results the same.
      _ = unsafe madvise(start, mapped - Slab.hugePage, MADV_HUGEPAGE)
    }
    unsafe self.base = unsafe start.bindMemory(to: Element.self, capacity: capacity)
    self.capacity = capacity
  }

  private static var hugePage: Int { 2 << 20 }

  deinit { unsafe munmap(map, mapped) }

  /// The element at `index`, in place. An index outside the bound traps.
  @inlinable @inline(__always)
  public subscript(index: Int) -> Element {
    unsafeAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity))
      return unsafe UnsafePointer(base + index)
    }
    nonmutating unsafeMutableAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity))
      return unsafe base + index
    }
  }

  /// Asks the processor to fetch the element's first cache line; a hint without effect on results.
  @inlinable @inline(__always)
  public func prefetch(_ index: Int) {
    guard UInt(bitPattern: index) < UInt(bitPattern: capacity) else { return }
    unsafe culprit_prefetch(UnsafeRawPointer(base + index))
  }

  /// Asks for an element's first cache lines, of 64 bytes each; a hint without effect on results.
  ///
  /// - Parameters:
  ///   - index: the element.
  ///   - lines: how many; the element is at least as long.
  @inlinable @inline(__always)
  public func prefetch(_ index: Int, lines: Int) {
    guard UInt(bitPattern: index) < UInt(bitPattern: capacity) else { return }
    var address = unsafe UnsafeRawPointer(base + index)
    for _ in 0..<lines {
      unsafe culprit_prefetch(address)
      unsafe address += 64
    }
  }

  /// Gives the pages of a range back to the kernel and leaves zeros behind.
  ///
  /// - Parameter range: elements to forget; must lie within the bound.
  public func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= capacity)
    unsafe memset(
      base + range.lowerBound, 0, range.count * MemoryLayout<Element>.stride)
  }
}

extension Slab where Element == UInt8 {
  /// Copies bytes in; they must fit from `index` on.
  public func copy(_ bytes: RawSpan, to index: Int) {
    precondition(index >= 0 && index <= capacity - bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      unsafe memcpy(base + index, from, source.count)
    }
  }

  /// Eight bytes from `index` on, as the machine orders them.
  public func word(at index: Int) -> UInt64 {
    precondition(index >= 0 && index <= capacity - 8)
    return unsafe UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
  }
}
