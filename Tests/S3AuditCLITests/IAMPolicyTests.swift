import Arguments
import Foundation
import Testing

@testable import S3AuditCLI

@Suite struct IAMPolicyTests {
  private struct Document: Decodable, Equatable {
    struct Statement: Decodable, Equatable {
      var Sid: String
      var Effect: String
      var Action: [String]
      var Resource: [String]
      var Condition: [String: [String: String]]?
    }

    var Version: String
    var Statement: [Statement]
  }

  private func policy(
    _ features: Set<Feature>, buckets: [String] = [], targets: [String] = [],
    partition: String = "aws"
  ) throws -> IAMPolicy {
    try IAMPolicy(features: features, buckets: buckets, targets: targets, partition: partition)
  }

  private func actions(_ features: Set<Feature>) throws -> Set<String> {
    Set(try policy(features).statements.flatMap(\.actions))
  }

  @Test func writesTheDocumentOfASync() throws {
    #expect(
      try policy([.sync]).json == """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "Account",
              "Effect": "Allow",
              "Action": [
                "s3:ListAllMyBuckets"
              ],
              "Resource": [
                "*"
              ]
            },
            {
              "Sid": "Buckets",
              "Effect": "Allow",
              "Action": [
                "s3:ListBucket"
              ],
              "Resource": [
                "arn:aws:s3:::*"
              ]
            }
          ]
        }

        """)
  }

  @Test(arguments: Feature.allCases.map { Set([$0]) } + [Set(Feature.allCases)])
  func writesJSONThatSaysTheSame(features: Set<Feature>) throws {
    let policy = try policy(features, targets: ["restored"])
    let document = try JSONDecoder().decode(Document.self, from: Data(policy.json.utf8))
    #expect(document.Version == "2012-10-17")
    #expect(document.Statement.map(\.Sid) == policy.statements.map(\.id))
    #expect(document.Statement.map(\.Action) == policy.statements.map(\.actions))
    #expect(document.Statement.map(\.Resource) == policy.statements.map(\.resources))
    #expect(document.Statement.allSatisfy { $0.Effect == "Allow" })
    #expect(Set(document.Statement.map(\.Sid)).count == document.Statement.count)
    #expect(document.Statement.allSatisfy { $0.Sid.allSatisfy(\.isLetter) }, "IAM's rule for Sid")
  }

  private static let sync: Set = ["s3:ListAllMyBuckets", "s3:ListBucket"]

  @Test func asksForNoMoreThanAFeatureNeeds() throws {
    #expect(try actions([.sync]) == Self.sync)
    #expect(
      try actions([.properties])
        == Self.sync.union([
          "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
          "s3:GetBucketPublicAccessBlock", "s3:GetBucketPolicyStatus", "s3:GetBucketAcl",
          "s3:GetBucketObjectLockConfiguration", "s3:GetBucketLogging", "s3:GetBucketTagging",
          "s3:GetIntelligentTieringConfiguration",
        ]))
    #expect(
      try actions([.versions])
        == Self.sync.union([
          "s3:GetBucketVersioning", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads",
          "s3:ListMultipartUploadParts",
        ]))
    #expect(
      try actions([.restore]) == [
        "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration", "s3:GetObject", "s3:GetObjectVersion",
      ])
    #expect(
      try actions([.thaw]) == ["s3:ListBucketVersions", "s3:GetObjectVersion", "s3:RestoreObject"])
    #expect(
      try actions([.estimate]) == [
        "s3:ListAllMyBuckets", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData",
        "ce:GetCostAndUsage",
      ])
    #expect(
      try actions([.inventory]) == [
        "s3:ListBucket", "s3:GetObject", "s3:GetInventoryConfiguration", "kms:Decrypt",
      ])
    #expect(try actions([.prices]) == ["pricing:GetProducts"])
    #expect(try actions([.directory]) == ["s3express:CreateSession"])
  }

  @Test func namesNamedBucketsOnly() throws {
    let policy = try policy([.versions], buckets: ["logs", "media-*"])
    #expect(
      policy.statements.map(\.resources) == [
        ["arn:aws:s3:::logs", "arn:aws:s3:::media-*"],
        ["arn:aws:s3:::logs/*", "arn:aws:s3:::media-*/*"],
      ])
    #expect(!policy.json.contains("ListAllMyBuckets"))
  }

  @Test func decryptsInventoriesOnlyForS3() throws {
    let policy = try policy([.inventory], buckets: ["logs", "inventories"])
    #expect(policy.statements.map(\.id) == ["Buckets", "Objects", "Keys"])
    #expect(policy.statements.last?.resources == ["arn:aws:kms:*:*:key/*"])
    #expect(policy.json.contains("\"kms:ViaService\": \"s3.*\""))
  }

  @Test(arguments: [Feature.estimate, .prices])
  func letsWhatIsOfNoBucketBeReadWhateverTheBuckets(feature: Feature) throws {
    let policy = try policy([feature], buckets: ["logs"])
    #expect(policy.statements.map(\.resources) == [["*"]])
  }

  @Test func writesOnlyToTargets() throws {
    #expect(!(try policy([.restore], buckets: ["logs"]).json.contains("Put")))
    let policy = try policy([.restore], buckets: ["logs"], targets: ["restored"])
    #expect(
      policy.statements.suffix(3) == [
        IAMPolicy.Statement(
          id: "CopiedObjects", actions: ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
          resources: ["arn:aws:s3:::logs/*"]),
        IAMPolicy.Statement(
          id: "TargetBuckets",
          actions: [
            "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning",
            "s3:ListBucketMultipartUploads",
          ],
          resources: ["arn:aws:s3:::restored"]),
        IAMPolicy.Statement(
          id: "TargetObjects",
          actions: [
            "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject",
            "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
          ],
          resources: ["arn:aws:s3:::restored/*"]),
      ])
    #expect(
      policy.statements.prefix(2).map(\.resources) == [
        ["arn:aws:s3:::logs"], ["arn:aws:s3:::logs/*"],
      ])
  }

  @Test func entersDirectoryBucketsBySession() throws {
    let name = "fast--use1-az4--x-s3"
    let policy = try policy([.sync], buckets: ["logs", name])
    #expect(
      policy.statements.map(\.resources) == [
        ["arn:aws:s3:::logs"], ["arn:aws:s3express:*:*:bucket/\(name)"],
      ])
    #expect(policy.statements.last?.actions == ["s3express:CreateSession"])
    let document = try JSONDecoder().decode(Document.self, from: Data(policy.json.utf8))
    #expect(
      document.Statement.map(\.Condition) == [
        nil, ["StringEquals": ["s3express:SessionMode": "ReadOnly"]],
      ])
  }

  /// Only sessions have a mode: a condition on it would refuse everything else.
  @Test func readsTheSettingsOfDirectoryBucketsWithoutASession() throws {
    let name = "fast--use1-az4--x-s3"
    let settings = [
      "s3express:GetEncryptionConfiguration", "s3express:GetLifecycleConfiguration",
    ]
    let policy = try policy([.properties], buckets: [name])
    #expect(
      policy.statements == [
        IAMPolicy.Statement(
          id: "DirectoryBuckets", actions: ["s3express:CreateSession"],
          resources: ["arn:aws:s3express:*:*:bucket/\(name)"], isReadOnlySession: true),
        IAMPolicy.Statement(
          id: "DirectoryBucketSettings", actions: settings,
          resources: ["arn:aws:s3express:*:*:bucket/\(name)"]),
      ])
    #expect(try actions([.directory, .properties]).isSuperset(of: settings))
    #expect(!(try actions([.directory, .sync]).contains(settings[0])))
  }

  @Test func refusesAPolicyOfNothing() {
    #expect(throws: UsageError.self) { try policy([.directory], buckets: ["logs"]) }
  }

  @Test(arguments: ["aws-cn", "aws-us-gov"])
  func writesNamesOfThePartition(partition: String) throws {
    let resources = try policy(Set(Feature.allCases), targets: ["t"], partition: partition)
      .statements.flatMap(\.resources)
    #expect(resources.allSatisfy { $0 == "*" || $0.hasPrefix("arn:\(partition):") })
  }
}
