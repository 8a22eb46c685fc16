import Signing

extension Credentials {
  /// These credentials, if all that goes into headers can stand there.
  ///
  /// Throws `Kind.credentialsMalformed`, naming `place`, for what no service issues and what would
  /// end a header line.
  func checked(from place: String) throws(ConfigurationError) -> Credentials {
    let texts = [accessKeyID, secretAccessKey.revealed, sessionToken?.revealed ?? ""]
    guard texts.allSatisfy(isVisibleASCII) else {
      throw ConfigurationError(
        .credentialsMalformed, "the keys from \(place) have blanks or other foreign characters")
    }
    return self
  }
}
