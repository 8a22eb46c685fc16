import Signing
import Testing

/// Amazon S3 API Reference, "Examples: Signature calculations in AWS Signature Version 4".
@Suite struct SigV4Tests {
  private static let context = SigningContext(
    credentials: SigningCredentials(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
    region: "us-east-1", service: "s3", time: SigningTime(secondsSinceEpoch: 1_369_353_600),
    options: .s3)

  private static let host = SigningHeader("Host", "examplebucket.s3.amazonaws.com")

  @Test(arguments: [
    (
      SigningRequest(
        method: "GET", path: "/test.txt", headers: [host, SigningHeader("Range", "bytes=0-9")]),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    ),
    (
      SigningRequest(
        method: "PUT", path: "/test%24file.text",
        headers: [
          host, SigningHeader("Date", "Fri, 24 May 2013 00:00:00 GMT"),
          SigningHeader("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ], payload: .bytes(Array("Welcome to Amazon S3.".utf8))),
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    ),
    (
      SigningRequest(method: "GET", path: "/", query: "lifecycle", headers: [host]),
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    ),
    (
      SigningRequest(method: "GET", path: "/", query: "max-keys=2&prefix=J", headers: [host]),
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    ),
  ])
  func signsPublishedS3Requests(request: SigningRequest, expected: String) {
    #expect(Signer().signHeaders(of: request, in: Self.context).signature == expected)
  }

  @Test func presignsThePublishedS3Request() {
    let request = SigningRequest(
      method: "GET", path: "/test.txt", headers: [Self.host], payload: .unsigned)
    let result = Signer().presign(request, in: Self.context, expiresInSeconds: 86_400)
    #expect(
      result.signature == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
  }

  @Test func signsTheSameWayInAnyOrderOfHeadersAndQuery() {
    let signer = Signer()
    let one = SigningRequest(
      method: "GET", path: "/", query: "b=2&a=1&a=0",
      headers: [Self.host, SigningHeader("x-amz-request-payer", "requester")])
    let two = SigningRequest(
      method: "GET", path: "/", query: "a=0&b=2&a=1",
      headers: [SigningHeader("X-AMZ-REQUEST-PAYER", " requester "), Self.host])
    #expect(
      signer.signHeaders(of: one, in: Self.context).signature
        == signer.signHeaders(of: two, in: Self.context).signature)
  }

  @Test func leavesHeadersThatProxiesChangeUnsigned() {
    let request = SigningRequest(
      method: "GET", path: "/",
      headers: [
        Self.host, SigningHeader("User-Agent", "s3audit"), SigningHeader("Expect", "x"),
      ])
    let result = Signer().signHeaders(of: request, in: Self.context)
    #expect(result.canonicalRequest.contains("\nhost;x-amz-content-sha256;x-amz-date\n"))
  }

  @Test func signsAnS3PathAsItIsSent() {
    let request = SigningRequest(method: "GET", path: "//a/../b%20c/./", headers: [Self.host])
    let result = Signer().signHeaders(of: request, in: Self.context)
    #expect(result.canonicalRequest.hasPrefix("GET\n//a/../b%20c/./\n"))
  }

  @Test(arguments: [
    ("", "/"), ("/", "/"), ("//", "/"), ("/a/./b", "/a/b"), ("/a/..", "/"), ("/../a", "/a"),
    ("/a//b/", "/a/b/"), ("/a/b/..", "/a"), ("/a%20b", "/a%2520b"), ("/...", "/..."),
  ])
  func normalizesAndEncodesOtherServicesPaths(path: String, expected: String) {
    var context = Self.context
    context.options = .standard
    let request = SigningRequest(method: "GET", path: path, headers: [Self.host])
    let result = Signer().signHeaders(of: request, in: context)
    #expect(result.canonicalRequest.hasPrefix("GET\n\(expected)\n"))
  }

  @Test func cachesAKeyOnlyForItsOwnSecretDayRegionAndService() {
    let signer = Signer()
    let request = SigningRequest(method: "GET", path: "/", headers: [Self.host])
    var contexts = [Self.context]
    for region in 0..<100 {
      var context = Self.context
      context.region = "region-\(region)"
      contexts.append(context)
    }
    var other = Self.context
    other.credentials.secretAccessKey = Secret("other")
    contexts.append(other)
    other = Self.context
    other.service = "sts"
    contexts.append(other)
    other = Self.context
    other.time.secondsSinceEpoch += 86_400
    contexts.append(other)
    contexts.append(Self.context)
    for context in contexts {
      #expect(
        signer.signHeaders(of: request, in: context)
          == Signer().signHeaders(of: request, in: context))
    }
  }
}

@Suite struct SigningTimeTests {
  @Test(arguments: [
    (0, "19700101T000000Z"), (1_440_938_160, "20150830T123600Z"), (951_782_400, "20000229T000000Z"),
    (4_107_542_399, "21000228T235959Z"), (4_107_542_400, "21000301T000000Z"),
    (-1, "19691231T235959Z"), (1_798_761_599, "20261231T235959Z"),
  ])
  func writesTheBasicFormat(seconds: Int64, expected: String) {
    let time = SigningTime(secondsSinceEpoch: seconds)
    #expect(time.basicFormat == expected)
    #expect(time.day == expected.prefix(8))
  }
}

@Suite struct URIEncodingTests {
  @Test(arguments: [
    ("", ""), ("AZaz09-_.~", "AZaz09-_.~"), (" ", "%20"), ("+", "%2B"), ("a/b", "a%2Fb"),
    ("ሴ", "%E1%88%B4"), ("%41", "%2541"), ("*'()!", "%2A%27%28%29%21"), ("\u{0}\r\n", "%00%0D%0A"),
  ])
  func encodesAllButUnreserved(text: String, expected: String) {
    #expect(URIEncoding.encode(text) == expected)
    #expect(URIEncoding.decode(expected.utf8) == Array(text.utf8))
  }

  @Test func keepsSlashesOfPaths() {
    #expect(URIEncoding.encode("/a b//c", keepsSlash: true) == "/a%20b//c")
  }

  @Test func givesEveryByteBack() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(URIEncoding.decode(URIEncoding.encode(bytes).utf8) == bytes)
  }

  @Test(arguments: ["%", "%4", "%zz", "a%", "%%", "+", "%4g%"])
  func leavesWhatIsNoEscape(text: String) {
    #expect(URIEncoding.decode(text.utf8) == Array(text.utf8))
  }
}

@Suite struct RedactionTests {
  private static let canary = "canary-7f3a"

  /// Every road from a value to text.
  private static func texts(of value: Any) -> [String] {
    var dumped = ""
    dump(value, to: &dumped)
    return ["\(value)", String(describing: value), String(reflecting: value), dumped]
  }

  @Test func showsNoSecret() {
    let credentials = SigningCredentials(
      accessKeyID: "AKID", secretAccessKey: Secret(Self.canary), sessionToken: Secret(Self.canary))
    let context = SigningContext(
      credentials: credentials, region: "us-east-1", service: "s3",
      time: SigningTime(secondsSinceEpoch: 0), options: .s3)
    let key = SigningKey(
      secret: Secret(Self.canary), day: "20150830", region: "us-east-1", service: "s3")
    let signer = Signer()
    let signature = signer.signHeaders(
      of: SigningRequest(method: "GET", path: "/", headers: []), in: context)
    #expect(signature.canonicalRequest.contains(Self.canary))
    let values: [Any] = [Secret(Self.canary), credentials, context, key, signer, signature]
    for text in values.flatMap(Self.texts(of:)) {
      #expect(!text.contains(Self.canary))
      #expect(!text.contains(signature.signature))
    }
  }
}
