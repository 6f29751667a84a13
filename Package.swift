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

/// A room of the house: a library of ours with the rooms and libraries it may use.
func room(_ name: String, uses: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: uses, resources: resources, swiftSettings: settings)
}

/// A room's tests.
func tests(_ name: String, uses: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: uses, exclude: exclude, swiftSettings: settings)
}

/// The rooms that are also products, because benchmarks and fuzzing are packages of their own.
let libraries = [
  "Observations", "Captures", "FirewallLogs", "HostEvidence", "Bundles", "Compression", "Intake",
  "Detection",
  "Knowledge", "Diagnosis", "Analysis", "Plots", "Reporting", "Simulation", "LiveHost",
  "Fuzzing", "Pool", "PoolStores", "PoolClient", "PoolNotices", "PoolServer",
]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = [
  Target.Dependency.product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HummingbirdTLS", package: "hummingbird"),
  .product(name: "NIOSSL", package: "swift-nio-ssl"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "Logging", package: "swift-log"),
]
let httpClient = [
  Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "culprit",
  products: libraries.map { .library(name: $0, targets: [$0]) } + [
    .executable(name: "culprit", targets: ["culprit"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    .target(name: "CMemory"),
    .target(name: "CScan"),
    .target(name: "CHost"),
    .systemLibrary(name: "CZstd"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CLzma"),
    .systemLibrary(name: "CBzip2"),
    .systemLibrary(name: "CLz4"),
    .systemLibrary(name: "CPcap"),
    room("Observations", uses: ["CMemory"]),
    room("Captures", uses: ["Observations", "CPcap"]),
    room("FirewallLogs", uses: ["Observations", "CScan"]),
    room("HostEvidence", uses: ["Observations", crypto]),
    room("Bundles", uses: ["Observations", "CZstd", crypto]),
    room("Compression", uses: ["CZlib", "CZstd", "CLzma", "CBzip2", "CLz4"]),
    room(
      "Intake",
      uses: [
        "Observations", "Captures", "FirewallLogs", "HostEvidence", "Bundles", "Compression", yams,
      ]),
    room("Detection", uses: ["Observations"]),
    room(
      "Knowledge", uses: ["Observations", "Detection", yams],
      resources: [.embedInCode("Articles")]),
    room("Diagnosis", uses: ["Observations", "Detection", "Knowledge"]),
    room(
      "Analysis",
      uses: ["Observations", "Intake", "HostEvidence", "Detection", "Knowledge", "Diagnosis"]),
    room("Plots"),
    room(
      "Reporting",
      uses: [
        "Observations", "HostEvidence", "Bundles", "Detection", "Knowledge", "Diagnosis",
        "Analysis", "Plots", crypto,
      ]),
    room("Simulation", uses: ["Observations", "Detection", "Pool"]),
    room("LiveHost", uses: ["Observations", "HostEvidence", "CHost"]),
    room("Pool", uses: ["Observations", "Detection", crypto]),
    room("PoolStores", uses: ["Observations", "Detection", "Pool", grdb, sqlite]),
    room("PoolClient", uses: ["Observations", "Detection", "Pool", "Compression"] + httpClient),
    room(
      "PoolNotices",
      uses: [
        "Observations", "Pool", "PoolClient", "Reporting", crypto,
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ] + httpClient),
    room(
      "PoolServer",
      uses: [
        "Observations", "Detection", "Pool", "Knowledge", "Plots", "Reporting", "Compression",
        crypto, cryptoExtras,
      ] + hummingbird),
    room(
      "Fuzzing",
      uses: [
        "Observations", "Captures", "FirewallLogs", "HostEvidence", "Bundles", "Compression",
        "Intake", "Pool",
      ]),
    .executableTarget(
      name: "culprit",
      dependencies: [
        "Observations", "HostEvidence", "Intake", "Knowledge", "Diagnosis", "Analysis",
        "Reporting", "Simulation", "LiveHost", "Bundles", "Pool", "PoolStores", "PoolClient",
        "PoolNotices", "PoolServer", arguments, yams,
      ], swiftSettings: settings),
    .executableTarget(
      name: "calibrate",
      dependencies: [
        "Observations", "Detection", "Knowledge", "Diagnosis", "Analysis", "Simulation", arguments,
      ], swiftSettings: settings),
    tests("ObservationsTests", uses: ["Observations"]),
    tests("CapturesTests", uses: ["Captures", "Observations"]),
    tests("FirewallLogsTests", uses: ["FirewallLogs", "Observations"]),
    tests("HostEvidenceTests", uses: ["HostEvidence", "Observations"]),
    tests("BundlesTests", uses: ["Bundles", "Observations", crypto]),
    tests(
      "InstrumentTests", uses: ["culprit", "HostEvidence", "Captures", "Observations"],
      exclude: ["Host"]),
    tests("CompressionTests", uses: ["Compression"]),
    tests("IntakeTests", uses: ["Intake", "Bundles", "HostEvidence", "Observations"]),
    tests("DetectionTests", uses: ["Detection", "Observations"]),
    tests("KnowledgeTests", uses: ["Knowledge", "Observations"]),
    tests("DiagnosisTests", uses: ["Diagnosis", "Knowledge", "Detection", "Observations"]),
    tests(
      "AnalysisTests",
      uses: [
        "Analysis", "Diagnosis", "Detection", "HostEvidence", "Intake", "Knowledge",
        "Observations", "Reporting", "Simulation",
      ]),
    tests(
      "ReportingTests",
      uses: ["Reporting", "Analysis", "Knowledge", "Diagnosis", "Detection", "Observations"],
      exclude: ["Snapshots"]),
    tests("PlotsTests", uses: ["Plots"], exclude: ["Snapshots"]),
    tests("PageTests", uses: ["culprit"]),
    tests(
      "SimulationTests",
      uses: ["Simulation", "Pool", "HostEvidence", "Observations"]),
    tests("LiveHostTests", uses: ["LiveHost", "HostEvidence", "Observations"]),
    tests("PoolTests", uses: ["Pool", "Simulation", "Detection", "Observations"]),
    tests(
      "PoolStoresTests", uses: ["PoolStores", "Pool", "Simulation", "Detection", "Observations"]),
    tests("PoolClientTests", uses: ["PoolClient", "Pool", "Detection", "Observations"]),
    tests(
      "PoolNoticesTests", uses: ["PoolNotices", "Pool", "Reporting", "Observations"],
      exclude: ["Peers"]),
    tests(
      "PoolServerTests",
      uses: [
        "PoolServer", "PoolStores", "Pool", "Knowledge", "Simulation", "Detection", "Observations",
        "Compression", crypto,
      ]),
    tests(
      "FuzzingTests",
      uses: ["Fuzzing", "Pool", "Compression", "Detection", "Observations"]),
    tests("CommandTests", uses: ["culprit", "Bundles", "Observations"], exclude: ["Exports"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
