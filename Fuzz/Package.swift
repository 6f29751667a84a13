// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target here: those of the package that is fuzzed.
let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String) -> Target.Dependency { .product(name: name, package: "culprit") }

/// A program of the fuzzer's: it has no `main`, the fuzzer brings its own.
func fuzzer(_ name: String, uses: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: uses,
    swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
  name: "fuzz",
  products: ["fuzz-lines", "fuzz-logs", "fuzz-captures", "fuzz-tables"].map {
    .executable(name: $0, targets: [$0])
  },
  dependencies: [.package(name: "culprit", path: "..")],
  targets: [
    .target(name: "Reading", dependencies: [room("Observations")], swiftSettings: settings),
    fuzzer("fuzz-lines", uses: ["Reading", room("FirewallLogs"), room("Observations")]),
    fuzzer("fuzz-logs", uses: ["Reading", room("FirewallLogs"), room("Observations")]),
    fuzzer("fuzz-captures", uses: ["Reading", room("Captures"), room("Observations")]),
    fuzzer("fuzz-tables", uses: [room("HostEvidence")]),
  ],
  swiftLanguageModes: [.v6]
)
