import Arguments
import Testing

@testable import Simulator

@Suite struct SimulatorOptionsTests {
  private func options(_ arguments: [String]) throws -> SimulatorOptions {
    guard case .run(_, let options) = try simulatorTool.parse(arguments) else {
      throw UsageError("not a run")
    }
    return options
  }

  @Test(
    arguments: [
      "big:id=", "big:to=", "big:id=a/b", "big:order=none", "big:fields=Nothing", "other",
    ])
  func refusesInventoriesThatCannotBe(inventory: String) {
    #expect(throws: UsageError.self) {
      try options(["--bucket", "big:flat:1", "--inventory", inventory])
    }
  }

  @Test func readsEveryOption() throws {
    let options = try options([
      "--bucket", "logs:dates:2k",
      "--bucket=eu-data:uuid:3M:region=eu-west-1,denied,seed=7,versioning=enabled",
      "--port", "8080", "--seed", "9", "--latency", "50", "--bandwidth", "1000", "--throttle",
      "2.5", "--night", "4", "--share", "0.5", "--max-keys", "10", "--region", "eu-central-1",
      "--check-signatures", "--access-key", "A", "--secret-key", "S",
      "--fault", "cut-body", "--fault", "overlap:0.5", "--fault", "slow@7", "--fault",
      "expired-token@100+", "--fault-seed", "3", "--foreign-host", "other:1",
      "--list-v1-only", "ignores", "--versioning", "suspended", "--version-markers", "rgw",
      "--versions-per-key", "2-5", "--delete-markers", "10", "--only-markers", "2.5", "--deep-key",
      "logs/a:b/c:3k", "--expire", "7", "--churn", "8", "--milliseconds", "--uploads", "12",
      "--upload-parts", "4", "--clock-offset", "-90", "--session-seconds", "5",
    ])
    #expect(
      options.configuration.buckets == [
        BucketSpecification(name: "logs", shape: .dates, count: 2_000),
        BucketSpecification(
          name: "eu-data", shape: .uuid, count: 3_000_000, region: "eu-west-1", isDenied: true,
          seed: 7, versioning: .enabled),
      ])
    #expect(options.port == 8_080)
    #expect(options.configuration.seed == 9)
    #expect(options.configuration.latencyMilliseconds == 50)
    #expect(options.configuration.bandwidthBytesPerSecond == 1_000)
    #expect(options.configuration.throttleRequestsPerSecond == 2.5)
    #expect(options.configuration.night == 4)
    #expect(options.configuration.sharePercent == 0.5)
    #expect(options.configuration.pageKeysMax == 10)
    #expect(options.configuration.region == "eu-central-1")
    #expect(options.checksSignatures)
    #expect(options.credentials == SimulatorCredentials(accessKey: "A", secretKey: "S"))
    #expect(options.configuration.hasControl)
    #expect(
      options.configuration.faults == [
        FaultSpecification(.wire(.cutBody), .percent(5)),
        FaultSpecification(.page(.overlap), .percent(0.5)),
        FaultSpecification(.wire(.slow), .request(7)),
        FaultSpecification(.answer(.expiredToken), .from(100)),
      ])
    #expect(options.configuration.faultSeed == 3)
    #expect(options.configuration.foreignHost == "other:1")
    #expect(options.configuration.listSupport == .ignores)
    #expect(options.configuration.clockOffsetSeconds == -90)
    #expect(options.configuration.sessionSeconds == 5)
    var versions = VersionsSpecification()
    versions.versioning = .suspended
    versions.dialect = .rgw
    versions.perKey = 2...5
    versions.markerPercent = 10
    versions.onlyMarkersPercent = 2.5
    versions.expirePercent = 7
    versions.churnPercent = 8
    versions.hasMilliseconds = true
    versions.deepKeys = [.init(bucket: "logs", key: Array("a:b/c".utf8), count: 3_000)]
    versions.uploads = 12
    versions.partsPerUpload = 4...4
    #expect(options.configuration.versions == versions)
    #expect(options.configuration.isWritable)
  }

  @Test func readsOptionsOfObjects() throws {
    var objects = ObjectsSpecification()
    objects.hasContents = true
    objects.sizes = 1_024...2_097_152
    objects.multipartFrom = 65_536
    objects.partBytes = 16_384
    objects.checksums = .mixed
    objects.encryption = .kms
    objects.copyBytesMax = 1_048_576
    objects.thaw.seconds = 3
    objects.thaw.looks = 2
    objects.thaw.archivedTieringPercent = 25
    objects.thaw.hasExpedited = false
    objects.slowBytesPerSecond = 50
    let options = try options([
      "--contents", "--sizes", "1k-2M", "--multipart-from", "64k", "--part-size", "16k",
      "--checksums", "mixed", "--encryption", "kms", "--copy-max", "1M", "--thaw-seconds", "3",
      "--thaw-looks", "2", "--archived-tiering", "25", "--no-expedited", "--slow-rate", "50",
      "--bucket", "logs:flat:1:class=GLACIER", "--fault", "body-cut:first=2", "--fault",
      "body-flip:60", "--fault", "write-lost:60",
    ])
    #expect(options.configuration.objects == objects)
    #expect(options.configuration.buckets[0].storageClass == 4)
    #expect(options.configuration.faults.first?.occurrence == .firstOfKey(2))
  }

  @Test(arguments: [
    ["--bucket", "logs"], ["--bucket", "logs:round:5"], ["--bucket", "logs:flat:many"],
    ["--bucket", "logs:flat:-1"], ["--bucket", "LOGS:flat:1"], ["--bucket", "lo:flat:1"],
    ["--bucket", "logs:flat:1:colour=red"], ["--bucket", "logs:flat:1:seed=x"],
    ["--bucket", "logs:flat:1", "--bucket", "logs:uuid:1"], ["--bucket", "logs:flat:99999999M"],
    ["--versioning", "on"], ["--version-markers", "minio"], ["--versions-per-key", "0"],
    ["--versions-per-key", "3-2"], ["--versions-per-key", "1-2-3"], ["--upload-parts", "10001"],
    ["--delete-markers", "101"], ["--deep-key", "logs/k:3"],
    ["--bucket", "logs:flat:1:versioning=x"],
    ["--bucket", "logs:flat:1", "--deep-key", "logs/k"],
    ["--bucket", "logs:flat:1", "--deep-key", "logs/:3"],
    ["--bucket", "logs:flat:1", "--deep-key", "logs/k:0"],
    ["--list-v1-only", "full"], ["--clock-offset", "1h"], ["--session-seconds", "0"],
    ["--share", "101"], ["--throttle", "0"], ["--bandwidth", "0"], ["--port", "65536"],
    ["--fault", "gremlins"], ["--fault", "slow:0"], ["--fault", "slow:101"], ["--fault", "slow:"],
    ["--fault", "slow@0"], ["--fault", "slow@+"], ["--fault", "slow@1.5"],
    ["--fault", "html:60", "--fault", "slow:41"], ["--foreign-host", "a/b"],
    ["--sizes", "2k-1k"], ["--sizes", "many"], ["--part-size", "0"], ["--checksums", "crc8"],
    ["--fault", "body-cut:first=0"], ["--fault", "slow:first=1"], ["--archived-tiering", "101"],
    ["--bucket", "logs:flat:1:class=COLD"], ["--region", "evil.example/"], ["--latency", "soon"],
  ])
  func refusesNonsense(arguments: [String]) {
    #expect(throws: UsageError.self) { try options(arguments) }
  }

  @Test(arguments: FaultKind.allCases)
  func helpTellsOfEveryFault(_ kind: FaultKind) throws {
    #expect(FaultKind(name: kind.name) == kind)
    let help = simulatorTool.help(for: [], columns: 80)
    #expect(help.contains("\n  \(kind.name)  "))
  }

  @Test func tableIsSound() {
    #expect(simulatorTool.tableFindings().isEmpty)
  }
}
