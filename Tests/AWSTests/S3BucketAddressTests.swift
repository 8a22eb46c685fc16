import AWS
import Testing

/// Buckets whose names say more than a name: ARNs, aliases and directory buckets.
@Suite struct S3BucketAddressTests {
  @Test(
    arguments: [
      (
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/audit",
        "https://audit-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", "eu-west-1", "s3",
        .sigV4
      ),
      (
        "arn:aws:s3:eu-west-1:123456789012:accesspoint:audit",
        "https://audit-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", "eu-west-1", "s3",
        .sigV4
      ),
      (
        "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/ap",
        "https://ap-123456789012.op-01234567890123456.s3-outposts.us-west-2.amazonaws.com",
        "us-west-2", "s3-outposts", .sigV4
      ),
      (
        "audit-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
        "https://audit-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias.s3.us-east-1.amazonaws.com",
        "us-east-1", "s3", .sigV4
      ),
      (
        "logs--use1-az4--x-s3",
        "https://logs--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "us-east-1",
        "s3express", .s3Express
      ),
      (
        "audit--use1-az4--xa-s3",
        "https://audit--use1-az4--xa-s3.s3express-use1-az4.us-east-1.amazonaws.com", "us-east-1",
        "s3express", .s3Express
      ),
    ] as [(String, String, String, String, ServiceAddress.SignatureScheme)])
  func takesRegionAndSignatureFromTheRules(
    bucket: String, url: String, region: String, signingName: String,
    scheme: ServiceAddress.SignatureScheme
  ) throws {
    let address = try S3Endpoint(region: .usEast1).address(bucket: bucket)
    #expect(address.endpoint.description == url)
    #expect(address.region.name == region)
    #expect(address.signingName == signingName)
    #expect(address.scheme == scheme)
  }

  @Test func neverPutsAnARNIntoThePath() throws {
    let bucket = "arn:aws:s3:us-east-1:123456789012:accesspoint/audit"
    for style in AddressingStyle.allCases {
      let address = try S3Endpoint(region: .usEast1, addressingStyle: style)
        .address(bucket: bucket)
      #expect(address.endpoint.basePath.isEmpty)
    }
  }

  @Test func reachesDirectoryBucketsThemselvesElsewhere() throws {
    let endpoint = S3Endpoint(region: .usEast1)
    let address = try endpoint.address(bucket: "logs--use1-az4--x-s3", isControl: true)
    #expect(
      address.endpoint.description
        == "https://s3express-control.us-east-1.amazonaws.com/logs--use1-az4--x-s3")
    #expect(address.scheme == .sigV4)
    #expect(
      try endpoint.address(bucket: "logs", isControl: true) == endpoint.address(bucket: "logs"))
  }

  @Test(arguments: [
    ("http://127.0.0.1:9000", "http://127.0.0.1:9000/logs--use1-az4--x-s3"),
    ("http://127.0.0.1:9000/base", "http://127.0.0.1:9000/base/logs--use1-az4--x-s3"),
    ("http://localhost:9000", "http://logs--use1-az4--x-s3.localhost:9000"),
  ])
  func reachesDirectoryBucketsOfOthers(custom: String, expected: String) throws {
    let endpoint = S3Endpoint(
      region: .usEast1, custom: try Endpoint(parsing: custom, from: "test"))
    let address = try endpoint.address(bucket: "logs--use1-az4--x-s3")
    #expect(address.endpoint.description == expected)
    #expect(address.signingName == "s3express")
  }

  @Test func keepsEscapedBasePaths() throws {
    let custom = try Endpoint(parsing: "https://h/a%20b//c", from: "test")
    let endpoint = S3Endpoint(region: .usEast1, custom: custom)
    #expect(
      try endpoint.address(bucket: "logs").endpoint.description == "https://h/a%20b//c/logs")
    #expect(try endpoint.service.endpoint.description == "https://h/a%20b//c")
  }

  @Test func saysThatItCannotSignForSeveralRegions() throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try S3Endpoint(region: .usEast1)
          .address(bucket: "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap")
      })
    #expect(error.kind == .endpoint)
    #expect(error.message.contains("SigV4a"))
    #expect(error.hint != nil)
  }

  @Test(arguments: [
    "arn:aws:s3:us-east-1:123456789012:accesspoint/a.evil.example",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/a@evil",
    "arn:aws:s3:us-east-1:evil.example#:accesspoint/a",
    "arn:aws:s3:us-east-1.evil.example:123456789012:accesspoint/a",
    "arn:aws:s3:us-east-1@evil:123456789012:accesspoint/a",
    "arn:aws:s3:::bucket", "arn:aws:s3", "arn:aws-cn:s3::1:accesspoint/a.mrap", "a#--x-s3",
    "evil.example--use1-az4--x-s3", "arn:aws:s3:cn-north-1:123456789012:accesspoint/a",
  ])
  func refusesNamesThatWouldLeadElsewhere(bucket: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try S3Endpoint(region: .usEast1).address(bucket: bucket)
      })
    #expect(error.kind.leavesABucketWithoutAddress)
    #expect(error.message.contains("s3://\(bucket)"))
  }

  // An access point of a region where the client may not go.
  @Test(
    arguments: [
      ("arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/a", true, "cn-north-1", "aws-cn"),
      (
        "arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/a", false, "us-gov-west-1",
        "aws-us-gov"
      ),
      ("arn:aws:s3:eu-west-1:123456789012:accesspoint/a", false, "eu-west-1", nil),
      ("arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/a", false, "eu-west-1", nil),
      (
        "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-01234567890123456/accesspoint/a",
        false, "eu-west-1", nil
      ),
    ] as [(String, Bool, String, String?)])
  func saysWhereAnAccessPointIs(
    bucket: String, usesARNRegion: Bool, region: String, partition: String?
  ) throws {
    var settings = S3Settings()
    settings.usesARNRegion = usesARNRegion
    // Also where other settings would be the first to be suspected.
    for usesFIPS in [false, !bucket.contains("outpost")] {
      settings.usesFIPS = usesFIPS
      let error = try #require(
        #expect(throws: ConfigurationError.self) {
          try S3Endpoint(region: .usEast1, settings: settings).address(bucket: bucket)
        })
      #expect(error.kind == .accessPointElsewhere(region: region, partition: partition))
      #expect(error.kind.leavesABucketWithoutAddress)
    }
  }

  @Test(arguments: [
    ("logs", true), ("tenant:logs", true), ("audit-abc-s3alias", true),
    ("arn:aws:s3:us-east-1:123456789012:accesspoint/a", false),
    ("logs--use1-az4--x-s3", false), ("logs--use1-az4--xa-s3", false),
  ])
  func saysWhichBucketsMayMove(bucket: String, expected: Bool) {
    #expect(S3Endpoint(region: .usEast1).followsRedirects(bucket: bucket) == expected)
  }
}
