import AWS
import HTTP
import S3
import Signing
import TestSupport
import Vocabulary

/// A client of loopback servers whose waits take no time.
struct TestClient {
  let s3: S3Client
  let time = VirtualTime(millisecondsSinceEpoch: 1_790_000_000_000)

  init(
    _ origin: String, region: String = "us-east-1", attemptsMax: Int = 3,
    patience: Duration? = nil, options: S3CallOptions = S3CallOptions(),
    keysHint: String? = nil,
    credentials: CredentialSource = CredentialSource { _ in
      Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("secret"), providerName: "test")
    }
  ) throws {
    let time = time
    let caller = RetryingCaller(
      http: try HTTPClient(),
      credentials: credentials,
      policy: RetryPolicy(attemptsMax: attemptsMax, throttlingPatience: patience),
      environment: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        monotonic: { time.instant() }, sleep: { time.sleep($0) }, random: { 1 }))
    s3 = S3Client(
      caller: caller,
      endpoint: S3Endpoint(
        region: Region(region) ?? .usEast1, custom: try Endpoint(parsing: origin, from: "test")),
      options: options, keysHint: keysHint)
  }

  func list(
    _ bucket: String = "logs", prefix: String = "", from position: PagePosition = .after(.start)
  ) async throws -> ListPage {
    try await s3.listObjects(bucket: bucket, prefix: Key(prefix), from: position)
  }
}

extension ReceivedRequest {
  /// The region in the credential scope it was signed for.
  var signedRegion: String? {
    values(of: "Authorization").first?.split(separator: "/").dropFirst(2).first.map(String.init)
  }

  /// `GET /logs?list-type=2…`, without the version.
  var line: String { "\(method) \(target)" }
}

/// An error document, as the body of an answer.
func errorBody(_ code: String, _ details: String = "") -> String {
  "<Error><Code>\(code)</Code><Message>m</Message>\(details)<RequestId>R1</RequestId></Error>"
}

let emptyListing = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"

/// A list of buckets with these names.
func bucketList(_ names: [String], token: String? = nil) -> String {
  let buckets = names.map { "<Bucket><Name>\($0)</Name></Bucket>" }.joined()
  let token = token.map { "<ContinuationToken>\($0)</ContinuationToken>" } ?? ""
  return """
    <ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets>\(buckets)</Buckets>\(token)\
    </ListAllMyBucketsResult>
    """
}
