internal import Bundles
internal import Compression
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
      measure(format, source)
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

  /// Measures in memory what is no file of its own: a bundle's member, or what is compressed.
  private func measured(
    _ source: ByteSource
  ) throws(MeasuredFile.Failure) -> MeasuredFile {
    var bytes: [UInt8] = []
    repeat {
      source.withWindow { window in
        unsafe window.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
      }
      source.consume(source.count)
      let size = max(member?.size ?? 0, UInt64(bytes.count))
      guard size <= EvidenceFile.largestMeasuredMember else { throw .tooLarge(size) }
    } while source.extend(limit: EvidenceFile.headLength, taken: { _ in })
    if let member, source.stored != member.size { throw .changedMeanwhile }
    return MeasuredFile(path: CompressedName.plain(systemPath.text), bytes: bytes)
  }

  /// Such a program is held in memory while it is measured.
  private static let largestMeasuredMember: UInt64 = 256 << 20

  /// Measures a program's file: it is compared by its name, for where it lay on its host is not known.
  private mutating func measure(_ programFormat: String, _ source: ByteSource) {
    kind = .program
    format = programFormat
    do throws(MeasuredFile.Failure) {
      let measured =
        if member != nil || compression != nil {
          try measured(source)
        } else {
          try MeasuredFile(path: systemPath.text)
        }
      if let trouble = source.compressionTrouble {
        refusal = "a program's file that could not be measured (\(trouble.what.words))"
        return
      }
      var claim = measured.claim
      claim.path = compression == nil ? systemPath.name : CompressedName.plain(systemPath.name)
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
