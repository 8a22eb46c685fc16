import AWS
import Foundation
import Signing
import TestSupport
import Testing

@Suite struct ProcessCredentialsTests {
  private static let keys =
    #""Version": 1, "AccessKeyId": "ASIA1", "SecretAccessKey": "canary""#

  private static func find(
    _ commandLine: String, variables: [String: String] = [:], more: String = ""
  ) async throws -> Credentials? {
    let fixture = try ProviderFixture(
      config: "[profile work]\ncredential_process = \(commandLine)\n\(more)", variables: variables)
    return try await ProcessCredentials(try fixture.profile(), try fixture.context).credentials()
  }

  /// The error, after a look for secrets in it.
  private static func failure(_ commandLine: String) async throws -> ConfigurationError {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await find(commandLine) })
    for text in texts(of: error) + [error.hint ?? ""] { #expect(!text.contains("canary")) }
    #expect(error.message.contains("'work'"))
    return error
  }

  @Test func readsWhatTheProgramPrints() async throws {
    let found = try #require(
      try await Self.find(
        "echo '{\(Self.keys), \"SessionToken\": \"t\", \"Expiration\": "
          + "\"2027-01-15T09:00:00+01:00\", \"AccountId\": \"123456789012\", \"More\": [1]}'"))
    #expect(found.accessKeyID == "ASIA1")
    #expect(found.secretAccessKey.revealed == "canary")
    #expect(found.sessionToken?.revealed == "t")
    #expect(found.expiration == time(0))
    #expect(found.accountID == "123456789012")
    #expect(found.description == "credentials ****SIA1 from process 'echo' of profile 'work'")
  }

  @Test func takesTheAccountOfTheProfileForWantOfOne() async throws {
    let found = try await Self.find(
      "echo '{\(Self.keys), \"SessionToken\": null, \"Expiration\": null}'",
      more: "aws_account_id = 210987654321")
    #expect(found?.accountID == "210987654321")
    #expect(found?.sessionToken == nil)
    #expect(found?.expiration == nil)
  }

  // The AWS CLI starts no shell; the other SDKs do.
  @Test func runsAPipelineInAShell() async throws {
    let found = try await Self.find("echo '{\(Self.keys)}' | cat 2>/dev/null")
    #expect(found?.accessKeyID == "ASIA1")
  }

  @Test func passesArgumentsOnAsTheyAre() async throws {
    let found = try await Self.find("echo '{\(Self.keys), \"AccountId\": \"$HOME*~\"}'")
    #expect(found?.accountID == "$HOME*~")
  }

  @Test func handsTheEnvironmentOn() async throws {
    let found = try await Self.find(
      #"/bin/sh -c 'echo "{\"Version\": 1, \"AccessKeyId\": \"$NAME\", \"SecretAccessKey\": \"s\"}"'"#,
      variables: ["NAME": "fromEnvironment"])
    #expect(found?.accessKeyID == "fromEnvironment")
  }

  // A socket of libcurl's would be one.
  @Test func handsNoOpenFileOn() async throws {
    let file = open("/dev/null", O_RDONLY)
    try #require(file > STDERR_FILENO)
    defer { close(file) }
    try #require(fcntl(file, F_GETFD) & FD_CLOEXEC == 0)
    let found = try await Self.find(
      "/bin/sh -c 'test -e /dev/fd/1 && ! test -e /dev/fd/\(file) && echo \"$0\"' '{\(Self.keys)}'")
    #expect(found?.accessKeyID == "ASIA1")
  }

  @Test func leavesOtherProfilesToOthers() async throws {
    let fixture = try ProviderFixture(config: "[profile work]\nregion = us-east-1")
    let provider = ProcessCredentials(try fixture.profile(), try fixture.context)
    #expect(try await provider.credentials() == nil)
    #expect(provider.absence == "profile 'work' has no credential_process")
  }

  @Test(
    arguments: [
      ("/bin/sh -c 'exit 3' canary", "'/bin/sh' of profile 'work' ended with status 3"),
      ("/bin/sh -c 'kill -9 $$' canary", "ended by signal 9"),
      ("exit 1", "cannot run the process 'exit' of profile 'work': No such file or directory"),
      ("~/bin/program canary", "cannot run the process '~/bin/program' of profile 'work'"),
      ("/dev/null canary", "Permission denied"),
      ("echo canary", "printed no JSON object"), ("echo '\"canary\"'", "printed no JSON object"),
      ("true canary", "printed no JSON object"), ("echo '{}' canary", "printed no JSON object"),
      ("echo '{}'", "another Version than 1"),
      (#"echo '{"Version": 2, "SecretAccessKey": "canary"}'"#, "another Version than 1"),
      (#"echo '{"Version": "1", "SecretAccessKey": "canary"}'"#, "another Version than 1"),
      (#"echo '{"Version": 1, "SecretAccessKey": "canary"}'"#, "no AccessKeyId"),
      (#"echo '{"Version": 1, "AccessKeyId": "canary"}'"#, "no SecretAccessKey"),
      (
        #"echo '{"Version": 1, "AccessKeyId": "", "SecretAccessKey": null}'"#,
        "no AccessKeyId and no SecretAccessKey"
      ),
      ("echo '{\(keys), \"Expiration\": \"canary\"}'", "no ISO 8601 time"),
      ("echo '{\(keys), \"SessionToken\": \"canary canary\"}'", "foreign characters"),
      ("echo 'canary", "a quote that is not closed"), ("echo canary \\", "ends in a backslash"),
      ("''", "No such file or directory"), ("CANARY=canary false", "'false' of profile"),
      ("yes canary", "more than 1 MiB"),
    ])
  func saysWhatWentWrong(commandLine: String, problem: String) async throws {
    let error = try await Self.failure(commandLine)
    #expect(error.message.contains(problem))
  }

  // What a program says for people beside its JSON, as many do.
  @Test(arguments: [
    "sh -c 'echo Opening a browser; echo {\\}'", "sh -c 'echo {\\}; echo done'", "true",
  ])
  func saysThatNothingMayStandBesideTheJSON(commandLine: String) async throws {
    let error = try await Self.failure(commandLine)
    #expect(error.message.contains("printed no JSON object"))
    #expect(error.hint?.contains("has to be the JSON object and nothing else") == true)
  }

  @Test func namesWhoseCredentialsHaveExpired() async throws {
    let fixture = try ProviderFixture(
      config: "[profile work]\ncredential_process = "
        + "echo '{\(Self.keys), \"Expiration\": \"2020-01-01T00:00:00Z\"}'")
    let cache = CredentialCache(
      ProcessCredentials(try fixture.profile(), try fixture.context))
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await cache.credentials(at: time(0)) })
    #expect(
      error.message == "the credentials of process 'echo' of profile 'work' have expired")
  }

  // The program, which would go on for an hour, tells its number through a pipe.
  @Test(.timeLimit(.minutes(1)))
  func killsTheProgramWhenCancelled() async throws {
    let pipe = try NamedPipe()
    let task = Task {
      try await Self.find("/bin/sh -c 'echo $$ > \(pipe.path); exec sleep 3600'")
    }
    let number = try #require(Int32(await pipe.readLine()))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // It is gone once it has been reaped, by a thread of its own.
    while kill(number, 0) == 0 { await Task.yield() }
  }

  // What the killed shell has started holds its output; nobody waits for that.
  @Test(.timeLimit(.minutes(1)))
  func waitsForNoGrandchildWhenCancelled() async throws {
    let pipe = try NamedPipe()
    let task = Task {
      try await Self.find("/bin/sh -c 'sleep 3600 & echo $! > \(pipe.path); wait'")
    }
    let number = try #require(Int32(await pipe.readLine()))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(kill(number, SIGKILL) == 0)
  }

  @Test func startsNothingForACancelledTask() async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await Self.find("echo '{\(Self.keys)}'")
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  // A pipe that leaked into another program would keep its reader waiting for that one.
  @Test(.timeLimit(.minutes(1)))
  func runsManySideBySide() async throws {
    try await withThrowingTaskGroup(of: String?.self) { group in
      for number in 0..<32 {
        group.addTask {
          try await Self.find(
            #"echo '{"Version": 1, "AccessKeyId": "A\#(number)", "SecretAccessKey": "s"}'"#
          )?.accessKeyID
        }
      }
      var found: Set<String?> = []
      for try await id in group { found.insert(id) }
      #expect(found.count == 32)
    }
  }
}

/// A way for a program to say something to a test that waits for it.
private final class NamedPipe: Sendable {
  private let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("pipe")
    try #require(mkfifo(path, 0o600) == 0)
  }

  /// What the first to open it for writing says, without the end of its line; empty after 30 s.
  func readLine() async -> String {
    let path = path
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        // To open it for reading alone would wait for a writer, perhaps for ever.
        let file = open(path, O_RDWR)
        var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        var line = [UInt8](repeating: 0, count: 64)
        let count = poll(&waiting, 1, 30_000) == 1 ? read(file, &line, line.count) : 0
        close(file)
        continuation.resume(
          returning: String(decoding: line.prefix(max(0, count - 1)), as: UTF8.self))
      }
    }
  }
}

/// Cases of smithy-lang/smithy-rs, whose programs run in a shell.
@Suite(
  .enabled(if: Vectors.havePart("credentials"), Comment(rawValue: Vectors.notice("credentials"))))
struct ProcessCredentialsVectorTests {
  private static let folder = "credentials/profile-provider"
  static let cases = Vectors.names(in: folder).filter { $0.hasPrefix("credential_process") }

  @Test func findsTheSuite() {
    #expect(!Self.cases.isEmpty)
  }

  @Test(arguments: cases)
  func findsTheExpectedCredentialsOrNone(name: String) async throws {
    let path = "\(Self.folder)/\(name)"
    let config = String(decoding: try Vectors.data("\(path)/fs/home/.aws/config"), as: UTF8.self)
    let result =
      try #require(
        try JSONSerialization.jsonObject(with: Vectors.data("\(path)/test-case.json"))
          as? [String: Any])["result"] as? [String: Any]
    let fixture = try ProviderFixture(config: config)
    let provider = ProcessCredentials(try fixture.profile("default"), try fixture.context)
    guard let expected = result?["Ok"] as? [String: Any] else {
      await #expect(throws: ConfigurationError.self) { try await provider.credentials() }
      return
    }
    let found = try #require(try await provider.credentials())
    #expect(found.accessKeyID == expected["access_key_id"] as? String)
    #expect(found.secretAccessKey.revealed == expected["secret_access_key"] as? String)
    #expect(found.sessionToken?.revealed == expected["session_token"] as? String)
    #expect(found.accountID == expected["account_id"] as? String)
    #expect(found.expiration?.secondsSinceEpoch == (expected["expiry"] as? Int).map(Int64.init))
  }
}
