import Observations

/// The services by which hosts find each other and their addresses.
extension PacketDecoder {
  mutating func hostService(_ view: borrowing UDPView) {
    let (source, destination) = (view.sourcePort, view.destinationPort)
    if source == 138 || destination == 138 {
      netbiosDatagram(view)
    } else if source == 67 || source == 68 || destination == 67 || destination == 68 {
      dhcp(view)
    } else if source == 5353 || source == 5355 || destination == 5353 || destination == 5355 {
      multicastName(view)
    }
  }

  /// Whether what is missing of the content may be the capture's or a fragment's doing, or there is none.
  private func isExcused(_ view: borrowing UDPView) -> Bool {
    observation.marks.contains(.cut) || observation.marks.contains(.firstFragment)
      || view.payload.byteCount == 0
  }

  private mutating func netbiosDatagram(_ view: borrowing UDPView) {
    do throws(NetbiosDatagramView.Failure) {
      let message = try NetbiosDatagramView(view.payload, within: view.payloadExtent)
      observation.hint = .netbiosDatagram
      observation.detail = UInt32(message.id)
    } catch {
      if !isExcused(view) { note(.netbiosDatagramMalformed) }
    }
  }

  private mutating func dhcp(_ view: borrowing UDPView) {
    do throws(DHCPView.Failure) {
      let message = try DHCPView(view.payload, within: view.payloadExtent)
      observation.hint = .dhcp
      observation.detail = UInt32(message.messageType)
      if !message.areOptionsWhole, !isExcused(view) { note(.dhcpMalformed) }
    } catch {
      if !isExcused(view) { note(.dhcpMalformed) }
    }
  }

  private mutating func multicastName(_ view: borrowing UDPView) {
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
}
