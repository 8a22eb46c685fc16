/// Where the profile files are looked for.
package struct ProfileFilePaths: Hashable, Sendable {
  static let configVariable = "AWS_CONFIG_FILE"
  static let credentialsVariable = "AWS_SHARED_CREDENTIALS_FILE"

  /// Nil where the variable is set and blank: then there is no file to read.
  package let config: String?
  /// Nil like `config`.
  package let credentials: String?

  /// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else below `~/.aws`.
  package init(_ environment: Environment) {
    func path(_ variable: String, default path: String) -> String? {
      // As for botocore, which finds no file of that name.
      if environment.isBlank(variable) { return nil }
      // Both in this order, as botocore does it (`raw_config_parse`).
      return environment.expandingTilde(
        environment.expandingVariables(environment[variable] ?? path))
    }
    config = path(Self.configVariable, default: "~/.aws/config")
    credentials = path(Self.credentialsVariable, default: "~/.aws/credentials")
  }
}
