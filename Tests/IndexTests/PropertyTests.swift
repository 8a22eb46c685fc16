import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

@Suite struct PropertyTests {
  private static let read = [
    BucketProperty(
      .versioning, .set, value: "Enabled",
      document: #"{"mfa_delete":false,"status":"Enabled"}"#),
    BucketProperty(.encryption, .absent),
    BucketProperty(.acl, .denied, error: "cannot read the ACL of s3://b: access denied"),
  ]

  @Test func givesBackWhatWasRecorded() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let plan = try await writer.begin("bucket")
    try await writer.record(Self.read, of: plan)
    _ = try await writer.finishCrawl(plan, outcome: .failed(reason: "no matter"))
    let stored = try #require(try index.reader().properties()[plan.bucketID])
    #expect(stored.count == 3)
    for property in Self.read { #expect(stored[property.name] == property) }
    #expect(
      try index.texts(
        """
        SELECT versioning || ' ' || encryption || ' ' || acl || ' ' || coalesce(tags, 'unread')
        FROM buckets
        """) == ["Enabled none denied unread"])
    #expect(
      try index.texts("SELECT property || ' ' || error FROM bucket_properties WHERE error NOTNULL")
        == ["acl cannot read the ACL of s3://b: access denied"])
  }

  @Test func keepsTheLatestOfEach() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let plan = try await writer.begin("bucket")
    try await writer.record(Self.read, of: plan)
    index.time.advance(days: 1)
    try await writer.record([BucketProperty(.versioning, .denied, error: "no")], of: plan)
    try await writer.commit()
    let stored = try #require(try index.reader().properties()[plan.bucketID])
    #expect(stored[.versioning] == BucketProperty(.versioning, .denied, error: "no"))
    #expect(stored[.encryption] == Self.read[1])
    #expect(try index.integers("SELECT count(DISTINCT read_at) FROM bucket_properties") == [2])
    try await writer.forget(bucket: "bucket", endpoint: "")
    #expect(try index.reader().properties().isEmpty)
  }
}

// MARK: - Findings

@Suite struct BucketAuditTests {
  private typealias Kind = Finding.Kind

  /// A bucket that gives no reason for a finding.
  private static let good: [BucketProperty] = [
    BucketProperty(
      .versioning, .set, value: "Enabled", document: #"{"status":"Enabled","mfa_delete":false}"#),
    BucketProperty(
      .encryption, .set, value: "AES256",
      document: #"{"algorithm":"AES256","has_bucket_key":false}"#),
    block(true, true, true, true), BucketProperty(.policyStatus, .absent),
    BucketProperty(.acl, .set, value: "private", document: #"{"grants":[]}"#),
    lifecycle(
      #"{"is_enabled":true,"noncurrent_expiration_days":30,"abort_uploads_days":7}"#),
  ]

  private static func block(_ one: Bool, _ two: Bool, _ three: Bool, _ four: Bool)
    -> BucketProperty
  {
    BucketProperty(
      .publicAccessBlock, .set, value: "some",
      document: """
        {"block_public_acls":\(one),"ignore_public_acls":\(two),"block_public_policy":\(three),\
        "restrict_public_buckets":\(four)}
        """)
  }

  private static func lifecycle(_ rules: String...) -> BucketProperty {
    BucketProperty(
      .lifecycle, .set, value: "1", document: #"{"rules":[\#(rules.joined(separator: ","))]}"#)
  }

  private static let publicPolicy = BucketProperty(
    .policyStatus, .set, value: "public", document: #"{"is_public":true}"#)
  private static let publicACL = BucketProperty(
    .acl, .set, value: "public-read",
    document: #"""
      {"grants":[{"grantee":"http://acs.amazonaws.com/groups/global/AllUsers","permission":"READ"}]}
      """#)
  private static let noBlock = BucketProperty(.publicAccessBlock, .absent)

  private static func findings(
    _ changes: [BucketProperty], atLeast severity: Finding.Severity = .info
  ) -> [Finding] {
    var properties = Dictionary(uniqueKeysWithValues: good.map { ($0.name, $0) })
    for property in changes { properties[property.name] = property }
    return BucketAudit(properties, isListed: true).findings(atLeast: severity)
  }

  @Test func hasNothingToSayOfAGoodBucket() {
    #expect(Self.findings([]).isEmpty)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var changes: [BucketProperty]
    var kinds: [Finding.Kind]
    /// Part of the first finding's detail.
    var detail = ""
  }

  private static let cases = [
    Case(
      testDescription: "a public policy", changes: [publicPolicy, block(true, true, true, false)],
      kinds: [.isPublic, .publicAccessNotBlocked], detail: "its policy lets everybody in"),
    Case(
      testDescription: "a public policy behind a block", changes: [publicPolicy], kinds: []),
    Case(
      testDescription: "a public policy, and a block against new ones only",
      changes: [publicPolicy, block(true, true, true, false)],
      kinds: [.isPublic, .publicAccessNotBlocked]),
    Case(
      testDescription: "a public ACL", changes: [publicACL, noBlock],
      kinds: [.isPublic, .publicAccessNotBlocked], detail: "its ACL is public-read"),
    Case(testDescription: "a public ACL that is ignored", changes: [publicACL], kinds: []),
    Case(
      testDescription: "a public ACL that only new ones are refused after",
      changes: [publicACL, block(true, false, true, true)],
      kinds: [.isPublic, .publicAccessNotBlocked]),
    Case(
      testDescription: "a public policy, and a block that may not be read",
      changes: [publicPolicy, BucketProperty(.publicAccessBlock, .denied)],
      kinds: [.isPublic, .notChecked], detail: "not known: public_access_block denied"),
    Case(
      testDescription: "a public policy on a server without blocks",
      changes: [publicPolicy, BucketProperty(.publicAccessBlock, .unsupported)],
      kinds: [.isPublic, .notChecked], detail: "its policy lets everybody in"),
    Case(
      testDescription: "a policy that may not be read",
      changes: [BucketProperty(.policyStatus, .denied), noBlock],
      kinds: [.publicAccessNotBlocked, .notChecked]),
    Case(
      testDescription: "a policy that may not be read, behind a block",
      changes: [BucketProperty(.policyStatus, .denied)], kinds: []),
    Case(
      testDescription: "no default encryption", changes: [BucketProperty(.encryption, .absent)],
      kinds: [.unencrypted]),
    Case(
      testDescription: "never versioned", changes: [BucketProperty(.versioning, .absent)],
      kinds: [.versioningOff], detail: "never"),
    Case(
      testDescription: "suspended versions stay",
      changes: [
        BucketProperty(
          .versioning, .set, value: "Suspended",
          document: #"{"status":"Suspended","mfa_delete":false}"#),
        BucketProperty(.lifecycle, .absent),
      ],
      kinds: [.versioningOff, .noLifecycleForNoncurrentVersions, .noLifecycleForUploads],
      detail: "suspended"),
    Case(
      testDescription: "no rules for a bucket without versions",
      changes: [BucketProperty(.versioning, .absent), BucketProperty(.lifecycle, .absent)],
      kinds: [.versioningOff, .noLifecycleForUploads]),
    Case(
      testDescription: "a rule that is off",
      changes: [
        lifecycle(#"{"is_enabled":false,"noncurrent_expiration_days":3,"abort_uploads_days":7}"#)
      ],
      kinds: [.noLifecycleForNoncurrentVersions, .noLifecycleForUploads], detail: "no enabled"),
    Case(
      testDescription: "rules for a part",
      changes: [
        lifecycle(
          #"{"is_enabled":true,"filter":{"prefix":"a/"},"noncurrent_expiration_days":3}"#,
          #"{"is_enabled":true,"abort_uploads_days":3}"#)
      ], kinds: [.noLifecycleForNoncurrentVersions], detail: "only for parts"),
    Case(
      testDescription: "noncurrent versions that move",
      changes: [
        lifecycle(
          #"""
          {"is_enabled":true,"noncurrent_transitions":[{"days":1,"storage_class":"GLACIER"}]}
          """#,
          #"{"is_enabled":true,"abort_uploads_days":3}"#)
      ], kinds: []),
    Case(
      testDescription: "a document that is none",
      changes: [BucketProperty(.lifecycle, .set, value: "1", document: "{")],
      kinds: [.notChecked], detail: "lifecycle not understood"),
  ]

  @Test(arguments: cases)
  func saysWhatAnAuditorShouldKnow(_ example: Case) {
    let findings = Self.findings(example.changes)
    #expect(findings.map(\.kind) == example.kinds)
    if !example.detail.isEmpty { #expect(findings.first?.detail.contains(example.detail) == true) }
  }

  @Test func namesWhatCouldNotBeJudged() {
    let states: [BucketProperty.State] = [.denied, .unsupported, .failed]
    for state in states {
      let findings = Self.findings(good(in: state))
      #expect(findings.map(\.kind) == [.notChecked])
      let kinds: [Kind] = [
        .isPublic, .publicAccessNotBlocked, .unencrypted, .versioningOff,
        .noLifecycleForNoncurrentVersions, .noLifecycleForUploads,
      ]
      for kind in kinds {
        #expect(findings.first?.detail.contains(kind.rawValue) == true, "\(kind)")
      }
      #expect(findings.first?.detail.contains("acl \(state.rawValue)") == true)
    }
  }

  private func good(in state: BucketProperty.State) -> [BucketProperty] {
    Self.good.map { BucketProperty($0.name, state) }
  }

  @Test func neverKeepsSilentAboutABucketThatWasNotRead() {
    let audit = BucketAudit([:], isListed: false)
    for severity in Finding.Severity.allCases where severity != .info {
      #expect(audit.findings(atLeast: severity).map(\.kind) == [.notChecked], "\(severity)")
    }
  }

  @Test func showsWhatWasNotCheckedOnlyWhereItMatters() {
    let unknown = [BucketProperty(.encryption, .denied)]
    #expect(Self.findings(unknown, atLeast: .high).isEmpty)
    #expect(Self.findings(unknown, atLeast: .medium).map(\.kind) == [.notChecked])
    let findings = Self.findings([BucketProperty(.acl, .denied), Self.noBlock], atLeast: .high)
    #expect(findings.map(\.detail) == ["public (acl denied)"])
  }

  @Test func leavesOutWhatIsLessSevere() {
    let changes = [
      Self.publicPolicy, Self.noBlock, BucketProperty(.lifecycle, .absent),
    ]
    #expect(Self.findings(changes, atLeast: .high).map(\.kind) == [.isPublic])
    #expect(
      Self.findings(changes, atLeast: .medium).map(\.kind)
        == [.isPublic, .publicAccessNotBlocked])
  }
}

@Suite struct SmallObjectTests {
  private static let kib: Int64 = 1 << 10

  private func object(_ size: Int64, _ storageClass: String) -> ModelObject {
    ModelObject(size: size, storageClass: storageClass)
  }

  @Test func sumsWhatIsBilledForNothing() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync(
      "bucket",
      [
        Key("a"): object(1, "STANDARD_IA"), Key("b"): object(128 * Self.kib - 1, "STANDARD_IA"),
        Key("c"): object(128 * Self.kib, "STANDARD_IA"), Key("d"): object(5, "STANDARD"),
        Key("e"): object(9, "DEEP_ARCHIVE"), Key("f"): object(9, "INTELLIGENT_TIERING"),
        Key("g"): object(1 << 30, "GLACIER_IR"),
      ])
    try await writer.sync("other", [Key("a"): object(1, "STANDARD")])
    let reader = try index.reader()
    let found = try reader.findings(of: [], atLeast: .low)
    #expect(found.map(\.bucket.name) == ["bucket", "other"])
    let small = found.flatMap(\.findings).filter { $0.kind == .smallObjects }
    #expect(
      small.map(\.usage)
        == [Usage(objects: 1, bytes: 9), Usage(objects: 2, bytes: 128 * Self.kib)])
    #expect(small.map(\.overheadBytes) == [40 * Self.kib, 128 * Self.kib])
    #expect(small.map { $0.detail.contains("DEEP_ARCHIVE") } == [true, false])
    #expect(
      try reader.findings(of: [], atLeast: .medium).allSatisfy { one in
        !one.findings.contains { $0.kind == .smallObjects }
      })
  }

  @Test func readsOnlyBucketsThatHaveSuchClasses() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): object(1, "STANDARD")])
    let reader = try index.reader()
    _ = try reader.findings(of: [.init(bucketPattern: "bucket")], atLeast: .info)
    #expect(!reader.connection.preparedTexts.contains { $0.contains("FROM object\n") })
    #expect(throws: IndexError.self) {
      try reader.findings(of: [.init(bucketPattern: "none")], atLeast: .info)
    }
  }
}
