import Signing
internal import Vocabulary

/// The proof that a request comes from the holder of a key: a DPoP header, RFC 9449.
enum LoginProof {
  /// The value of the `DPoP` header of a POST to `url`; it serves for one request.
  ///
  /// Nil when the system has no randomness to give.
  static func header(key: borrowing ES256PrivateKey, url: String, at now: SigningTime) -> String? {
    let publicKey = key.publicKey
    let head: JSONObject = [
      "typ": .string("dpop+jwt"), "alg": .string("ES256"),
      "jwk": .object([
        "kty": .string("EC"), "crv": .string("P-256"), "x": .string(Base64.urlText(publicKey.x)),
        "y": .string(Base64.urlText(publicKey.y)),
      ]),
    ]
    let claims: JSONObject = [
      "htm": .string("POST"), "htu": .string(url), "iat": .integer(now.secondsSinceEpoch),
      "jti": .string(uniqueName()),
    ]
    let signed = part(head) + "." + part(claims)
    return key.signature(of: Array(signed.utf8)).map { "\(signed).\(Base64.urlText($0))" }
  }

  private static func part(_ object: JSONObject) -> String {
    Base64.urlText(JSONValue.object(object).encoded())
  }

  /// A UUID of random bits (RFC 9562, version 4), such as `0d1ce5f2-8b7a-4c5e-9f3d-2a1b0c9d8e7f`.
  static func uniqueName() -> String {
    // The system's generator, which is made for secrets.
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let groups = [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]]
    return groups.map { Hexadecimal.text($0) }.joined(separator: "-")
  }
}
