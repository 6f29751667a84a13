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

let package = Package(
  name: "fuzz",
  products: [.executable(name: "fuzz", targets: ["fuzz"])],
  dependencies: [.package(name: "culprit", path: "..")],
  targets: [
    // It has no `main`: the fuzzer brings its own.
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "Fuzzing", package: "culprit")],
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
