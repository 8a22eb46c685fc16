import AWS
import Foundation
import S3
import TestSupport
import Testing
import Vocabulary

/// What the answers to the eleven questions come to.
@Suite struct PropertyTests {
  private static func property(
    _ name: BucketProperty.Name, _ body: String, status: String = "200 OK"
  ) async throws -> BucketProperty {
    let server = try LoopbackServer(always: TestSupport.answer(body, status: status))
    defer { server.stop() }
    let client = try TestClient(server.origin, attemptsMax: 1)
    do {
      return try await client.s3.property(name, of: "logs")
    } catch let error as S3Error {
      return BucketProperty(name, refusal: error)
    }
  }

  /// An answer, and what is kept of it; a value of nil is one that says "none".
  struct Case: Sendable, CustomTestStringConvertible {
    var name: BucketProperty.Name
    var body: String
    var value: String?
    var document: String?

    var testDescription: String { "\(name.rawValue) \(value ?? "none") \(body.prefix(60))" }
  }

  private static let versioning = [
    Case(name: .versioning, body: "<VersioningConfiguration xmlns='u'/>"),
    Case(name: .versioning, body: "<VersioningConfiguration><Status/></VersioningConfiguration>"),
    Case(
      name: .versioning,
      body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
      value: "Suspended", document: #"{"mfa_delete":false,"status":"Suspended"}"#),
    Case(
      name: .versioning,
      body: """
        <VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>\
        </VersioningConfiguration>
        """, value: "Enabled, MFA delete", document: #"{"mfa_delete":true,"status":"Enabled"}"#),
    // As moto names the root.
    Case(
      name: .versioning,
      body: "<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>",
      value: "Enabled", document: #"{"mfa_delete":false,"status":"Enabled"}"#),
  ]

  private static let encryption = [
    Case(
      name: .encryption,
      body: """
        <ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
        <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
        </ServerSideEncryptionConfiguration>
        """, value: "AES256", document: #"{"algorithm":"AES256","has_bucket_key":false}"#),
    Case(
      name: .encryption,
      body: """
        <ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
        <SSEAlgorithm>aws:kms:dsse</SSEAlgorithm><KMSMasterKeyID>arn:aws:kms:k/1</KMSMasterKeyID>\
        </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>\
        <BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>\
        </Rule></ServerSideEncryptionConfiguration>
        """, value: "aws:kms:dsse",
      document: #"""
        {"algorithm":"aws:kms:dsse","blocked":["SSE-C"],"has_bucket_key":true,"kms_key":"arn:aws:kms:k/1"}
        """#),
    Case(name: .encryption, body: "<ServerSideEncryptionConfiguration/>"),
  ]

  private static let lifecycle = [
    Case(name: .lifecycle, body: "<LifecycleConfiguration/>"),
    Case(
      name: .lifecycle,
      body: """
        <LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix/></Filter><Status>Enabled</Status>\
        <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays>\
        <NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>\
        <NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays>\
        <StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>\
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
        </AbortIncompleteMultipartUpload><Expiration><ExpiredObjectDeleteMarker>true\
        </ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>
        """, value: "1",
      document: #"""
        {"rules":[{"abort_uploads_days":7,"expires_delete_markers":true,"id":"a","is_enabled":true,"noncurrent_expiration_days":30,"noncurrent_transitions":[{"days":7,"storage_class":"GLACIER"}],"noncurrent_versions_kept":3}]}
        """#),
    Case(
      name: .lifecycle,
      body: """
        <LifecycleConfiguration><Rule><Filter><And><Prefix>x/</Prefix><Tag><Key>my_key</Key>\
        <Value>v</Value></Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><Moon>full</Moon></And></Filter>\
        <Status>Disabled</Status><Transition><Days>0</Days><StorageClass>GLACIER_IR</StorageClass>\
        </Transition><Expiration><Days>90</Days></Expiration></Rule><Rule><Prefix>old/</Prefix>\
        <Status>Disabled</Status><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>\
        </Rule></LifecycleConfiguration>
        """, value: "0",
      document: #"""
        {"rules":[{"expiration_days":90,"filter":{"others":["Moon"],"prefix":"x/","size_over":5,"tags":{"my_key":"v"}},"is_enabled":false,"transitions":[{"days":0,"storage_class":"GLACIER_IR"}]},{"expiration_date":"2030-01-01T00:00:00.000Z","filter":{"prefix":"old/"},"is_enabled":false}]}
        """#),
  ]

  private static let replication = [
    Case(
      name: .replication,
      body: """
        <ReplicationConfiguration><Role>arn:r</Role><Rule><ID>r</ID><Priority>2</Priority>\
        <Status>Enabled</Status><Filter><Prefix>p</Prefix></Filter><DeleteMarkerReplication>\
        <Status>Enabled</Status></DeleteMarkerReplication><SourceSelectionCriteria>\
        <SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>\
        </SourceSelectionCriteria><Destination><Bucket>arn:aws:s3:::b</Bucket><Account>1</Account>\
        <StorageClass>GLACIER</StorageClass><EncryptionConfiguration><ReplicaKmsKeyID>k\
        </ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule><Rule><Prefix/>\
        <Status>Disabled</Status><Destination><Bucket>b2</Bucket></Destination></Rule>\
        </ReplicationConfiguration>
        """, value: "1",
      document: #"""
        {"role":"arn:r","rules":[{"account":"1","destination":"arn:aws:s3:::b","filter":{"prefix":"p"},"id":"r","is_enabled":true,"kms_key":"k","priority":2,"replicates_delete_markers":true,"replicates_existing_objects":false,"storage_class":"GLACIER"},{"destination":"b2","is_enabled":false,"replicates_delete_markers":true,"replicates_existing_objects":false}]}
        """#),
    // Whose rules have no prefix but a filter that has none.
    Case(
      name: .replication,
      body: """
        <ReplicationConfiguration><Rule><Status>Enabled</Status><Filter/><Destination><Bucket>b\
        </Bucket></Destination></Rule></ReplicationConfiguration>
        """, value: "1",
      document: #"""
        {"rules":[{"destination":"b","is_enabled":true,"replicates_delete_markers":false,"replicates_existing_objects":false}]}
        """#),
  ]

  private static func block(_ words: String...) -> String {
    let names = [
      "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets",
    ]
    let children = zip(names, words).map { "<\($0)>\($1)</\($0)>" }.joined()
    return "<PublicAccessBlockConfiguration>\(children)</PublicAccessBlockConfiguration>"
  }

  private static func acl(_ grants: (uri: String, permission: String)...) -> String {
    let grants = grants.map { grant in
      """
      <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">\
      <URI>http://acs.amazonaws.com/groups/\(grant.uri)</URI></Grantee>\
      <Permission>\(grant.permission)</Permission></Grant>
      """
    }
    return """
      <AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList>\(grants.joined())\
      </AccessControlList></AccessControlPolicy>
      """
  }

  private static let publicAccess = [
    Case(
      name: .publicAccessBlock, body: block("true", "TRUE", "true", "true"), value: "all",
      document: #"""
        {"block_public_acls":true,"block_public_policy":true,"ignore_public_acls":true,"restrict_public_buckets":true}
        """#),
    Case(
      name: .publicAccessBlock, body: block("true", "false", "false"), value: "1 of 4",
      document: #"""
        {"block_public_acls":true,"block_public_policy":false,"ignore_public_acls":false,"restrict_public_buckets":false}
        """#),
    Case(
      name: .policyStatus, body: "<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>",
      value: "public", document: #"{"is_public":true}"#),
    Case(
      name: .policyStatus, body: "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
      value: "private", document: #"{"is_public":false}"#),
    Case(name: .acl, body: acl(), value: "private", document: #"{"grants":[],"owner":"o"}"#),
    Case(
      name: .acl, body: acl((uri: "s3/LogDelivery", permission: "WRITE")), value: "private",
      document: #"""
        {"grants":[{"grantee":"http://acs.amazonaws.com/groups/s3/LogDelivery","permission":"WRITE"}],"owner":"o"}
        """#),
    Case(
      name: .acl,
      body: acl((uri: "global/AuthenticatedUsers", permission: "READ")),
      value: "authenticated-read",
      document: #"""
        {"grants":[{"grantee":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers","permission":"READ"}],"owner":"o"}
        """#),
  ]

  private static let records = [
    Case(name: .objectLock, body: "<ObjectLockConfiguration/>"),
    Case(
      name: .objectLock,
      body: """
        <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>\
        </ObjectLockConfiguration>
        """, value: "enabled", document: #"{"is_enabled":true}"#),
    Case(
      name: .objectLock,
      body: """
        <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>\
        <DefaultRetention><Mode>COMPLIANCE</Mode><Days>0</Days><Years>1</Years></DefaultRetention>\
        </Rule></ObjectLockConfiguration>
        """, value: "COMPLIANCE 1 year",
      document: #"{"is_enabled":true,"mode":"COMPLIANCE","years":1}"#),
    Case(name: .logging, body: "<BucketLoggingStatus xmlns='u'></BucketLoggingStatus>"),
    Case(
      name: .tags,
      body: """
        <Tagging><TagSet><Tag><Key>Team</Key><Value>a &amp; b/c</Value></Tag>\
        <Tag><Key>costCenter</Key><Value/></Tag></TagSet></Tagging>
        """, value: "2", document: #"{"Team":"a & b/c","costCenter":""}"#),
    Case(name: .tags, body: "<Tagging><TagSet/></Tagging>"),
    Case(
      name: .intelligentTiering,
      body: """
        <ListBucketIntelligentTieringConfigurationsOutput><IsTruncated>false</IsTruncated>\
        <IntelligentTieringConfiguration><Id>i</Id><Status>Enabled</Status><Filter>\
        <Prefix>p/</Prefix></Filter><Tiering><AccessTier>ARCHIVE_ACCESS</AccessTier><Days>90</Days>\
        </Tiering></IntelligentTieringConfiguration>\
        </ListBucketIntelligentTieringConfigurationsOutput>
        """, value: "1",
      document: #"""
        {"configurations":[{"filter":{"prefix":"p/"},"id":"i","is_enabled":true,"tierings":[{"days":90,"tier":"ARCHIVE_ACCESS"}]}]}
        """#),
    Case(
      name: .intelligentTiering,
      body: "<ListBucketIntelligentTieringConfigurationsOutput/>"),
  ]

  @Test(
    arguments: versioning + encryption + lifecycle + replication + publicAccess + records)
  func keepsWhatTheServerSays(_ example: Case) async throws {
    let property = try await Self.property(example.name, example.body)
    #expect(property.state == (example.value == nil ? .absent : .set))
    #expect(property.value == example.value)
    #expect(property.document == example.document)
    #expect(property.error == nil)
  }

  @Test(arguments: [
    (["READ"], "public-read"), (["WRITE"], "public-write"),
    (["WRITE", "READ"], "public-read-write"), (["FULL_CONTROL", "READ"], "public-full-control"),
    (["READ_ACP"], "public-read-acp"), (["READ_ACP", "WRITE_ACP"], "public-read-acp"),
  ])
  func namesWhatEverybodyMayDo(permissions: [String], value: String) {
    var acl = AccessControl()
    acl.grants = permissions.map { permission in
      var grant = AccessControl.Grant()
      grant.grantee = "http://acs.amazonaws.com/groups/global/AllUsers"
      grant.permission = permission
      return grant
    }
    #expect(acl.value == value && acl.isPublic)
  }

  // MARK: - Refusals

  @Test(
    arguments: [
      ("NoSuchBucketPolicy", "404 Not Found", .absent), ("NoSuchTagSet", "404 Not Found", .absent),
      ("ServerSideEncryptionConfigurationNotFoundError", "404 Not Found", .absent),
      ("NoSuchLifecycleConfiguration", "404 Not Found", .absent),
      ("ReplicationConfigurationNotFoundError", "404 Not Found", .absent),
      ("NoSuchPublicAccessBlockConfiguration", "404 Not Found", .absent),
      ("ObjectLockConfigurationNotFoundError", "404 Not Found", .absent),
      ("AccessDenied", "403 Forbidden", .denied), ("AccessDenied", "200 OK", .denied),
      ("InternalError", "200 OK", .failed), ("AllAccessDisabled", "403 Forbidden", .denied),
      ("NotImplemented", "501 Not Implemented", .unsupported),
      ("MethodNotAllowed", "405 Method Not Allowed", .unsupported),
      ("MethodNotAllowed", "403 Forbidden", .unsupported),
      ("InvalidArgument", "400 Bad Request", .unsupported),
      ("NoSuchKey", "404 Not Found", .unsupported),
      ("NoSuchBucket", "404 Not Found", .failed), ("ExpiredToken", "400 Bad Request", .failed),
      ("InvalidAccessKeyId", "403 Forbidden", .failed),
      ("InternalError", "500 Internal Server Error", .failed), ("Teapot", "418 Teapot", .failed),
    ] as [(String, String, BucketProperty.State)])
  func judgesRefusals(code: String, status: String, state: BucketProperty.State) async throws {
    let property = try await Self.property(.tags, errorBody(code), status: status)
    #expect(property.state == state)
    #expect(property.value == nil && property.document == nil)
    #expect((property.error == nil) == (state == .absent))
    #expect(property.error?.contains(code) ?? true)
    #expect(property.error?.contains("R1") != true, "it differs each time")
  }

  @Test(arguments: BucketProperty.Name.allCases)
  func takesNoListingForAnAnswer(name: BucketProperty.Name) async throws {
    let property = try await Self.property(name, emptyListing)
    #expect(property.state == .unsupported && property.value == nil)
  }

  @Test(arguments: BucketProperty.Name.allCases)
  func takesAnEmptyBodyForNothing(name: BucketProperty.Name) async throws {
    #expect(try await Self.property(name, "").state == .unsupported)
    #expect(
      try await Self.property(name, "", status: "204 No Content").state == .unsupported)
  }

  @Test(
    arguments: [
      (.acl, "<AccessControlPolicy/>"), (.policyStatus, "<PolicyStatus/>"),
      (.versioning, "<VersioningConfiguration><Status>Enabled</Status>"),
      (.lifecycle, "<html><body>hello</body></html>"), (.tags, "{}"),
      (.objectLock, errorBody("InternalError")),
    ] as [(BucketProperty.Name, String)])
  func failsOnWhatCannotBeRead(name: BucketProperty.Name, body: String) async throws {
    let property = try await Self.property(name, body)
    #expect(property.state == .failed && property.error?.isEmpty == false)
  }

  // MARK: - Requests

  @Test func asksForSubresources() async throws {
    let server = try LoopbackServer(always: TestSupport.answer(emptyListing))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    for name in BucketProperty.Name.allCases { _ = try await client.s3.property(name, of: "logs") }
    #expect(
      server.requests.map(\.line)
        == [
          "versioning", "encryption", "lifecycle", "replication", "publicAccessBlock",
          "policyStatus", "acl", "object-lock", "logging", "tagging", "intelligent-tiering",
        ].map { "GET /logs?\($0)=" })
    #expect(client.s3.counts.sent == 11 && client.s3.counts.billedLists == 0)
  }

  @Test func asksDirectoryBucketsForWhatTheyHaveOnly() async throws {
    let server = try LoopbackServer(
      always: TestSupport.answer(errorBody("NoSuchTagSet"), status: "404 Not Found"))
    defer { server.stop() }
    let client = try TestClient(server.origin)
    for name in BucketProperty.Name.allCases where name != .encryption && name != .lifecycle {
      #expect(
        try await client.s3.property(name, of: "logs--use1-az4--x-s3").state == .unsupported)
    }
    #expect(server.requests.isEmpty)
  }

  @Test func readsAllPagesOfConfigurations() async throws {
    let root = "ListBucketIntelligentTieringConfigurationsOutput"
    func page(_ id: String, _ more: String) -> String {
      TestSupport.answer(
        """
        <\(root)><IntelligentTieringConfiguration><Id>\(id)</Id>\
        </IntelligentTieringConfiguration>\(more)</\(root)>
        """)
    }
    let next = "<IsTruncated>true</IsTruncated><NextContinuationToken>t+</NextContinuationToken>"
    let server = try LoopbackServer(inTurn: [page("a", next), page("b", "")])
    defer { server.stop() }
    let property = try await TestClient(server.origin).s3.property(.intelligentTiering, of: "b")
    #expect(property.value == "2")
    #expect(server.requests.last?.target == "/b?intelligent-tiering=&continuation-token=t%2B")
    let endless = try LoopbackServer(always: page("a", next))
    defer { endless.stop() }
    await #expect(throws: S3Error.self) {
      try await TestClient(endless.origin).s3.property(.intelligentTiering, of: "b")
    }
    #expect(endless.requests.count == 2)
    let cut = try LoopbackServer(always: page("a", "<IsTruncated>true</IsTruncated>"))
    defer { cut.stop() }
    await #expect(throws: S3Error.self) {
      try await TestClient(cut.origin).s3.property(.intelligentTiering, of: "b")
    }
  }
}

@Suite(.enabled(if: Vectors.havePart("s3-xml"), Comment(rawValue: Vectors.notice("s3-xml"))))
struct OfficialPropertyTests {
  private func property(_ name: BucketProperty.Name, _ vector: String) async throws
    -> BucketProperty
  {
    let body = String(
      decoding: try Vectors.data("s3-xml/responses/\(vector).xml"), as: UTF8.self)
    let server = try LoopbackServer(always: TestSupport.answer(body))
    defer { server.stop() }
    return try await TestClient(server.origin, attemptsMax: 1).s3.property(name, of: "b")
  }

  @Test func readsLogging() async throws {
    let property = try await property(.logging, "s3-get-bucket-logging")
    #expect(property.value == "mybucketlogs/mybucket-access_log-/")
  }

  @Test func readsACL() async throws {
    let property = try await property(.acl, "s3-get-bucket-acl")
    #expect(property.value == "private")
    #expect(property.document?.contains(#""permission":"FULL_CONTROL""#) == true)
    #expect(property.document?.contains("75aa57f09aa0c8caeab4f8c24e99d10f") == true)
  }
}
