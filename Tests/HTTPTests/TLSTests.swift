import Foundation
import HTTP
import TestSupport
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
    #expect(error?.certificateProblem == .unknownAuthority)
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
    #expect(error?.certificateProblem == .otherHost)
  }

  @Test func refusesACertificateThatHasExpired() async throws {
    let server = try OpenSSL(host: "127.0.0.1", hasExpired: true)
    defer { server.stop() }
    let client = try HTTPClient(HTTPConfiguration(caBundlePath: server.certificatePath))
    let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
    #expect(error?.kind == .tls)
    #expect(error?.certificateProblem == .outOfDate)
  }

  @Test func refusesAnAuthorityFileThatIsNotThere() async throws {
    let server = try OpenSSL(host: "127.0.0.1")
    defer { server.stop() }
    let client = try HTTPClient(HTTPConfiguration(caBundlePath: "/nowhere/ca.pem"))
    let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
    #expect(error?.kind == .tls)
    #expect(error?.curlCode == 77)
    #expect(error?.certificateProblem == nil)
  }
}

/// A TLS server in a process of its own.
private struct OpenSSL {
  static let isPresent = path != nil
  private static let path = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    .map { $0 + "/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  let certificatePath: String
  private let folder: TemporaryFolder
  private let server: ShellCommand
  private let processID: Int32
  private let port: String

  var origin: String { "https://127.0.0.1:\(port)" }

  /// Starts a server whose certificate is for the address `host`, and waits until it listens.
  init(host: String, hasExpired: Bool = false) throws {
    let path = try #require(Self.path)
    folder = try TemporaryFolder()
    certificatePath = folder.file("certificate.pem")
    let keyPath = folder.file("key.pem")
    let request = try ShellCommand(
      """
      '\(path)' req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=s3audit test' \
        -addext subjectAltName=IP:\(host) -keyout '\(keyPath)' -out '\(certificatePath)' 2>/dev/null
      """)
    try #require(request.waitForEnd() == 0)
    if hasExpired {
      // `req` makes none that is over before it begins.
      let expiry = try ShellCommand(
        """
        cd '\(folder.path)' && '\(path)' x509 -in certificate.pem -signkey key.pem -days -1 \
          -out expired.pem 2>/dev/null && mv expired.pem certificate.pem
        """)
      try #require(expiry.waitForEnd() == 0)
    }

    server = try ShellCommand(
      """
      echo $$; exec '\(path)' s_server -accept 127.0.0.1:0 -www \
        -cert '\(certificatePath)' -key '\(keyPath)' 2>/dev/null </dev/null
      """)
    processID = try #require(server.nextLine().flatMap { Int32($0) })
    var line = server.nextLine()
    // It says `ACCEPT 127.0.0.1:40123` when it listens.
    while let text = line, !text.hasPrefix("ACCEPT") { line = server.nextLine() }
    port = try #require(line?.components(separatedBy: ":").last)
  }

  func stop() {
    // The gentler signals are blocked in it: it inherited the mask of a Dispatch thread.
    kill(processID, SIGKILL)
    _ = server.waitForEnd()
  }
}

private struct ShellCommand {
  private let output: UnsafeMutablePointer<FILE>

  init(_ command: String) throws {
    output = try #require(popen(command, "r"))
  }

  func nextLine() -> String? {
    var line = [UInt8]()
    while case let byte = getc(output), byte != EOF {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(UInt8(truncatingIfNeeded: byte))
    }
    return nil
  }

  /// The status as of `wait`.
  func waitForEnd() -> Int32 {
    while nextLine() != nil {}
    return pclose(output)
  }
}
