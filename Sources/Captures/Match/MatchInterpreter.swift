/// Runs a filter on a packet of which only some bytes are known, as those a log's line tells of.
///
/// The interpreter of libpcap would take an unknown byte for a nought. This one gives no answer where
/// the answer hangs on a byte that nobody knows.
struct MatchInterpreter: Sendable {
  /// What a filter says of a packet.
  enum Answer: Equatable, Sendable { case yes, no, unknown }

  private let program: [MatchInstruction]

  init(_ program: [MatchInstruction]) { self.program = program }

  /// Asks the filter.
  ///
  /// - Parameters:
  ///   - packet: the packet's beginning.
  ///   - known: a bit for each of its bytes that is known, the first byte's the lowest; beyond 64 none is.
  ///   - length: the packet's length; nil where not known.
  /// - Returns: yes or no, or that it cannot be known.
  func ask(_ packet: borrowing RawSpan, known: UInt64, length: UInt32?) -> Answer {
    var state = State(known: known, length: length)
    var at = 0
    // Jumps go forward only, so each instruction is done once at most.
    while at < program.count {
      let step = program[at]
      at += 1
      switch step.code & 0x07 {
      case 0x00:
        guard let value = state.load(step, packet) else { return .unknown }
        state.accumulator = value
      case 0x01:
        guard let value = state.loadIndex(step, packet) else { return .unknown }
        state.index = value
      case 0x02: state.memory[Int(step.constant & 15)] = state.accumulator
      case 0x03: state.memory[Int(step.constant & 15)] = state.index
      case 0x04: if !state.calculate(step) { return .no }
      case 0x05: at += state.jump(step)
      case 0x06:
        return (step.code & 0x18 == 0x10 ? state.accumulator : step.constant) != 0 ? .yes : .no
      default:
        if step.code & 0xf8 == 0x80 {
          state.accumulator = state.index
        } else {
          state.index = state.accumulator
        }
      }
    }
    return .no
  }

  private struct State {
    var accumulator: UInt32 = 0
    var index: UInt32 = 0
    var memory: [16 of UInt32] = .init(repeating: 0)
    let known: UInt64
    let length: UInt32?

    /// nil where what is loaded is not known.
    func load(_ step: MatchInstruction, _ packet: borrowing RawSpan) -> UInt32? {
      let size =
        switch step.code & 0x18 {
        case 0x00: 4
        case 0x08: 2
        default: 1
        }
      switch step.code & 0xe0 {
      case 0x00: return step.constant
      case 0x20: return bytes(packet, UInt64(step.constant), size)
      case 0x40: return bytes(packet, UInt64(step.constant) + UInt64(index), size)
      case 0x60: return memory[Int(step.constant & 15)]
      case 0x80: return length
      default: return nil
      }
    }

    func loadIndex(_ step: MatchInstruction, _ packet: borrowing RawSpan) -> UInt32? {
      switch step.code & 0xe0 {
      case 0x00: return step.constant
      case 0x60: return memory[Int(step.constant & 15)]
      case 0x80: return length
      // The length of an IPv4 header from its first byte.
      case 0xa0: return bytes(packet, UInt64(step.constant), 1).map { ($0 & 15) << 2 }
      default: return nil
      }
    }

    /// False where the program divides by nought, which ends it with a no.
    mutating func calculate(_ step: MatchInstruction) -> Bool {
      let operand = step.code & 0x08 == 0 ? step.constant : index
      switch step.code & 0xf0 {
      case 0x00: accumulator = accumulator &+ operand
      case 0x10: accumulator = accumulator &- operand
      case 0x20: accumulator = accumulator &* operand
      case 0x30:
        guard operand != 0 else { return false }
        accumulator /= operand
      case 0x40: accumulator |= operand
      case 0x50: accumulator &= operand
      case 0x60: accumulator = operand < 32 ? accumulator << operand : 0
      case 0x70: accumulator = operand < 32 ? accumulator >> operand : 0
      case 0x80: accumulator = 0 &- accumulator
      case 0x90:
        guard operand != 0 else { return false }
        accumulator %= operand
      case 0xa0: accumulator ^= operand
      default: return false
      }
      return true
    }

    /// How many instructions are passed over.
    func jump(_ step: MatchInstruction) -> Int {
      let operand = step.code & 0x08 == 0 ? step.constant : index
      let holds: Bool
      switch step.code & 0xf0 {
      case 0x00: return Int(step.constant)
      case 0x10: holds = accumulator == operand
      case 0x20: holds = accumulator > operand
      case 0x30: holds = accumulator >= operand
      default: holds = accumulator & operand != 0
      }
      return Int(holds ? step.onTrue : step.onFalse)
    }

    private func bytes(_ packet: borrowing RawSpan, _ at: UInt64, _ size: Int) -> UInt32? {
      guard at + UInt64(size) <= UInt64(min(packet.byteCount, 64)) else { return nil }
      let place = Int(at)
      let mask = (UInt64(1) << UInt64(size) - 1) << UInt64(place)
      guard known & mask == mask else { return nil }
      switch size {
      case 4: return packet.u32(place)
      case 2: return UInt32(packet.u16(place))
      default: return UInt32(packet.u8(place))
      }
    }
  }
}
