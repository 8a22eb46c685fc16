import Signing
import System
internal import Vocabulary

/// Credentials that a program of the user's prints, named by `credential_process`.
///
/// AWS SDKs and Tools Reference Guide, "Process credential provider"; the program is run each time
/// that credentials are needed and is expected to cache what it must. No error quotes what it printed
/// or its arguments: both may be secret.
package struct ProcessCredentials: CredentialProvider {
  private static let outputBytesMax = 1 << 20

  package let name = "process"
  private let profile: SelectedProfile
  private let context: CredentialContext

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String { "profile '\(profile.name)' has no credential_process" }

  /// What the profile's program prints; nil for a profile without one.
  ///
  /// Throws `ConfigurationError` when it cannot be run, fails or prints anything else.
  package func credentials() async throws -> Credentials? {
    guard let commandLine = profile.section["credential_process"] else { return nil }
    let command: CommandWords
    do {
      command = try CommandWords(splitting: commandLine)
    } catch {
      throw ConfigurationError(
        .credentialsMalformed,
        "credential_process of profile \(quoted(profile.name)) \(error.rawValue)",
        hint: "write it as for a shell, with quotes around what has blanks in it")
    }
    let place = "process \(quoted(command.programName)) of profile \(quoted(profile.name))"
    let words = command.needsShell ? ["/bin/sh", "-c", commandLine] : command.words
    return try read(try await output(of: words, place), place)
  }

  private func output(of words: [String], _ place: String) async throws -> [UInt8] {
    let outcome: ChildProcess.Outcome
    do {
      outcome = try await ChildProcess.run(
        words, environment: context.environment.variables, outputBytesMax: Self.outputBytesMax)
    } catch ChildProcess.Failure.notStarted(let error) {
      throw ConfigurationError(
        .credentialsSource, "cannot run the \(place): \(error.reason)",
        hint: "name a program by its whole path, or one in PATH; ~ and $ are not expanded")
    } catch ChildProcess.Failure.outputTooLong {
      throw malformed(place, "printed more than \(Self.outputBytesMax >> 20) MiB")
    }
    switch outcome.ending {
    case .exit(status: 0): return outcome.output
    case .exit(let status): throw refused(place, "ended with status \(status)")
    case .signal(let number): throw refused(place, "was ended by signal \(number)")
    }
  }

  private func read(_ output: [UInt8], _ place: String) throws(ConfigurationError) -> Credentials {
    guard let answer = JSONValue(parsing: output), answer.isObject else {
      throw malformed(
        place, "printed no JSON object",
        hint:
          "its standard output has to be the JSON object and nothing else; messages belong to its"
          + " error output")
    }
    guard answer["Version"]?.integer == 1 else {
      throw malformed(place, "printed another Version than 1, or none")
    }
    guard let id = answer["AccessKeyId"]?.string, let secret = answer.secret("SecretAccessKey")
    else {
      let missing = ["AccessKeyId", "SecretAccessKey"].filter { answer[$0]?.string == nil }
      throw ConfigurationError(
        .credentialsIncomplete, "the \(place) printed no \(missing.joined(separator: " and no "))")
    }
    var expiration: SigningTime?
    if let end = answer["Expiration"], end != .null {
      expiration = answer.time("Expiration")
      if expiration == nil {
        throw malformed(place, "printed an Expiration that is no ISO 8601 time")
      }
    }
    let accountID = answer["AccountId"].flatMap { $0.string ?? $0.integer.map(String.init) }
    return try Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: answer.secret("SessionToken"),
      expiration: expiration, providerName: place,
      accountID: accountID ?? profile.section["aws_account_id"]
    ).checked(from: "the \(place)")
  }

  private func malformed(
    _ place: String, _ problem: String, hint: String? = nil
  ) -> ConfigurationError {
    ConfigurationError(.credentialsMalformed, "the \(place) \(problem)", hint: hint)
  }

  private func refused(_ place: String, _ problem: String) -> ConfigurationError {
    ConfigurationError(
      .credentialsSource, "the \(place) \(problem)",
      hint: "run it by hand; what it wrote to its error output is above")
  }
}
