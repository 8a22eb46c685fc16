import Signing
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The signing suite of awslabs/aws-c-auth, every case of it that is present.
@Suite(.enabled(if: Vectors.havePart("sigv4"), Comment(rawValue: Vectors.notice("sigv4"))))
struct SigV4VectorTests {
  static let cases = Vectors.names(in: "sigv4")

  @Test func findsTheSuite() {
    #expect(!Self.cases.isEmpty)
  }

  @Test(arguments: cases)
  func signsInHeaders(name: String) throws {
    let vector = try SigV4Vector(name)
    let result = Signer().signHeaders(of: vector.request, in: vector.context)
    #expect(try result.canonicalRequest == vector.text("header-canonical-request.txt"))
    #expect(try result.stringToSign == vector.text("header-string-to-sign.txt"))
    #expect(try result.signature == vector.text("header-signature.txt"))
    let signed = vector.signedRequest(query: result.query, headers: result.addedHeaders)
    #expect(try signed == vector.text("header-signed-request.txt"))
  }

  @Test(arguments: cases)
  func signsInTheQuery(name: String) throws {
    let vector = try SigV4Vector(name)
    var context = vector.context
    context.options.addsPayloadHashHeader = false
    let result = Signer().presign(
      vector.request, in: context, expiresInSeconds: vector.expiresInSeconds)
    #expect(try result.canonicalRequest == vector.text("query-canonical-request.txt"))
    #expect(try result.stringToSign == vector.text("query-string-to-sign.txt"))
    #expect(try result.signature == vector.text("query-signature.txt"))
    let signed = vector.signedRequest(query: result.query, headers: result.addedHeaders)
    #expect(try signed == vector.text("query-signed-request.txt"))
  }
}

/// One folder of the suite.
private struct SigV4Vector {
  let name: String
  let request: SigningRequest
  let context: SigningContext
  let expiresInSeconds: Int
  private let headLines: [Substring]
  private let body: String

  init(_ name: String) throws {
    self.name = name
    let file = try JSONDecoder().decode(
      ContextFile.self, from: Vectors.data("sigv4/\(name)/context.json"))
    let text = try Self.text("request.txt", of: name)
    let end = text.firstRange(of: "\n\n")
    body = end.map { String(text[$0.upperBound...]) } ?? ""
    headLines = text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\n")

    let target = try #require(headLines.first).split(separator: " ", maxSplits: 1)
    let uri = target[1].replacing(" HTTP/1.1", with: "")
    let question = uri.firstIndex(of: "?") ?? uri.endIndex
    let payload: SigningPayload =
      file.signedBodyValue == "UNSIGNED-PAYLOAD" ? .unsigned : .bytes(Array(body.utf8))
    request = SigningRequest(
      method: String(target[0]), path: String(uri[..<question]),
      query: String(uri[question...].dropFirst()), headers: Self.headers(headLines.dropFirst()),
      payload: payload)
    context = SigningContext(
      credentials: SigningCredentials(
        accessKeyID: file.credentials.accessKeyID,
        secretAccessKey: Secret(file.credentials.secretAccessKey),
        sessionToken: file.credentials.token.map(Secret.init)),
      region: file.region, service: file.service,
      time: SigningTime(
        secondsSinceEpoch: Int64(
          try Date(file.timestamp, strategy: .iso8601).timeIntervalSince1970)),
      options: SigningOptions(
        normalizesPath: file.normalize, doubleEncodesPath: file.doubleURIEncode ?? true,
        addsPayloadHashHeader: file.signBody,
        signsSessionToken: file.omitSessionToken != true))
    expiresInSeconds = file.expirationInSeconds
  }

  func text(_ file: String) throws -> String {
    try Self.text(file, of: name)
  }

  func signedRequest(query: String, headers: [SigningHeader]) -> String {
    let uri = query.isEmpty ? request.path : "\(request.path)?\(query)"
    let lines =
      ["\(request.method) \(uri) HTTP/1.1"] + headLines.dropFirst().map(String.init)
      + headers.map { "\($0.name):\($0.value)" }
    return lines.joined(separator: "\n") + "\n\n" + body
  }

  private static func headers(_ lines: some Sequence<Substring>) -> [SigningHeader] {
    var headers: [SigningHeader] = []
    for line in lines {
      if line.first == " " || line.first == "\t", let last = headers.indices.last {
        headers[last].value += "\n" + line
      } else {
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        headers.append(SigningHeader(String(line[..<colon]), String(line[colon...].dropFirst())))
      }
    }
    return headers
  }

  private static func text(_ file: String, of name: String) throws -> String {
    String(decoding: try Vectors.data("sigv4/\(name)/\(file)"), as: UTF8.self)
  }
}

private struct ContextFile: Decodable {
  struct Credentials: Decodable {
    var accessKeyID: String
    var secretAccessKey: String
    var token: String?

    enum CodingKeys: String, CodingKey {
      case accessKeyID = "access_key_id"
      case secretAccessKey = "secret_access_key"
      case token
    }
  }

  var credentials: Credentials
  var region: String
  var service: String
  var timestamp: String
  var normalize: Bool
  var signBody: Bool
  var signedBodyValue: String?
  var omitSessionToken: Bool?
  var doubleURIEncode: Bool?
  var expirationInSeconds: Int

  enum CodingKeys: String, CodingKey {
    case credentials, region, service, timestamp, normalize
    case signBody = "sign_body"
    case signedBodyValue = "signed_body_value"
    case omitSessionToken = "omit_session_token"
    case doubleURIEncode = "use_double_uri_encode"
    case expirationInSeconds = "expiration_in_seconds"
  }
}
