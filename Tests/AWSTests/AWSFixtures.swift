import AWS
import Signing

/// An environment with a home and the two profile files, nothing else.
func environment(
  _ variables: [String: String] = [:], config: String? = nil, credentials: String? = nil
) -> Environment {
  Environment(variables: variables, home: "/home/u") { path throws(ConfigurationError) in
    switch path {
    case "/home/u/.aws/config": config.map { Array($0.utf8) }
    case "/home/u/.aws/credentials": credentials.map { Array($0.utf8) }
    default: nil
    }
  }
}

/// An environment where the user may read neither of the two profile files.
func lockedEnvironment(_ variables: [String: String] = [:]) -> Environment {
  Environment(variables: variables, home: "/home/u") { path throws(ConfigurationError) in
    guard path.hasPrefix("/home/u/.aws/") else { return nil }
    throw ConfigurationError(
      .fileRefused(path: path, reason: "Permission denied"), "cannot read \(path)")
  }
}

/// The profile that `environment` selects.
func selectProfile(
  _ option: String? = nil, in environment: Environment
) throws(ConfigurationError) -> SelectedProfile {
  try ProfileFiles.load(from: environment).select(option: option, environment: environment)
}

/// The credentials that the chain finds in `environment`, where nothing answers but `sender`.
func findCredentials(
  profile option: String? = nil, in environment: Environment,
  sender: ScriptedSender = ScriptedSender([])
) async throws -> Credentials? {
  let profile = try selectProfile(option, in: environment)
  return try await CredentialChain(profile, sender.context(in: environment, profile.files))
    .credentials()
}

/// Seconds after an arbitrary beginning.
func time(_ seconds: Int64) -> SigningTime {
  SigningTime(secondsSinceEpoch: 1_800_000_000 + seconds)
}

/// Every road from a value to text.
func texts(of value: Any) -> [String] {
  var dumped = ""
  dump(value, to: &dumped)
  return ["\(value)", String(describing: value), String(reflecting: value), dumped]
}
