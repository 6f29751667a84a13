// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "pool-benchmark",
  dependencies: [.package(name: "culprit", path: "../..")],
  targets: [
    .executableTarget(
      name: "pool-load",
      dependencies: [
        .product(name: "Detection", package: "culprit"),
        .product(name: "Observations", package: "culprit"),
        .product(name: "Pool", package: "culprit"),
        .product(name: "PoolStores", package: "culprit"),
      ],
      swiftSettings: [
        .treatAllWarnings(as: .error),
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
