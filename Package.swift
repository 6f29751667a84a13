// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target of ours.
let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "culprit",
  products: [
    .library(name: "Observations", targets: ["Observations"]),
    .library(name: "Detection", targets: ["Detection"]),
    .library(name: "Diagnosis", targets: ["Diagnosis"]),
    .library(name: "Analysis", targets: ["Analysis"]),
  ],
  targets: [
    .target(name: "CMemory"),
    .target(name: "Observations", dependencies: ["CMemory"], swiftSettings: settings),
    .target(name: "Detection", dependencies: ["Observations"], swiftSettings: settings),
    .target(
      name: "Diagnosis", dependencies: ["Observations", "Detection"], swiftSettings: settings),
    .target(
      name: "Analysis", dependencies: ["Observations", "Detection", "Diagnosis"],
      swiftSettings: settings),
    .testTarget(name: "ObservationsTests", dependencies: ["Observations"], swiftSettings: settings),
    .testTarget(
      name: "DetectionTests", dependencies: ["Detection", "Observations"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
