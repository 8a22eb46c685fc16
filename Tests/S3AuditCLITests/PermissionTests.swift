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
    #expect(Set(Permission.all.map(\.action)).count == Permission.all.count)
  }

  /// A request that is sent says which permission it tries; no two say the same.
  @Test func everyTrialIsOfOnePermission() {
    let sent = Permission.all.map(\.trial).filter { trial in
      if case .none(let reason) = trial { return reason.isEmpty }
      return true
    }
    for (place, trial) in sent.enumerated() {
      #expect(!sent[..<place].contains(trial), "\(trial)")
    }
  }

  @Test func trialsFitTheirResources() {
    for permission in Permission.all {
      switch permission.trial {
      case .listBuckets, .listMetrics: #expect(permission.resource == .anything)
      case .get: #expect(permission.resource == .bucket)
      case .head: #expect(permission.resource == .object)
      case .session: #expect(permission.resource == .directoryBucket)
      case .none(let reason): #expect(!reason.isEmpty)
      }
    }
  }

  @Test func writingIsNeverTried() {
    for permission in Permission.all where permission.resource == .targetObject {
      guard case .none = permission.trial else {
        Issue.record("\(permission.action) is tried")
        continue
      }
    }
  }

  struct Case: Sendable {
    var answer: ProbeAnswer
    var verdict: String
  }

  private static let property = Permission.all[5].trial

  @Test(arguments: [
    Case(answer: ProbeAnswer(status: 200), verdict: "allowed"),
    Case(answer: ProbeAnswer(status: 204), verdict: "allowed"),
    Case(answer: ProbeAnswer(status: 404, code: "NoSuchTagSet"), verdict: "allowed"),
    Case(answer: ProbeAnswer(status: 404), verdict: "allowed"),
    Case(answer: ProbeAnswer(status: 403, code: "AccessDenied"), verdict: "denied"),
    Case(answer: ProbeAnswer(status: 403), verdict: "denied"),
    Case(answer: ProbeAnswer(status: 403, code: "AllAccessDisabled"), verdict: "denied"),
    Case(answer: ProbeAnswer(status: 403, code: "InvalidAccessKeyId"), verdict: "failed"),
    Case(answer: ProbeAnswer(status: 400, code: "ExpiredToken"), verdict: "failed"),
    Case(answer: ProbeAnswer(status: 404, code: "NoSuchBucket"), verdict: "failed"),
    Case(answer: ProbeAnswer(status: 409, code: "Odd"), verdict: "failed"),
    Case(answer: ProbeAnswer(status: 501, code: "NotImplemented"), verdict: "unsupported"),
    Case(answer: ProbeAnswer(status: 405, code: "MethodNotAllowed"), verdict: "unsupported"),
    Case(
      answer: ProbeAnswer(status: 200, body: Array("<?xml?><ListBucketResult>".utf8)),
      verdict: "unsupported"),
    Case(answer: ProbeAnswer(status: 404, body: Array("<html>".utf8)), verdict: "unsupported"),
  ])
  func judgesAnswers(_ example: Case) {
    let verdict = PermissionVerdict(of: example.answer, to: Self.property)
    let name =
      switch verdict {
      case .allowed: "allowed"
      case .denied: "denied"
      case .unsupported: "unsupported"
      case .skipped: "skipped"
      case .failed: "failed"
      }
    #expect(name == example.verdict, "\(example.answer)")
  }

  @Test func aListingAnswersTheQuestionForOne() {
    let answer = ProbeAnswer(status: 200, body: Array("<ListBucketResult>".utf8))
    #expect(PermissionVerdict(of: answer, to: Permission.list) == .allowed("allowed"))
  }

  @Test func wordsOfTheServiceAreEscaped() {
    let answer = ProbeAnswer(
      status: 403, code: "AccessDenied", message: "no\u{1B}[2J", requestID: "R\n1")
    #expect(
      PermissionVerdict(of: answer, to: Self.property)
        == .denied("AccessDenied: no\\e[2J, request id R\\n1"))
  }
}
