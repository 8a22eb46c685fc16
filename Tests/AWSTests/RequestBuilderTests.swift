import AWS
import HTTP
import Signing
import Testing

@Suite struct RequestBuilderTests {
  private static let credentials = Credentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), providerName: "test")

  /// 2013-05-24, the day of AWS's published examples.
  private static let day = SigningTime(secondsSinceEpoch: 1_369_353_600)

  private func address(_ url: String) throws -> ServiceAddress {
    try CallerFixture.address(url)
  }

  private func request(
    _ url: String, path: [UInt8] = [], query: [QueryParameter] = [], headers: [HTTPHeader] = [],
    credentials: Credentials? = credentials
  ) throws -> HTTPRequest {
    RequestBuilder().request(
      address: try address(url), path: path, query: query, headers: headers,
      credentials: credentials, time: Self.day)
  }

  // Amazon S3 API Reference, "Examples: Signature calculations", List Objects.
  @Test func signsThePublishedListRequest() throws {
    let request = try request(
      "https://examplebucket.s3.amazonaws.com",
      query: [QueryParameter("max-keys", "2"), QueryParameter("prefix", "J")])
    #expect(request.url == "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J")
    #expect(
      request.headers == [
        HTTPHeader(name: "Host", value: "examplebucket.s3.amazonaws.com"),
        HTTPHeader(name: "X-Amz-Date", value: "20130524T000000Z"),
        HTTPHeader(
          name: "x-amz-content-sha256",
          value: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        HTTPHeader(
          name: "Authorization",
          value: """
            AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
            SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
            Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7
            """),
      ])
  }

  @Test(arguments: [
    ("https://h", "", "https://h/"), ("https://h/base", "", "https://h/base"),
    ("https://h", "a b/ü+%/../.", "https://h/a%20b/%C3%BC%2B%25/../."),
    ("https://h/base", "/x", "https://h/base//x"), ("http://h:9000", "x", "http://h:9000/x"),
    ("http://h:80", "x", "http://h/x"),
  ])
  func escapesThePathOnce(endpoint: String, key: String, url: String) throws {
    #expect(try request(endpoint, path: Array(key.utf8)).url == url)
  }

  @Test func escapesTheQueryAndSignsWhatItSends() throws {
    let query = [
      QueryParameter("start-after", "a b+/=&ü"), QueryParameter("versions"),
      QueryParameter(name: [0xFF], value: [0x00]),
    ]
    let sent = try request("http://h:9000", query: query)
    #expect(sent.url == "http://h:9000/?start-after=a%20b%2B%2F%3D%26%C3%BC&versions=&%FF=%00")
    let signed = Signer().signHeaders(
      of: SigningRequest(
        method: "GET", path: "/", query: String(sent.url.drop { $0 != "?" }.dropFirst()),
        headers: [SigningHeader("Host", "h:9000")]),
      in: SigningContext(
        credentials: Self.credentials.signing, region: "us-east-1", service: "s3", time: Self.day,
        options: .s3))
    #expect(sent.headers.last?.value == signed.addedHeaders.last?.value)
  }

  @Test func sendsNothingToSignWithoutCredentials() throws {
    let request = try request("http://h:9000", credentials: nil)
    #expect(request.headers == [HTTPHeader(name: "Host", value: "h:9000")])
  }

  @Test func signsTokensBodiesAndExtraHeaders() throws {
    var credentials = Self.credentials
    credentials.sessionToken = Secret("token")
    let request = RequestBuilder().request(
      method: "POST", address: try address("https://h"),
      headers: [HTTPHeader(name: "x-amz-request-payer", value: "requester")],
      body: Array("body".utf8), credentials: credentials, time: Self.day)
    let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
    #expect(headers["X-Amz-Security-Token"] == "token")
    #expect(headers["x-amz-content-sha256"] == SHA256.hex("body".utf8))
    #expect(
      headers["Authorization"]?.contains(
        """
        SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-request-payer;\
        x-amz-security-token,
        """) == true)
    #expect(request.body == Array("body".utf8))
  }

  // Amazon S3 API Reference, "CreateSession": the token has a header of its own, and is signed.
  @Test func sendsTheTokenOfABucketsSessionInItsOwnHeader() throws {
    var credentials = Self.credentials
    credentials.sessionToken = Secret("token")
    var address = try address(
      "https://b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com")
    address.scheme = .s3Express
    address.signingName = "s3express"
    let request = RequestBuilder().request(
      address: address, credentials: credentials, time: Self.day)
    #expect(request.headers.contains(HTTPHeader(name: "x-amz-s3session-token", value: "token")))
    #expect(!request.headers.contains { $0.name.lowercased() == "x-amz-security-token" })
    let authorization = request.headers.first { $0.name == "Authorization" }?.value
    #expect(
      authorization?.contains(
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token,") == true)
    #expect(authorization?.contains("/us-east-1/s3express/aws4_request,") == true)
  }
}
