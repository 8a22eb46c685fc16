import AWS
import HTTP
import S3
import Testing

@Suite struct S3ErrorTests {
  @Test(arguments: [
    (
      S3Error(
        operation: "list", resource: "s3://logs", statusCode: 403, code: "AccessDenied",
        message: "Access Denied", requestID: "4442587FB7D0A2F9"),
      "cannot list s3://logs: access denied (AccessDenied, request id 4442587FB7D0A2F9)"
    ),
    (
      S3Error(operation: "list", resource: "s3://logs", statusCode: 404, code: "NoSuchBucket"),
      "cannot list s3://logs: no such bucket (NoSuchBucket)"
    ),
    (
      S3Error(
        operation: "list", resource: "s3://logs", statusCode: 301, code: "PermanentRedirect",
        region: "eu-west-1"),
      "cannot list s3://logs: the bucket is in another region (PermanentRedirect, region eu-west-1)"
    ),
    (
      S3Error(
        operation: "list", resource: "s3://logs", code: "Odd\u{1B}[2JCode", message: "a\nb\u{202E}."
      ),
      "cannot list s3://logs: a\\nb\\u{202E} (Odd\\e[2JCode)"
    ),
    (
      S3Error(operation: "list", resource: "s3://logs", statusCode: 503),
      "cannot list s3://logs: the service asks for fewer requests (status 503)"
    ),
    (
      S3Error(operation: "list", resource: "s3://logs", statusCode: 407),
      "cannot list s3://logs: the proxy refused the request (status 407)"
    ),
    (S3Error(operation: "list", resource: "s3://l"), "cannot list s3://l: the request failed"),
  ])
  func describesItself(error: S3Error, text: String) {
    #expect(error.description == text)
  }

  @Test(arguments: [
    "AccessDenied", "NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
    "RequestTimeTooSkewed", "SlowDown", "PermanentRedirect",
    "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "UnrecognizedClientException",
  ])
  func hintsWhereTheUserCanAct(code: String) {
    let error = S3Error(operation: "list", resource: "s3://b", code: code, message: "The words")
    #expect(error.hint != nil)
    #expect(!error.description.contains("The words"))
  }

  @Test func sendsToTheProxyWhoseRefusalItIs() {
    let error = S3Error(operation: "list", resource: "s3://b", statusCode: 407)
    #expect(error.hint == .words(HTTPError.proxyPasswordHint))
  }

  @Test func keepsGivenHintAndInventsNone() {
    #expect(S3Error(operation: "list", resource: "s3://b", code: "Odd").hint == nil)
    #expect(
      S3Error(operation: "list", resource: "s3://b", code: "AccessDenied", hint: "ask").hint
        == "ask")
  }

  @Test func comesFromAnswers() {
    var service = ServiceError(code: "SlowDown", message: "Reduce your request rate.")
    service.requestID = "R"
    let error = S3Error(
      operation: "list", resource: "s3://b", statusCode: 200, answer: .service(service))
    #expect(error.code == "SlowDown" && error.requestID == "R" && error.statusCode == 200)
    let odd = S3Error(
      operation: "list", resource: "s3://b", statusCode: 200, answer: .notS3(beginning: "<html>"))
    #expect(
      odd.description
        == "cannot list s3://b: not an S3 answer: it begins with '<html>' (status 200)")
  }
}
