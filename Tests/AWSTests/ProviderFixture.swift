import AWS
import Foundation
import HTTP
import Signing
import Synchronization
import TestSupport

/// What a provider of credentials needs: a home of its own, and a service that answers from a list.
final class ProviderFixture: Sendable {
  private struct Script {
    var answers: [Result<HTTPResponse, HTTPError>]
    var requests: [HTTPRequest] = []
  }

  private let folder: TemporaryFolder
  private let variables: [String: String]
  private let time: SigningTime
  private let script: Mutex<Script>

  /// The service answers in turn; a request too many fails for good.
  init(
    config: String, variables: [String: String] = [:], now: SigningTime = AWSTests.time(0),
    answers: [Result<HTTPResponse, HTTPError>] = []
  ) throws {
    folder = try TemporaryFolder()
    self.variables = variables
    time = now
    script = Mutex(Script(answers: answers))
    try write(config, to: ".aws/config")
  }

  var requests: [HTTPRequest] { script.withLock(\.requests) }

  /// The whole path of a file in the home.
  func path(_ name: String) -> String { folder.file(name) }

  func write(_ text: String, to name: String) throws {
    let url = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: URL(filePath: path(name)), encoding: .utf8)
  }

  /// The values of a JSON file that are text, under their keys; nested ones under `outer.inner`.
  func readTexts(_ name: String) throws -> [String: String] {
    let value = try JSONSerialization.jsonObject(with: Data(try read(name).utf8))
    return texts(in: value as? [String: Any] ?? [:])
  }

  func permissions(of name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
  }

  func names(in name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  var context: CredentialContext {
    get throws {
      let environment = Environment(variables: variables, home: folder.path) {
        path throws(ConfigurationError) in
        FileManager.default.contents(atPath: path).map { Array($0) }
      }
      return CredentialContext(
        environment: environment, files: try ProfileFiles.load(from: environment),
        send: { [self] request throws(HTTPError) in try next(request).get() },
        caller: CallerEnvironment(now: { [time] in time }, sleep: { _ in }, random: { 1 }),
        endpoint: { service, region, _ throws(ConfigurationError) in
          try Endpoint(parsing: "https://\(service.rawValue).\(region).test", from: "test")
        })
    }
  }

  func profile(_ name: String = "work") throws -> SelectedProfile {
    let context = try context
    return try context.files.select(option: name, environment: context.environment)
  }

  private func next(_ request: HTTPRequest) -> Result<HTTPResponse, HTTPError> {
    script.withLock { script in
      script.requests.append(request)
      guard script.requests.count <= script.answers.count else {
        return .failure(HTTPError(.invalidURL, "a request too many", url: request.url))
      }
      return script.answers[script.requests.count - 1]
    }
  }
}

private func texts(in object: [String: Any]) -> [String: String] {
  var found: [String: String] = [:]
  for (key, value) in object {
    if let text = value as? String { found[key] = text }
    for (inner, text) in texts(in: value as? [String: Any] ?? [:]) {
      found["\(key).\(inner)"] = text
    }
  }
  return found
}

/// A whole answer with a body of JSON.
func reply(
  _ body: String, status: Int = 200, headers: [HTTPHeader] = []
) -> Result<HTTPResponse, HTTPError> {
  .success(HTTPResponse(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8)))
}

extension HTTPRequest {
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The text values of a body that is a JSON object.
  func bodyTexts() throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: Data(body))
  }
}
