import AWS
import Arguments
import HTTP
import Index
import S3
import SQLite
import System
import Testing

@testable import Crawl
@testable import S3AuditCLI
@testable import Sync

/// Swift Testing has one of its own.
private typealias Status = S3AuditCLI.ExitStatus

@Suite struct ErrorTests {
  /// An error with what comes of it; in reports it goes by its own words.
  struct Case<Expected: Sendable>: CustomTestStringConvertible, Sendable {
    var error: any Error & Sendable
    var expected: Expected

    var testDescription: String { "\(type(of: error)): \(error)" }
  }

  private static let statuses: [(any Error & Sendable, Status)] = [
    (UsageError("x"), Status.usage), (CancellationError(), Status.interrupted),
    (BrokenPipe(), Status.done),
    (SQLiteError(code: 9, message: "interrupted"), Status.interrupted),
    (SQLiteError(code: 13, message: "full"), Status.failed),
    (SQLiteError(code: 10 | 3 << 8, message: "I/O"), Status.failed),
    (CommandFailure(message: "x"), Status.failed), (IndexError.missing(path: "/x"), Status.failed),
    (IndexError.busy(path: "/x", pid: 1), Status.failed),
    (S3Error(operation: "list", resource: "the buckets"), Status.failed),
    (ConfigurationError(.credentialsMissing, "x"), Status.failed),
    (HTTPError(.resolve, "x", url: "https://h"), Status.failed),
    (BucketSelection.NoMatch(pattern: "x", bucketNames: []), Status.failed),
  ]

  @Test(arguments: statuses.map { Case(error: $0, expected: $1) })
  func errorEndsInItsStatus(_ ending: Case<S3AuditCLI.ExitStatus>) {
    #expect(Status(for: ending.error) == ending.expected)
  }

  @Test func statusesAreThoseOfTheManual() {
    let codes = [Status.done, .failed, .differences, .refused, .usage, .interrupted].map(\.rawValue)
    #expect(codes == [0, 1, 2, 3, 64, 130])
    #expect(tool.root.exitStatuses.map(\.code) == codes)
  }

  private static func s3Error(_ hint: S3Error.Hint) -> S3Error {
    S3Error(operation: "list", resource: "s3://b", hint: hint)
  }

  private static let hints: [(any Error & Sendable, String?)] = [
    (CommandFailure(message: "x", hint: "do y"), "do y"), (CommandFailure(message: "x"), nil),
    (
      IndexError.missing(path: "/x"),
      "run 's3audit sync' to make one, or name another with --index"
    ),
    (
      S3Error(operation: "list", resource: "s3://b", code: "AccessDenied"),
      "check what the credentials, the bucket policy and the account allow"
    ),
    (S3Error(operation: "list", resource: "s3://b", code: "Unheard"), nil),
    (s3Error(.nameRegion), "give the bucket's region with --region"),
    (
      s3Error(.nameRegionOrCheckEndpoint),
      "give the bucket's region with --region, and check the endpoint"
    ),
    (s3Error(.askForLess), "lower --concurrency, or set --max-requests-per-second"),
    (s3Error(.comeBackOrAskForLess), "run again later, or lower --concurrency"),
    (
      s3Error(.comeBackAndAskForLess),
      "run again later; --max-requests-per-second asks for less"
    ),
    (
      s3Error(.checkExpectedOwner("123456789012")),
      "the bucket may belong to another account than 123456789012, which --expected-bucket-owner "
        + "names"
    ),
    (
      s3Error(.checkPermissionsOrAgreeToPay),
      "check what the credentials, the bucket policy and the account allow; if requesters pay for "
        + "the bucket, agree with --request-payer requester"
    ),
    (
      ConfigurationError(.credentialsMissing, "x"),
      "run 'aws configure', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile "
        + "with --profile, or read a public bucket with --no-sign-request"
    ),
    (
      ConfigurationError(.codeNeeded(profile: "p", origin: .option), "x"),
      """
      let the AWS CLI ask for it: eval "$(aws configure export-credentials --profile \
      'p' --format env)", then leave out --profile
      """
    ),
    (
      ConfigurationError(.codeNeeded(profile: "p", origin: .fallback), "x"),
      """
      let the AWS CLI ask for it: eval "$(aws configure export-credentials --profile \
      'p' --format env)"
      """
    ),
    (ConfigurationError(.region, "x", hint: "like us-east-1"), "like us-east-1"),
    (
      ConfigurationError(
        .accessPointElsewhere(region: "us-east-1", partition: "aws"), "x"),
      "the access point is in us-east-1: give --region us-east-1, with credentials of its"
        + " partition, aws"
    ),
    (
      ConfigurationError(.accessPointElsewhere(region: "us-east-1", partition: nil), "x"),
      "the access point is in us-east-1: give --region us-east-1, or let ARNs lead to other regions"
        + " with s3_use_arn_region = true in the profile (AWS_S3_USE_ARN_REGION)"
    ),
    (BucketSelection.NoMatch(pattern: "x", bucketNames: ["a", "b"]), "it has: a, b"),
    (LateRestart.forgotten, "use --sorted, which can begin again at any time"),
    (LateRestart.outOfOrder, nil),
    (
      SpillError(cause: SystemError("write", "/x", code: 28)),
      "--sorted keeps on disk what is listed before its turn: free space there, or set TMPDIR to a "
        + "folder with more"
    ),
    (
      SQLiteError(code: 13, message: "full"),
      "free space on the index's disk, and where temporary files go (TMPDIR); what was committed is "
        + "safe, and a sync goes on from it"
    ),
    (
      SQLiteError(code: 10 | 3 << 8, message: "I/O"),
      "check the index's disk; what was committed is safe"
    ),
    (
      SQLiteError(code: 8, message: "read-only"),
      "check the permissions of the index file and its folder"
    ),
    (
      SQLiteError(code: 14, message: "cannot open"),
      "check the permissions of the index file and its folder"
    ),
    (
      SQLiteError(code: 23, message: "denied"),
      "only reading is allowed here; use the sqlite3 shell on a copy for more"
    ),
    (
      SQLiteError(code: 11, message: "malformed"),
      "restore a backup, or let 's3audit check --repair' save what can be read"
    ),
    (
      HTTPError(.tls, "no", curlCode: 77, url: "https://h"),
      "AWS_CA_BUNDLE, or ca_bundle in the profile, must name a file of certificates in PEM"
    ),
    (
      HTTPError(.tls, "no", curlCode: 35, url: "https://h", isTransient: true),
      "if the server speaks plain HTTP, write its URL with http://"
    ),
    (HTTPError(.resolve, "x", url: "https://h"), nil),
    (SQLiteError(code: 1, message: "no such table"), nil), (CancellationError(), nil),
  ]

  @Test(arguments: hints.map { Case(error: $0, expected: $1) })
  func saysWhatTheUserCanDo(_ advice: Case<String?>) {
    #expect(hint(for: advice.error) == advice.expected)
  }

  @Test func namesTheOptionThatASettingCameFrom() throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try ProfileFiles.load(from: Environment(variables: [:], home: "/home/u"))
          .select(option: "gone", environment: Environment(variables: [:], home: "/home/u"))
      })
    #expect(
      message(of: error) == """
        the profile 'gone' of --profile is neither in /home/u/.aws/config (absent) nor in \
        /home/u/.aws/credentials (absent)
        """)
    #expect(SettingOrigin.option.text(option: "--region") == "--region")
    #expect(SettingOrigin.named("AWS_REGION").text(option: "--region") == "AWS_REGION")
    #expect(ProfileOrigin.variable("AWS_PROFILE").text == "AWS_PROFILE")
  }

  @Test func errorIsOneLineAndItsHelpAnother() {
    #expect(
      errorText(CommandFailure(message: "it broke", hint: "mend it"))
        == "Error: it broke\nHelp:  mend it\n")
    #expect(errorText(CommandFailure(message: "it broke")) == "Error: it broke\n")
    #expect(
      errorText(
        S3Error(
          operation: "list", resource: "s3://logs", statusCode: 403, code: "AccessDenied",
          requestID: "R\u{1B}[2J")) == """
          Error: cannot list s3://logs: access denied (AccessDenied, request id R\\e[2J)
          Help:  check what the credentials, the bucket policy and the account allow

          """)
  }
}
