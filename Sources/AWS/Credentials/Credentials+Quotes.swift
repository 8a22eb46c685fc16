import Signing

extension Credentials {
  /// Whether a key begins and ends with the same quotation mark.
  ///
  /// In profile files and variables quotes belong to the value, and no key that a service issues has
  /// any.
  package var haveQuotes: Bool {
    [accessKeyID, secretAccessKey.revealed].contains { key in
      guard key.utf8.count > 1, let first = key.utf8.first, first == key.utf8.last else {
        return false
      }
      return first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
    }
  }

  /// What the user can do where a service does not know such keys.
  package var quotesHint: String? {
    guard haveQuotes else { return nil }
    return
      "the access key or the secret access key of \(providerName) begins and ends with a quotation"
      + " mark: quotes belong to the value, so leave them out where it is set"
  }

  /// Codes of errors that say of keys that they are unknown or do not fit each other.
  package static let codesOfWrongKeys: Set<String> = [
    "AuthFailure", "AuthorizationHeaderMalformed", "IncompleteSignature", "InvalidAccessKeyId",
    "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
    "UnrecognizedClientException",
  ]
}
