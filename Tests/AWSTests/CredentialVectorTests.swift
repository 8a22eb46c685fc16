import AWS
import Foundation
import HTTP
import Signing
import TestSupport
import Testing

/// Whole-chain cases of smithy-lang/smithy-rs: environment, files, recorded requests and answers.
@Suite(
  .enabled(if: Vectors.havePart("credentials"), Comment(rawValue: Vectors.notice("credentials"))))
struct CredentialVectorTests {
  static let folders = ["default-credential-provider-chain", "profile-provider"]
  static let cases = folders.flatMap { cases(in: $0) }

  private static func cases(in folder: String) -> [String] {
    Vectors.names(in: "credentials/\(folder)").map { "credentials/\(folder)/\($0)" }
      .filter { Vectors.names(in: $0).contains("test-case.json") }
  }

  @Test(arguments: folders)
  func findsTheSuite(folder: String) {
    #expect(!Self.cases(in: folder).isEmpty)
  }

  @Test(arguments: cases)
  func findsTheExpectedCredentials(path: String) async throws {
    let vector = try ChainVector(path)
    let replay = Replay(vector.exchanges)
    let outcome: Result<Credentials?, any Error>
    do {
      outcome = .success(
        try await findCredentials(in: vector.environment, sender: replay.sender))
    } catch {
      outcome = .failure(error)
    }
    replay.expectRequests(of: vector)
    switch (vector.expectation, outcome) {
    case (.credentials(let expected), .success(let found)):
      let found = try #require(found)
      #expect(found.accessKeyID == expected.accessKeyID)
      #expect(found.secretAccessKey.revealed == expected.secretAccessKey)
      #expect(found.sessionToken?.revealed == expected.sessionToken)
      #expect(found.accountID == expected.accountID)
      #expect(found.expiration?.secondsSinceEpoch == expected.expiry)
    case (.error(let words), .failure(let error)):
      if let ours = Self.wordsForTheSame(words) { #expect("\(error)".contains(ours)) }
    case (.credentials, .failure(let error)):
      Issue.record("\(error)")
    case (.error(let words), .success):
      Issue.record("should have failed: \(words)")
    }
  }

  /// What our error says where smithy-rs says `words`; nil where that it fails must do.
  private static func wordsForTheSame(_ words: String) -> String? {
    let pairs = [
      ("the credential provider was not enabled", "no AWS credentials found"),
      ("provider was not enabled", "no credentials in Environment, the credential_source"),
      ("IMDS is disabled", "gives no token (status 403)"),
      ("`role_arn` was missing", "role_arn is missing"),
      ("No such file or directory", "does not exist"),
      ("InvalidIdentityToken", "InvalidIdentityToken"),
      ("ExpiredToken", "ExpiredToken"),
    ]
    return pairs.first { words.contains($0.0) }?.1
  }
}

@Suite struct RecordedBodyTests {
  // SSO is asked in JSON, STS in forms.
  @Test func comparesJSONByItsMembers() {
    let recorded = jsonObject(#"{"clientId":"c","grantType":"refresh_token"}"#.utf8)
    #expect(recorded != nil)
    #expect(jsonObject(#"{ "grantType": "refresh_token", "clientId": "c" }"#.utf8) == recorded)
    #expect(jsonObject(#"{"clientId":"c"}"#.utf8) != recorded)
    #expect(jsonObject("Action=AssumeRole&Version=2011-06-15".utf8) == nil)
  }
}

/// One case: its folder holds `env.json`, `fs/`, `http-traffic.json` and `test-case.json`.
private struct ChainVector {
  struct Expected: Decodable {
    var accessKeyID: String
    var secretAccessKey: String
    var sessionToken: String?
    var accountID: String?
    var expiry: Int64?

    enum CodingKeys: String, CodingKey {
      case accessKeyID = "access_key_id"
      case secretAccessKey = "secret_access_key"
      case sessionToken = "session_token"
      case accountID = "account_id"
      case expiry
    }
  }

  enum Expectation {
    case credentials(Expected)
    case error(String)
  }

  private struct CaseFile: Decodable {
    struct Outcome: Decodable {
      var success: Expected?
      var error: String?

      enum CodingKeys: String, CodingKey {
        case success = "Ok"
        case error = "ErrorContains"
      }
    }

    var result: Outcome
  }

  let name: String
  let environment: Environment
  let expectation: Expectation
  let exchanges: [RecordedExchange]

  init(_ path: String) throws {
    let decoder = JSONDecoder()
    name = String(path.split(separator: "/").last ?? "")
    let variables = try decoder.decode(
      [String: String].self, from: Vectors.data("\(path)/env.json"))
    environment = Environment(variables: variables) { file throws(ConfigurationError) in
      // Most cases lack one of the two files.
      (try? Vectors.data("\(path)/fs\(file)")).map { Array($0) }
    }
    let outcome = try decoder.decode(CaseFile.self, from: Vectors.data("\(path)/test-case.json"))
      .result
    if let success = outcome.success {
      expectation = .credentials(success)
    } else {
      expectation = .error(try #require(outcome.error))
    }
    exchanges = try RecordedExchange.all(in: Vectors.data("\(path)/http-traffic.json"))
  }
}

/// A request and its answer, as a case has recorded them.
private struct RecordedExchange {
  var method: String
  var url: String
  var requestBody = ""
  var answer: ScriptedSender.Answer?
  var answerBody = ""

  /// Events of one connection belong together; connections are in the order of their requests.
  static func all(in traffic: Data) throws -> [RecordedExchange] {
    let root = try #require(JSONSerialization.jsonObject(with: traffic) as? [String: Any])
    let events = try #require(root["events"] as? [[String: Any]])
    var order: [Int] = []
    var exchanges: [Int: RecordedExchange] = [:]
    for event in events {
      let connection = try #require(event["connection_id"] as? Int)
      let action = try #require((event["action"] as? [String: [String: Any]])?.first)
      switch action.key {
      case "Request":
        let request = try #require(action.value["request"] as? [String: Any])
        order.append(connection)
        exchanges[connection] = RecordedExchange(
          method: try #require(request["method"] as? String),
          url: try #require(request["uri"] as? String))
      case "Response":
        let response = try #require(action.value["response"] as? [String: Any])
        let success = response["Ok"] as? [String: Any]
        exchanges[connection]?.answer =
          success.map { ScriptedSender.status($0["status"] as? Int ?? 0) }
          ?? ScriptedSender.failure(.connect)
      case "Data":
        let text = Self.text(of: action.value["data"] as? [String: String] ?? [:])
        if action.value["direction"] as? String == "Request" {
          exchanges[connection]?.requestBody += text
        } else {
          exchanges[connection]?.answerBody += text
        }
      default: break
      }
    }
    return order.compactMap { exchanges[$0] }
  }

  /// Bodies are recorded as they are, or encoded where they are no text.
  private static func text(of body: [String: String]) -> String {
    let decoded = body["Base64"].flatMap { Data(base64Encoded: $0) }
    return body["Utf8"] ?? decoded.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  var response: ScriptedSender.Answer {
    let body = Array(answerBody.utf8)
    return (answer ?? ScriptedSender.failure(.connectionLost)).map { response in
      HTTPResponse(status: response.status, body: body)
    }
  }
}

/// Answers as recorded, and compares the requests with the recorded ones.
private struct Replay {
  let sender: ScriptedSender
  private let exchanges: [RecordedExchange]

  init(_ exchanges: [RecordedExchange]) {
    self.exchanges = exchanges
    sender = ScriptedSender(exchanges.map(\.response))
  }

  /// Recorded with another role and token than the case's own files name.
  private static let recordedElsewhere = [
    "web_identity_token_env", "web_identity_token_profile", "web_identity_token_source_profile",
  ]

  func expectRequests(of vector: ChainVector) {
    let sent = sender.requests
    for (request, recorded) in zip(sent, exchanges) {
      #expect(request.method == recorded.method)
      #expect(comparable(request.url) == comparable(recorded.url))
      guard recorded.method == "POST", !recorded.requestBody.isEmpty else { continue }
      if let expected = jsonObject(recorded.requestBody.utf8) {
        #expect(jsonObject(request.body) == expected)
        continue
      }
      var fields = request.form
      var expected = decodedForm(recorded.requestBody)
      // Everyone calls a session differently when nobody gave it a name.
      if fields["RoleSessionName"]?.hasPrefix("s3audit-") == true {
        fields["RoleSessionName"] = expected["RoleSessionName"]
      }
      if Self.recordedElsewhere.contains(vector.name) {
        for name in ["RoleArn", "WebIdentityToken"] where expected[name] != nil {
          expected[name] = fields[name] ?? "absent"
        }
      }
      #expect(fields == expected)
    }
    #expect(sent.count >= exchanges.count, "requests that were recorded and not sent")
    for request in sent.dropFirst(exchanges.count) {
      // What failed at last may be asked again. And cases of single providers end where the chain
      // goes on, at last to the metadata service.
      let isRepetition =
        exchanges.last.map { comparable($0.url) == comparable(request.url) } == true
      #expect(isRepetition || request.description == "PUT http://169.254.169.254/latest/api/token")
    }
  }

  /// An empty path is a slash; parameters have no order.
  private func comparable(_ url: String) -> String {
    let parts = url.split(separator: "?", maxSplits: 1)
    let query = parts.dropFirst().joined().split(separator: "&").sorted().joined(separator: "&")
    let place =
      parts[0].split(separator: "/").count == 2 && !parts[0].hasSuffix("/")
      ? parts[0] + "/" : parts[0]
    return query.isEmpty ? String(place) : "\(place)?\(query)"
  }
}
