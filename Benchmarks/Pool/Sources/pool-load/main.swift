// Fills a pool's store with made reports while addresses are looked up, then looks up patterns, and
// prints what that took: `pool-load FOLDER REPORTS PATTERNS`. With `again` behind that, the reports are there
// from before, and only looked up.
import Foundation
import Glibc
import Observations
import Pool
import PoolStores

let words = CommandLine.arguments
guard words.count == 4 || (words.count == 5 && words[4] == "again"), let reports = Int(words[2]),
  let patterns = Int(words[3]), reports >= 0,
  patterns >= 0
else {
  FileHandle.standardError.write(Data("usage: pool-load FOLDER REPORTS PATTERNS [again]\n".utf8))
  exit(64)
}
// As `culprit serve` does.
Heaps.share()
if reports > 0 {
  let ingestion = Ingestion(folder: words[1] + "/reports", reports: reports)
  if words.count == 4 { try await ingestion.run() } else { try await ingestion.lookUpAgain() }
}
if patterns > 0 { try await PatternSearch(folder: words[1] + "/patterns", count: patterns).run() }
