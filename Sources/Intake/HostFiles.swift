internal import Bundles
internal import HostEvidence

extension EvidenceFile {
  /// Reads what a host says of itself, to the end; false, and nothing is read, where it is none of that.
  mutating func readOfHost(_ source: ByteSource) -> Bool {
    let head = source.withWindow { window in
      (0..<min(window.byteCount, EvidenceFile.headLength)).map {
        unsafe window.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
      }
    }
    if let format = MeasuredFile.programFormat(head) {
      measure(format)
      return true
    }
    if let instrument = SocketTables.recognise(head) {
      readSockets(source, instrument)
      return true
    }
    guard FileManifest.recognise(head) != nil else { return false }
    return readManifest(source)
  }

  private mutating func readSockets(_ source: ByteSource, _ instrument: SocketInstrument) {
    var reader = SocketTableReader()
    repeat {
      source.withWindow { reader.take($0) }
      source.consume(source.count)
    } while source.extend(limit: EvidenceFile.headLength, taken: { _ in })
    let table = reader.finish()
    kind = .socketTable
    format = instrument.name
    noteCount = UInt64(table.entries.count + table.processes.count)
    socketTable = table
  }

  private mutating func readManifest(_ source: ByteSource) -> Bool {
    var reader = ManifestReader(source: path)
    repeat {
      source.withWindow { window in
        reader.feed(
          (0..<window.byteCount).map {
            unsafe window.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
          }
        )
      }
      source.consume(source.count)
    } while source.extend(limit: EvidenceFile.headLength, taken: { _ in })
    guard let manifest = reader.finish() else { return false }
    kind = .fileManifest
    format = manifest.format
    noteCount = UInt64(manifest.lineCount)
    fileManifest = manifest
    return true
  }

  /// Measures a bundle's member in memory.
  private func measured(_ member: StoredMember) throws(MeasuredFile.Failure) -> MeasuredFile {
    guard member.size <= EvidenceFile.largestMeasuredMember else { throw .tooLarge(member.size) }
    let source = ByteSource(path: systemPath, member: member)
    var bytes: [UInt8] = []
    while let source, source.extend(limit: EvidenceFile.headLength, taken: { _ in }) {
      source.withWindow { window in
        unsafe window.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
      }
      source.consume(source.count)
    }
    guard bytes.count == member.size else { throw .changedMeanwhile }
    return MeasuredFile(path: systemPath.text, bytes: bytes)
  }

  /// A program in a bundle is held in memory while it is measured.
  private static let largestMeasuredMember: UInt64 = 256 << 20

  /// Measures a program's file: it is compared by its name, for where it lay on its host is not known.
  private mutating func measure(_ programFormat: String) {
    kind = .program
    format = programFormat
    do throws(MeasuredFile.Failure) {
      let measured =
        if let member { try measured(member) } else { try MeasuredFile(path: systemPath.text) }
      var claim = measured.claim
      claim.path = systemPath.name
      claim.origin = FileClaim.Origin(source: path)
      // A copy's time is that of the copying.
      claim.modified = nil
      noteCount = 1
      fileManifest = FileManifest(format: programFormat, measured: claim)
    } catch {
      refusal = "a program's file that could not be measured (\(error.words))"
    }
  }
}
