/// Where the profile files are looked for.
package struct ProfileFilePaths: Hashable, Sendable {
  package let config: String
  package let credentials: String

  /// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else below `~/.aws`.
  package init(_ environment: Environment) {
    func path(_ variable: String, default path: String) -> String {
      // Both in this order, as botocore does it (`raw_config_parse`).
      environment.expandingTilde(
        environment.expandingVariables(environment[variable] ?? path))
    }
    config = path("AWS_CONFIG_FILE", default: "~/.aws/config")
    credentials = path("AWS_SHARED_CREDENTIALS_FILE", default: "~/.aws/credentials")
  }
}
