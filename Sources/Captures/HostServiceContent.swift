import Observations

/// The services by which hosts find each other and their addresses.
extension PacketDecoder {
  mutating func hostService(_ view: borrowing UDPView, into batch: ObservationBatch) {
    let (source, destination) = (view.sourcePort, view.destinationPort)
    if source == 138 || destination == 138 {
      netbiosDatagram(view, into: batch)
    } else if source == 67 || source == 68 || destination == 67 || destination == 68 {
      dhcp(view, into: batch)
    } else if source == 5353 || source == 5355 || destination == 5353 || destination == 5355 {
      multicastName(view, into: batch)
    }
  }

  /// Whether what is missing of the content may be the capture's or a fragment's doing, or there is none.
  private func isExcused(_ view: borrowing UDPView) -> Bool {
    observation.marks.contains(.cut) || observation.marks.contains(.firstFragment)
      || view.payload.byteCount == 0
  }

  mutating func netbiosDatagram(_ view: borrowing UDPView, into batch: ObservationBatch) {
    do throws(NetbiosDatagramView.Failure) {
      let message = try NetbiosDatagramView(view.payload, within: view.payloadExtent)
      observation.hint = .netbiosDatagram
      observation.detail = UInt32(message.id)
      tell(into: batch) { teller in
        message.sourceName?.tell(.netbiosName, of: teller.source, &teller)
        // Browsers' names are their workgroup's.
        if let group = message.destinationName, group.suffix == 0x1d || group.suffix == 0x1e {
          group.tell(.netbiosGroup, of: teller.source, &teller)
        }
      }
    } catch {
      if !isExcused(view) { note(.netbiosDatagramMalformed) }
    }
  }

  mutating func dhcp(_ view: borrowing UDPView, into batch: ObservationBatch) {
    do throws(DHCPView.Failure) {
      let message = try DHCPView(view.payload, within: view.payloadExtent)
      observation.hint = .dhcp
      observation.detail = UInt32(message.messageType)
      if message.messageType == 3, message.wanted != 0 {
        let (payload, client) = (view.payload, Address(ipv4: message.wanted))
        tell(into: batch) { teller in
          if !message.hostName.isEmpty {
            teller.tell(.dhcpName, of: client, payload.extracting(message.hostName))
          }
          if !message.vendorClass.isEmpty {
            teller.tell(.dhcpClass, of: client, payload.extracting(message.vendorClass))
          }
        }
      }
      if !message.areOptionsWhole, !isExcused(view) { note(.dhcpMalformed) }
    } catch {
      if !isExcused(view) { note(.dhcpMalformed) }
    }
  }

  private mutating func multicastName(_ view: borrowing UDPView, into batch: ObservationBatch) {
    do throws(LengthError) {
      let message = try DNSView(view.payload, within: view.payloadExtent)
      guard message.operation == 0 else { return }
      do throws(DNSView.Failure) {
        if message.questionCount > 0 {
          _ = try message.question(at: 12)
        } else if message.recordCount > 0 {
          _ = try message.answer(at: 12)
        } else {
          return
        }
        observation.hint = .multicastName
        observation.detail = message.isResponse ? 1 : 0
        if message.questionCount > 0 {
          specialName(of: message, by: SpecialName.byMulticast, into: batch)
        }
        if message.isResponse { neighbours(message, into: batch) }
      } catch {
        if error == .nameMalformed {
          note(.dnsNameMalformed)
        } else if !isExcused(view) {
          note(.dnsRecordCut)
        }
      }
    } catch {
      if !isExcused(view) { note(.dnsHeaderCut) }
    }
  }
  /// The names that a multicast answer gives addresses.
  private mutating func neighbours(_ message: borrowing DNSView, into batch: ObservationBatch) {
    guard message.questionCount <= 1, message.recordCount <= 64 else { return }
    var at = 12
    if message.questionCount == 1 {
      guard let question = try? message.question(at: 12) else { return }
      at = question.end
    }
    for _ in 0..<message.recordCount {
      guard let record = try? message.answer(at: at) else { return }
      // The upper bit says that it takes the place of what was known (RFC 6762, 10.2).
      if let address = record.address ?? message.flushed(record),
        let name = message.wireName(at: at)
      {
        tell(into: batch) { $0.tell(.multicastName, of: address, name.bytes) }
      }
      at = record.end
    }
  }
}
