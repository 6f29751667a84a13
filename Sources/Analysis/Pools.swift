internal import Detection
internal import HostEvidence
internal import Observations

/// What the tables of sockets show beside the flows: pools, each stated once for each table.
func poolFindings(_ tables: [(path: String, table: SocketTable)]) -> [Finding] {
  tables.flatMap { path, table in
    table.pools.map { pool in
      let (low, high) = (pool.ports.first ?? 0, pool.ports.last ?? 0)
      let percent = (pool.share * 1_000).rounded() / 10
      var text =
        "\(pool.holder.label) holds \(pool.ports.count) unconnected UDP ports between \(low) and "
        + "\(high) by \(table.instrument.name) (\(path))"
        + (pool.isEven ? ", evenly spread" : ", unevenly spread")
      if let known = pool.known {
        text +=
          ": so many are \(known.what) (\(known.size); \(known.source)). That the program is the "
          + "maker's own follows from its file only"
      } else {
        text += ": no known pool is of that program and size"
      }
      text +=
        ". A port of that range is taken with probability \(percent) %; sockets that wait for answers "
        + "send nothing by themselves"
      return Finding(
        kind: .socketPool, summary: text,
        values: [
          "ports": .integer(pool.ports.count), "lowest": .integer(Int(low)),
          "highest": .integer(Int(high)), "share": .number(pool.share),
          "isEven": .flag(pool.isEven), "known": .text(pool.known?.what ?? "none"),
          "knownSize": .integer(pool.known?.size ?? 0),
          "process": .text(pool.holder.label), "path": .text(path),
        ], count: pool.ports.count, evidence: [])
    }
  }
}
