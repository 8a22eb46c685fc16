// swift-tools-version: 6.2
// The map of these targets, and why each exists, is Sources/README.md.

import PackageDescription

let common: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The modules that call C: every unsafe expression says so.
let strict: [SwiftSetting] = common + [.strictMemorySafety()]

/// Modules that wait for the network or for people: small code counts more than fast code there.
let small: [SwiftSetting] = common + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

func system(_ name: String, pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/\(name)", pkgConfig: pkgConfig,
    providers: [.apt([apt]), .brew([brew])])
}

/// The platform's own C library.
func system(_ name: String) -> Target { .systemLibrary(name: name, path: "Sources/\(name)") }

/// What serves HTTP: on Linux loaded by whoever serves, so that nothing is linked to it; elsewhere linked as others are.
#if os(Linux)
  let serving = system("CMicroHTTPD")
#else
  let serving = system(
    "CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev", brew: "libmicrohttpd")
#endif

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = common
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// What several test targets use.
func support(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: common)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: common)
}

let package = Package(
  name: "s3audit",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "s3audit", targets: ["s3audit"]),
    .executable(name: "s3sim", targets: ["s3sim"]),
  ],
  targets: [
    system("CSystem"),
    system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev", brew: "sqlite"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
    system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib"),
    system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev", brew: "openssl@3"),
    serving,

    module("Vocabulary"),
    module("System", ["CSystem"], settings: strict),
    module("SQLite", ["CSQLite"], settings: strict),
    module("Compression", ["CZlib"], settings: strict),
    module("HTTP", ["CCurl", "Compression", "System"], settings: strict),
    module("Signing", ["CCrypto"], settings: strict),
    module("AWS", ["HTTP", "Signing", "System", "Vocabulary"], settings: small),
    module("S3", ["AWS", "HTTP", "Signing", "Vocabulary"]),
    .target(
      name: "Migrations", path: "Migrations",
      resources: [
        .embedInCode("README.md"),
        .embedInCode("v001_syncs.sql"), .embedInCode("v002_objects.sql"),
        .embedInCode("v003_changes.sql"), .embedInCode("v004_views.sql"),
        .embedInCode("v005_marks.sql"), .embedInCode("v006_accounts.sql"),
        .embedInCode("v007_properties.sql"), .embedInCode("v008_endpoints.sql"),
        .embedInCode("v009_profiles.sql"), .embedInCode("v010_order.sql"),
        .embedInCode("v011_states.sql"), .embedInCode("v012_sums.sql"),
        .embedInCode("v013_versions.sql"), .embedInCode("v014_counts.sql"),
        .embedInCode("v015_null_ids.sql"), .embedInCode("v016_costs.sql"),
        .embedInCode("v017_estimates.sql"),
        .embedInCode("v018_prefix_history.sql"),
        .embedInCode("v019_journal_classes.sql"),
        .embedInCode("v020_history_thinning.sql"),
        .embedInCode("views.sql"),
      ],
      swiftSettings: common),
    .target(
      name: "Costs", dependencies: ["Vocabulary"], resources: [.embedInCode("prices.csv")],
      swiftSettings: small),
    module("Index", ["SQLite", "Migrations", "System", "Vocabulary"]),
    module("Crawl", ["AWS", "S3", "System", "Vocabulary"]),
    module("Sync", ["AWS", "Crawl", "Index", "S3", "SQLite", "Vocabulary"], settings: small),
    module(
      "Inventory",
      [
        "AWS", "Compression", "Crawl", "HTTP", "Index", "S3", "Signing", "System", "Vocabulary",
      ]),
    module("Report", ["Vocabulary"]),
    module("Browse", ["Index", "Report", "Vocabulary"], settings: small),
    module("Arguments", settings: small),
    module(
      "Restore",
      ["Costs", "Crawl", "HTTP", "Report", "S3", "Signing", "SQLite", "System", "Vocabulary"],
      settings: small),
    module("Answers", ["Arguments", "Costs", "Index", "Report", "Vocabulary"], settings: small),
    module("HTTPServing", ["CMicroHTTPD", "System"], settings: strict),
    .target(
      name: "Server",
      dependencies: [
        "Answers", "Arguments", "HTTPServing", "Index", "Report", "Signing", "SQLite", "System",
        "Vocabulary",
      ],
      resources: [
        .embedInCode("Page/index.html"), .embedInCode("Page/app.css"),
        .embedInCode("Page/model.js"), .embedInCode("Page/charts.js"),
        .embedInCode("Page/icon.svg"), .embedInCode("Page/App/asking.js"),
        .embedInCode("Page/App/scope.js"), .embedInCode("Page/App/frame.js"),
        .embedInCode("Page/App/cards.js"), .embedInCode("Page/App/lists.js"),
        .embedInCode("Page/App/keys.js"),
      ], swiftSettings: small),
    module("Metrics", ["Answers", "Index", "System", "Vocabulary"], settings: small),
    module(
      "Simulator",
      ["Arguments", "Compression", "HTTPServing", "Signing", "System", "Vocabulary"]),
    module(
      "S3AuditCLI",
      [
        "Answers", "Arguments", "AWS", "Browse", "Compression", "Costs", "Crawl", "HTTP",
        "HTTPServing", "Index", "Inventory", "Metrics", "Migrations", "Report", "Restore", "S3",
        "Server", "Signing", "SQLite", "Sync",
        "System", "Vocabulary",
      ], settings: small),

    .executableTarget(
      name: "s3audit", dependencies: ["S3AuditCLI"], swiftSettings: common,
      linkerSettings: [
        // Nobody loads the program as a library: the names that Swift's static runtime would have it export
        // are half a megabyte.
        .unsafeFlags(
          ["-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=all"],
          .when(platforms: [.linux]))
      ]),
    .executableTarget(
      name: "s3sim", dependencies: ["Simulator"], swiftSettings: common),

    support("TestSupport"),
    support("IndexFixtures", ["Index", "SQLite", "TestSupport", "Vocabulary"]),
    tests("HouseStyleTests", []),
    tests("CostsTests", ["Costs", "Vocabulary"]),
    tests("VocabularyTests", ["Vocabulary"]),
    tests("SystemTests", ["System"]),
    tests("SQLiteTests", ["SQLite"]),
    tests("HTTPTests", ["HTTP"]),
    tests("HTTPServingTests", ["HTTPServing", "System"]),
    tests("SigningTests", ["Signing"]),
    tests("AWSTests", ["AWS", "HTTP", "Signing"]),
    tests("S3Tests", ["AWS", "HTTP", "S3", "Signing", "Vocabulary"]),
    tests(
      "IndexTests", ["Index", "IndexFixtures", "Migrations", "SQLite", "System", "Vocabulary"]),
    tests(
      "CrawlTests",
      ["Crawl", "Index", "IndexFixtures", "S3", "Simulator", "Sync", "Vocabulary"]),
    tests(
      "SyncTests",
      [
        "AWS", "Crawl", "HTTP", "Index", "IndexFixtures", "S3", "Signing", "Simulator", "SQLite",
        "Sync", "Vocabulary",
      ]),
    tests(
      "InventoryTests", ["AWS", "Compression", "Inventory", "Vocabulary"]),
    tests("ReportTests", ["Report"]),
    tests("BrowseTests", ["Browse", "Index", "IndexFixtures", "Report", "Vocabulary"]),
    tests(
      "RestoreTests",
      ["AWS", "Costs", "Crawl", "HTTP", "Restore", "S3", "Signing", "System", "Vocabulary"]),
    tests("SimulatorTests", ["Simulator", "Signing", "Arguments", "Vocabulary"]),
    tests("ArgumentsTests", ["Arguments"]),
    tests(
      "AnswersTests", ["Answers", "Arguments", "Index", "IndexFixtures", "Report", "Vocabulary"]),
    tests("MetricsTests", ["Index", "IndexFixtures", "Metrics", "System", "Vocabulary"]),
    tests(
      "ServerTests",
      [
        "Answers", "Arguments", "HTTPServing", "Index", "IndexFixtures", "Report", "Server",
        "Signing", "System", "Vocabulary",
      ]),
    tests(
      "S3AuditCLITests",
      [
        "Answers", "Arguments", "AWS", "Crawl", "HTTP", "Index", "Metrics", "Restore", "S3",
        "S3AuditCLI",
        "SQLite", "Sync", "System", "Vocabulary",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
