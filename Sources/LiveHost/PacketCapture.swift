private import CHost
private import Glibc
internal import Observations

/// Packets of all interfaces, written as a capture while other things are gathered: the kernel keeps
/// them until they are fetched.
final class PacketCapture {
  /// Bytes of each packet that are kept, behind the head the kernel gives of its link.
  static let snapLength = 512
  /// What the file may hold.
  static let largest = 1 << 30

  let path: String
  private(set) var packets = 0
  private(set) var failure: SystemFailure?
  private let socketDescriptor: Int32
  private let file: Int32
  private let ends: Int64
  private var pending: [UInt8] = []
  private var written = 0
  private var buffer = [UInt8](repeating: 0, count: PacketCapture.snapLength)

  /// Begins.
  ///
  /// - Parameters:
  ///   - seconds: how long.
  ///   - folder: where the file is made.
  /// - Throws: why there can be none.
  init(seconds: Int, folder: String) throws(SystemFailure) {
    socketDescriptor = culprit_open_capture()
    guard socketDescriptor >= 0 else { throw SystemFailure(number: -socketDescriptor) }
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    path = "\(folder)/culprit-capture-\(name).pcap"
    file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      let failure = SystemFailure.last
      close(socketDescriptor)
      throw failure
    }
    ends = PacketCapture.clock + Int64(seconds) * 1_000
    pending = PacketCapture.header
  }

  deinit {
    close(socketDescriptor)
    close(file)
  }

  /// The head of a capture with nanoseconds and link type 276 (Linux "cooked", version 2).
  private static var header: [UInt8] {
    var header: [UInt8] = []
    header.append(host: UInt32(0xa1b2_3c4d))
    header.append(host: UInt16(2))
    header.append(host: UInt16(4))
    header.append(host: UInt64(0))
    header.append(host: UInt32(snapLength + 20))
    header.append(host: UInt32(276))
    return header
  }

  /// Milliseconds of a clock that nobody sets.
  private static var clock: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Takes packets for some milliseconds, at most to its end.
  func take(milliseconds: Int64) {
    let until = milliseconds > ends ? ends : min(ends, PacketCapture.clock + milliseconds)
    while failure == nil {
      let left = until - PacketCapture.clock
      var wait = pollfd(fd: socketDescriptor, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&wait, 1, Int32(clamping: max(0, left)))
      if ready > 0, takeOne() { continue }
      if left <= 0 { break }
    }
    flush()
  }

  /// Takes what is left of its time, and ends; how many packets the kernel had to drop.
  func finish() -> Int {
    take(milliseconds: .max)
    return Int(culprit_capture_drops(socketDescriptor))
  }

  private func takeOne() -> Bool {
    var head = culprit_packet()
    let count = unsafe buffer.withUnsafeMutableBytes {
      // No more is written than the buffer holds; the true length comes in the head.
      unsafe culprit_read_packet(socketDescriptor, $0.baseAddress, $0.count, &head)
    }
    guard count >= 0 else { return false }
    packets += 1
    pending.append(host: UInt32(truncatingIfNeeded: head.seconds))
    pending.append(host: head.nanoseconds)
    pending.append(host: UInt32(count + 20))
    pending.append(host: head.length &+ 20)
    unsafe withUnsafeBytes(of: head.link) { unsafe pending += $0 }
    pending += buffer[..<Int(count)]
    if pending.count > 1 << 20 { flush() }
    return true
  }

  private func flush() {
    guard failure == nil, !pending.isEmpty else { return }
    guard written + pending.count <= PacketCapture.largest else {
      failure = SystemFailure(number: EFBIG)
      return
    }
    var rest = pending[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR {
        failure = .last
        return
      }
      rest = rest.dropFirst(max(0, count))
    }
    written += pending.count
    pending.removeAll(keepingCapacity: true)
  }
}

/// Waits for the end of the capture and hands it in.
struct CaptureGatherer: Gatherer {
  let name = "capture"
  let how =
    "a packet socket of all interfaces in the own network namespace, while the rest was gathered"

  func takes(_ options: CollectOptions) -> String {
    options.captureSeconds == 0
      ? "nothing: packets are taken only with --capture"
      : "packets of all interfaces for \(options.captureSeconds) seconds, the first "
        + "\(PacketCapture.snapLength) bytes of each, which may hold what people wrote"
  }

  func gather(_ run: inout CollectionRun) {
    guard run.options.captureSeconds > 0 else { return }
    guard let capture = run.capture else {
      return run.note("packets", (run.captureRefusal ?? SystemFailure(number: EPERM)).text)
    }
    let dropped = capture.finish()
    if dropped > 0 { run.note("\(dropped) packets", "the kernel had no room for them") }
    if let failure = capture.failure { run.note("further packets", failure.text) }
    run.add("capture.pcap", .file(path: capture.path), count: capture.packets)
  }
}
