import Foundation
import HTTP
import Testing

/// Against `openssl s_server` with a certificate of its own.
@Suite(.enabled(if: OpenSSL.isPresent, "there is no openssl program"))
struct TLSTests {
  @Test func refusesASelfSignedCertificate() async throws {
    let server = try OpenSSL(host: "127.0.0.1")
    defer { server.stop() }
    let error = try await HTTPClient().failure(of: HTTPRequest(url: server.origin + "/"))
    #expect(error?.kind == .tls)
    #expect(error?.curlCode == 60)
    #expect(error?.isTransient == false)
  }

  @Test func acceptsACertificateOfTheConfiguredAuthority() async throws {
    let server = try OpenSSL(host: "127.0.0.1")
    defer { server.stop() }
    let client = try HTTPClient(HTTPConfiguration(caBundlePath: server.certificatePath))
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self).contains("TLSv1.3"))
  }

  @Test func refusesACertificateOfAnotherHost() async throws {
    let server = try OpenSSL(host: "127.0.0.2")
    defer { server.stop() }
    let client = try HTTPClient(HTTPConfiguration(caBundlePath: server.certificatePath))
    let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
    #expect(error?.kind == .tls)
  }

  @Test func refusesAnAuthorityFileThatIsNotThere() async throws {
    let server = try OpenSSL(host: "127.0.0.1")
    defer { server.stop() }
    let client = try HTTPClient(HTTPConfiguration(caBundlePath: "/nowhere/ca.pem"))
    let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
    #expect(error?.kind == .tls)
    #expect(error?.curlCode == 77)
  }
}

private struct OpenSSL {
  static let isPresent = path != nil
  private static let path = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    .map { $0 + "/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  let certificatePath: String
  private let folder: URL
  private let port: String
  private let process = Process()

  var origin: String { "https://127.0.0.1:\(port)" }

  /// Starts a server whose certificate is for the address `host`, and waits until it listens.
  init(host: String) throws {
    let path = try #require(Self.path)
    folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificatePath = folder.appending(path: "certificate.pem").path
    let keyPath = folder.appending(path: "key.pem").path

    let request = Process()
    request.executableURL = URL(filePath: path)
    request.arguments = [
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=s3audit test",
      "-addext", "subjectAltName=IP:\(host)", "-keyout", keyPath, "-out", certificatePath,
    ]
    request.standardError = FileHandle.nullDevice
    try request.run()
    request.waitUntilExit()
    try #require(request.terminationStatus == 0)

    let output = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = [
      "s_server", "-accept", "127.0.0.1:0", "-cert", certificatePath, "-key", keyPath, "-www",
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // It says `ACCEPT 127.0.0.1:40123` when it listens.
    var text = ""
    while !(text.contains("ACCEPT") && text.hasSuffix("\n")) {
      let part = output.fileHandleForReading.availableData
      try #require(!part.isEmpty, "openssl s_server ended: \(text)")
      text += String(decoding: part, as: UTF8.self)
    }
    port = text.trimmingCharacters(in: .whitespacesAndNewlines).components(separatedBy: ":").last ?? ""
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
    // A folder that stays behind in the temporary directory harms nobody.
    try? FileManager.default.removeItem(at: folder)
  }
}
