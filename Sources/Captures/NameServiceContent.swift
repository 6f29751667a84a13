import Observations

/// What lies behind the transport header of UDP: name services by their ports, and what is recognised by
/// itself.
extension PacketDecoder {
  /// A port never names a content that says otherwise: what a port promises is looked for first, and where
  /// it is not there, whatever else it may be.
  mutating func content(_ view: borrowing UDPView, into batch: ObservationBatch) {
    let ports = Ports(source: view.sourcePort, destination: view.destinationPort)
    let before = noted
    if ports.has(137) {
      nameService(view, into: batch)
    } else if ports.has(53) {
      names(view, into: batch)
    } else {
      hostService(view, into: batch)
    }
    guard observation.hint == .none else { return }
    byItself(view, ports, into: batch)
    if observation.hint != .none { noted = before }
  }

  /// Takes what a content tells besides.
  mutating func tell(into batch: ObservationBatch, _ body: (inout ContentTeller) -> Void) {
    var teller = ContentTeller(observation, batch)
    body(&teller)
    if teller.isFull { note(.namesBeyondBound) }
  }

  /// What a segment of a stream begins with.
  mutating func segment(
    _ payload: RawSpan, _ extent: Extent, header: Int, into batch: ObservationBatch
  ) {
    let key = details.payloadKey
    guard key != 0, ContentSigns.mayBeStream(key) else { return }
    let bytes = payload.extracting(header..<payload.byteCount)
    guard ContentSigns.isStream(key, bytes.byteCount >= 8 ? bytes.u32(4) : 0) else { return }
    let rest = Extent(claimed: extent.claimed - header, limitedBy: extent.limitedBy)
    let ports = Ports(source: observation.sourcePort, destination: observation.destinationPort)
    var teller = ContentTeller(observation, batch)
    if let content = ContentFormats.stream(bytes, rest, ports, &teller) {
      (observation.hint, observation.detail) = (content.hint, content.detail)
    }
    if teller.isFull { note(.namesBeyondBound) }
  }

  private mutating func byItself(
    _ view: borrowing UDPView, _ ports: Ports, into batch: ObservationBatch
  ) {
    let payload = view.payload
    guard payload.byteCount >= 4 else { return }
    let second = payload.byteCount >= 8 ? payload.u32(4) : 0
    let both = UInt32(ports.source) << 16 | UInt32(ports.destination)
    guard ContentSigns.mayBeDatagram(payload.u32(0), second, both) else { return }
    let extent = view.payloadExtent
    var teller = ContentTeller(observation, batch)
    if let content = ContentFormats.datagram(payload, extent, ports, &teller) {
      (observation.hint, observation.detail) = (content.hint, content.detail)
    } else if isNameService(view, ports, into: batch), observation.hint != .none {
      teller.tellContent()
    }
    if teller.isFull { note(.namesBeyondBound) }
  }

  /// Name services at other ports than their own, where they cannot be mistaken; true where one was looked for.
  private mutating func isNameService(
    _ view: borrowing UDPView, _ ports: Ports, into batch: ObservationBatch
  ) -> Bool {
    let (payload, extent) = (view.payload, view.payloadExtent)
    if (try? NBNSView(payload, within: extent)) != nil {
      nameService(view, into: batch)
      return true
    }
    guard let message = try? DNSView(payload, within: extent),
      message.isUnmistakable(within: extent)
    else { return false }
    names(view, into: batch)
    return true
  }

  private mutating func nameService(_ view: borrowing UDPView, into batch: ObservationBatch) {
    do throws(NBNSView.Failure) {
      let message = try NBNSView(view.payload, within: view.payloadExtent)
      observation.hint = message.hint
      observation.detail = UInt32(message.id)
      if message.hint == .nameQuery { details.nameKey = message.nameKey }
      if message.hint == .nameResponse || message.hint == .nameService {
        tell(into: batch) { message.tellNames(&$0) }
      }
      specialName(of: message, into: batch)
    } catch {
      if observation.marks.contains(.cut) {
        if PacketDecoder.mayBeQuery(view) { observation.hint = .nameQueryBySize }
        return
      }
      guard view.payload.byteCount > 0 else { return }
      if case .length = error { note(.nbnsHeaderCut) } else { note(.nbnsNameMalformed) }
    }
  }

  /// Whether a packet of which the capture kept too little is as long as a query for one name, and what was
  /// kept does not say otherwise: all that a log's `LEN=78` tells, too.
  private static func mayBeQuery(_ view: borrowing UDPView) -> Bool {
    let kept = view.payload
    guard view.destinationPort == 137, view.payloadExtent.claimed == 50 else { return false }
    if kept.byteCount >= 4, kept.u8(2) & 0xf8 != 0 { return false }
    if kept.byteCount >= 8, kept.u32(4) != 0x0001_0000 { return false }
    return kept.byteCount < 13 || kept.u8(12) == 32
  }

  private mutating func names(_ view: borrowing UDPView, into batch: ObservationBatch) {
    let isCut = observation.marks.contains(.cut) || observation.marks.contains(.firstFragment)
    let payload = view.payload
    do throws(LengthError) {
      let message = try DNSView(payload, within: view.payloadExtent)
      guard message.operation == 0, message.questionCount > 0 else { return }
      do throws(DNSView.Failure) {
        let question = try message.question(at: 12)
        observation.hint = message.isResponse ? .dnsResponse : .dnsQuery
        observation.detail = UInt32(question.type) << 16 | UInt32(message.id)
        specialName(of: message, by: SpecialName.byDNS, into: batch)
        try resolutions(of: message, question, isCut: isCut, into: batch)
      } catch {
        if error == .nameMalformed {
          note(.dnsNameMalformed)
        } else if !isCut {
          note(.dnsRecordCut)
        }
      }
    } catch {
      if error.limitedBy != .capture, payload.byteCount > 0 { note(.dnsHeaderCut) }
    }
  }

  private mutating func resolutions(
    of message: borrowing DNSView, _ question: DNSView.Record, isCut: Bool,
    into batch: ObservationBatch
  ) throws(DNSView.Failure) {
    let asked = question.type == 12 ? question.reverse : nil
    guard message.isResponse else {
      if let asked { learn(.reverseAsked, client: observation.source, asked, batch) }
      return
    }
    let client = observation.destination
    var isNamed = false
    var failure: DNSView.Failure?
    // The first name of a message has nothing to point back to: it stands written out.
    var name: (start: UInt32, length: UInt16)?
    do throws(DNSView.Failure) {
      var at = question.end
      for _ in 1..<max(1, message.questionCount) { at = try message.question(at: at).end }
      for _ in 0..<message.answerCount {
        let answer = try message.answer(at: at)
        at = answer.end
        if answer.type == 12 {
          if !isNamed, let asked, let target = message.wireName(at: answer.end - answer.size) {
            tell(into: batch) { $0.tell(.dnsName, of: asked, target.bytes) }
          }
          isNamed = true
        }
        if let address = answer.address {
          learn(.forwardAnswered, client: client, address, batch)
          name = name ?? batch.keepText(message.bytes.extracting(12..<max(12, question.end - 5)))
          if let name { tell(into: batch) { $0.tell(.dnsName, of: address, name) } }
        }
      }
    } catch { failure = error }
    if let asked, message.responseCode == 0, isNamed {
      learn(.reverseAnswered, client: client, asked, batch)
    } else if let asked, failure == nil {
      learn(.reverseFailed, client: client, asked, batch)
    }
    if let failure { throw failure }
  }

  private mutating func learn(
    _ kind: Resolution.Kind, client: Address, _ address: Address, _ batch: ObservationBatch
  ) {
    let resolution = Resolution(
      index: UInt32(batch.count), kind: kind, client: client, address: address)
    if !batch.append(resolution) { note(.answersBeyondBound) }
  }
}
