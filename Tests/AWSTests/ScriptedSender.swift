import AWS
import Foundation
import HTTP
import Signing
import Synchronization
import TestSupport

/// Answers the requests of credential providers in turn and keeps them; then nothing answers.
final class ScriptedSender: Sendable {
  typealias Answer = Result<HTTPResponse, HTTPError>

  /// Where the clock of all contexts starts, in seconds since 1970: as in the vectors of smithy-rs.
  static let start: Int64 = 1_234_567_890

  let time = VirtualTime(millisecondsSinceEpoch: ScriptedSender.start * 1_000)
  private let state: Mutex<State>

  private struct State {
    var answers: [Answer]
    var requests: [HTTPRequest] = []
  }

  init(_ answers: [Answer]) {
    state = Mutex(State(answers: answers))
  }

  convenience init(_ bodies: String...) {
    self.init(bodies.map { Self.ok($0) })
  }

  static func ok(_ body: String) -> Answer { status(200, body) }

  static func status(_ status: Int, _ body: String = "") -> Answer {
    .success(HTTPResponse(status: status, body: Array(body.utf8)))
  }

  static func failure(_ kind: HTTPError.Kind) -> Answer {
    .failure(HTTPError(kind, "no such place", url: "http://x/"))
  }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }
  /// Answers that nobody has asked for.
  var unused: Int { state.withLock { $0.answers.count } }

  private func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answers.isEmpty ? Self.failure(.connect) : state.answers.removeFirst()
    }
    return try answer.get()
  }

  /// A world in which this answers, whose waits take no time and whose chance is always 1.
  func context(
    in environment: Environment, _ files: ProfileFiles, region: Region? = nil
  ) -> CredentialContext {
    let time = time
    return CredentialContext(
      environment: environment, files: files,
      send: { request throws(HTTPError) in try self.send(request) },
      caller: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        monotonic: { time.instant() }, sleep: { time.sleep($0) }, random: { 1 }),
      endpoint: EndpointSettings.finder(environment: environment, files: files),
      region: region)
  }
}

extension HTTPRequest {
  /// The first value of a header.
  func headerValue(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The fields of a form in the body, decoded.
  var form: [String: String] { decodedForm(String(decoding: body, as: UTF8.self)) }
}

/// The fields of `a=b&c=d`, decoded.
func decodedForm(_ text: String) -> [String: String] {
  var fields: [String: String] = [:]
  for field in text.split(separator: "&") {
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    fields[String(parts[0])] = String(
      decoding: URIEncoding.decode(parts.dropFirst().joined().utf8), as: UTF8.self)
  }
  return fields
}

/// A JSON object, to be compared whatever the order of its members; nil for anything else.
func jsonObject(_ text: some Sequence<UInt8>) -> NSDictionary? {
  let value = try? JSONSerialization.jsonObject(with: Data(text))
  return (value as? [String: Any]).map { NSDictionary(dictionary: $0) }
}

/// An answer of STS with the credentials of a role.
func roleAnswer(
  _ id: String, action: String = "AssumeRole", expiration: String = "2009-02-14T00:31:30Z"
) -> String {
  """
  <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result>
  <AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>
  <Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>\(id)</AccessKeyId><SecretAccessKey>secret-\(id)</SecretAccessKey>
  <SessionToken>token-\(id)</SessionToken><Expiration>\(expiration)</Expiration></Credentials>
  </\(action)Result></\(action)Response>
  """
}

/// A refusal of STS.
func refusal(_ code: String, _ message: String = "No.") -> String {
  """
  <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
  <Code>\(code)</Code><Message>\(message)</Message></Error><RequestId>r-1</RequestId></ErrorResponse>
  """
}
