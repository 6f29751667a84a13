internal import CMemory

/// What a program that runs for months tells the C library about memory.
public enum Heaps {
  /// Lets all threads share two heaps.
  ///
  /// By default each thread gets one of its own, up to eight for each core, and each keeps what it once needed
  /// (mallopt(3), M_ARENA_MAX). Work that wanders from thread to thread, as that of a server does, then holds
  /// its peak many times over. To be called before other threads begin.
  public static func share() { _ = culprit_share_heaps(2) }
}
