/// Host names under top-level domains reserved for examples (RFC 2606): nobody's names.
enum MadeNames {
  private static let hosts = [
    "mail", "mx1", "mx2", "smtp", "relay", "out", "gw", "post", "web", "www", "srv3", "node7",
  ]
  private static let firsts = [
    "alder", "basalt", "cobalt", "delta", "ember", "fjord", "garnet", "harbor", "indigo",
    "juniper", "kestrel", "lumen", "marble", "nimbus", "orchid", "pebble", "quartz", "raven",
    "saffron", "tundra", "umber", "violet", "willow", "zephyr",
  ]
  private static let seconds = [
    "works", "trade", "press", "foods", "tools", "media", "bank", "legal", "motors", "optics",
    "paper", "travel",
  ]
  private static let tops = ["example", "test", "example.com", "example.net", "example.org"]

  /// The name of a stranger's host: always the same for one address.
  static func host(of address: UInt32) -> String {
    let mixed = RandomSource.mix(UInt64(address) ^ 0x6e61_6d65)
    if mixed >> 60 < 6 {
      // A provider's customer: the name spells the address.
      let dashed = "\(address >> 24)-\(address >> 16 & 255)-\(address >> 8 & 255)-\(address & 255)"
      return "ip-\(dashed).\(domain(mixed))"
    }
    return "\(hosts[Int(mixed >> 32 % 12)]).\(domain(mixed))"
  }

  /// A site that people look up: number 0 up.
  static func site(_ number: Int) -> String {
    "www.\(domain(RandomSource.mix(UInt64(number) ^ 0x7369_7465)))"
  }

  private static func domain(_ mixed: UInt64) -> String {
    let first = firsts[Int(mixed % 24)]
    return first + seconds[Int(mixed >> 8 % 12)] + ".\(tops[Int(mixed >> 16 % 5)])"
  }
}
