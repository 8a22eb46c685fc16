import Signing
internal import Vocabulary

// Caches and answers that hold tokens are read as JSON.
extension JSONValue: Redacted {}
extension JSONObject: Redacted {}

extension JSONValue {
  /// A text under `key` that must not be shown.
  func secret(_ key: String) -> Secret? { self[key]?.string.map(Secret.init) }

  /// A time under `key`, in any form.
  func time(_ key: String) -> SigningTime? { self[key]?.string.flatMap(SigningTime.init(written:)) }
}
