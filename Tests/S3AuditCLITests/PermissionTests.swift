import AWS
import S3
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct PermissionTests {
  @Test func everyFeatureHasPermissionsAndEveryPermissionIsThereOnce() {
    for feature in Feature.allCases {
      #expect(Permission.all.contains { $0.feature == feature }, "\(feature)")
    }
    let places = Permission.all.map { "\($0.action) on \($0.resource)" }
    #expect(Set(places).count == places.count)
  }

  /// A request that is sent says which permission it tries; no two on the same bucket say the same.
  @Test func everyTrialIsOfOnePermission() {
    let sent = Permission.all.filter { permission in
      if case .none(let reason) = permission.trial { return reason.isEmpty }
      return true
    }
    for (place, permission) in sent.enumerated() {
      let isTriedBefore = sent[..<place].contains {
        $0.trial == permission.trial && $0.resource == permission.resource
      }
      #expect(!isTriedBefore, "\(permission.action)")
    }
  }

  @Test func trialsFitTheirResources() {
    for permission in Permission.all {
      switch permission.trial {
      case .listBuckets, .listMetrics: #expect(permission.resource == .anything)
      case .list, .get: #expect(permission.resource == .bucket)
      case .property: #expect([.bucket, .directoryBucket].contains(permission.resource))
      case .head: #expect(permission.resource == .object)
      case .tags: #expect(permission.resource == .copiedObject)
      case .session: #expect(permission.resource == .directorySession)
      case .none(let reason): #expect(!reason.isEmpty)
      }
    }
  }

  /// What a sync reads is what is tried, and nothing else.
  @Test func everyPropertyIsTried() {
    let tried = Permission.all.compactMap { permission -> BucketProperty.Name? in
      guard permission.resource == .bucket, case .property(let name) = permission.trial else {
        return nil
      }
      return name
    }
    #expect(tried == BucketProperty.Name.allCases)
  }

  @Test func writingIsNeverTried() {
    let targets: [Permission.Resource] = [.targetBucket, .targetObject]
    for permission in Permission.all where targets.contains(permission.resource) {
      guard case .none = permission.trial else {
        Issue.record("\(permission.action) is tried")
        continue
      }
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var status: Int
    var code: String?
    /// What it says of a listing, and of anything else.
    var verdicts: [String]

    var testDescription: String { "\(status) \(code ?? "without a code")" }

    init(_ status: Int, _ code: String?, _ verdicts: String...) {
      self.status = status
      self.code = code
      self.verdicts = verdicts
    }
  }

  private static func word(_ verdict: PermissionVerdict) -> String {
    switch verdict {
    case .allowed: "allowed"
    case .denied: "denied"
    case .unsupported: "unsupported"
    case .skipped: "skipped"
    case .failed: "failed"
    }
  }

  /// As a sync takes them: a bucket that cannot be listed has failed, whatever the server calls it.
  @Test(arguments: [
    Case(404, "NoSuchTagSet", "failed", "allowed"), Case(404, nil, "failed", "unsupported"),
    Case(404, "NoSuchKey", "failed", "unsupported"), Case(404, "NoSuchBucket", "failed", "failed"),
    Case(403, "AccessDenied", "denied", "denied"), Case(403, nil, "denied", "denied"),
    Case(403, "AllAccessDisabled", "denied", "denied"),
    Case(403, "InvalidAccessKeyId", "failed", "failed"),
    Case(403, "RequestExpired", "failed", "failed"),
    Case(403, "InvalidSignatureException", "failed", "failed"),
    Case(403, "UnrecognizedClientException", "failed", "failed"),
    Case(403, "InvalidClientTokenId", "failed", "failed"),
    Case(401, "AuthFailure", "failed", "failed"), Case(400, "ExpiredToken", "failed", "failed"),
    Case(400, "InvalidBucketName", "failed", "failed"),
    Case(400, "AuthorizationHeaderMalformed", "failed", "failed"),
    Case(400, "InvalidRequest", "failed", "unsupported"), Case(400, nil, "failed", "unsupported"),
    Case(405, "MethodNotAllowed", "failed", "unsupported"),
    Case(501, "NotImplemented", "failed", "unsupported"), Case(409, "Odd", "failed", "failed"),
  ])
  func judgesRefusals(_ example: Case) {
    let error = S3Error(
      operation: "list", resource: "s3://logs", statusCode: example.status, code: example.code)
    let trials = [Permission.Trial.list, .property(.versioning)]
    #expect(
      trials.map { Self.word(PermissionVerdict(refusal: error, to: $0)) } == example.verdicts,
      "\(error)")
    let answer = ProbeAnswer(status: example.status, code: example.code)
    #expect(
      Self.word(PermissionVerdict(of: answer, to: Permission.listVersions)) == example.verdicts[1])
  }

  @Test(arguments: [
    ("", "allowed"), ("<ListVersionsResult>", "allowed"),
    ("<?xml?><ListBucketResult>", "unsupported"), ("<html>", "unsupported"),
  ])
  func answersToOtherQuestionsAreNone(body: String, word: String) {
    let answer = ProbeAnswer(status: 200, body: Array(body.utf8))
    #expect(Self.word(PermissionVerdict(of: answer, to: Permission.listVersions)) == word)
  }

  @Test func aKeyThatHasGoneWasNotRefused() {
    let answer = ProbeAnswer(status: 404)
    #expect(PermissionVerdict(of: answer, to: .head(version: false)) == .allowed("allowed"))
  }

  @Test(arguments: BucketProperty.State.allCases)
  func saysOfPropertiesWhatASyncRecords(state: BucketProperty.State) {
    let verdict = PermissionVerdict(of: BucketProperty(.acl, state, error: "why"))
    let words: [BucketProperty.State: String] = [.set: "allowed", .absent: "allowed"]
    #expect(Self.word(verdict) == words[state] ?? state.rawValue)
  }

  @Test func wordsOfTheServiceAreEscaped() {
    let answer = ProbeAnswer(
      status: 403, code: "AccessDenied", message: "no\u{1B}[2J", requestID: "R\n1")
    #expect(
      PermissionVerdict(of: answer, to: Permission.listVersions)
        == .denied("AccessDenied: no\\e[2J, request id R\\n1"))
  }
}
