internal import Detection
internal import HostEvidence
internal import Observations

/// A pool as a finding, with the tables that show it.
func poolFinding(_ pool: SocketPool, of table: SocketTable, paths: [String]) -> Finding {
  let wanted = SocketPool.wantedPorts.map(\.port)
  let chance = pool.chanceOfAny(of: wanted)
  return Finding(
    kind: .socketPool,
    summary: sentence(pool, of: table, paths.joined(separator: ", ")),
    values: [
      "ports": .integer(pool.ports.count), "lowest": .integer(Int(pool.range.lowerBound)),
      "highest": .integer(Int(pool.range.upperBound)), "share": .number(pool.share),
      "wantedTaken": .integer(pool.taken(of: wanted).count), "wantedChance": .number(chance),
      "isEven": .flag(pool.isEven), "known": .text(pool.known?.what ?? "none"),
      "knownSize": .integer(pool.known?.size ?? 0), "process": .text(pool.holder.label),
      "path": .text(paths.first ?? ""),
    ], count: pool.ports.count, evidence: [])
}

private func sentence(
  _ pool: SocketPool, of table: SocketTable, _ path: String
) -> String {
  let (low, high) = (pool.range.lowerBound, pool.range.upperBound)
  var text =
    "\(pool.holder.label) holds \(pool.ports.count) unconnected UDP ports between \(low) "
    + "and \(high), by \(table.instrument.name) (\(path))"
    + (pool.isEven ? ", evenly spread" : ", unevenly spread")
  if let known = pool.known {
    text +=
      ": so many are \(known.what) (\(known.size); \(known.source)). That the program is the "
      + "maker's own follows from its file only"
  } else {
    text += ": no known pool is of that program and size"
  }
  text += ". A port of that range is taken with probability \(percent(pool.share))"
  let wanted = SocketPool.wantedPorts.filter { pool.range.contains($0.port) }
  if wanted.count > 1 {
    text +=
      ", at least one of the \(wanted.count) there that other services want with "
      + "\(percent(pool.chanceOfAny(of: wanted.map(\.port))))"
  }
  let taken = pool.taken(of: SocketPool.wantedPorts.map(\.port))
  let names = SocketPool.wantedPorts.filter { taken.contains($0.port) }.map {
    "\($0.port) (\($0.service))"
  }
  if !names.isEmpty { text += ". It has taken \(names.joined(separator: ", "))" }
  return text + "; sockets that wait for answers send nothing by themselves"
}

private func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
