import Signing

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The proof that a request comes from the holder of a key: a DPoP header, RFC 9449.
enum LoginProof {
  private struct Header: Encodable {
    struct Key: Encodable {
      let kty = "EC"
      let crv = "P-256"
      let x: String
      let y: String
    }

    let typ = "dpop+jwt"
    let alg = "ES256"
    let jwk: Key
  }

  private struct Claims: Encodable {
    let htm = "POST"
    let htu: String
    let iat: Int64
    let jti: String
  }

  /// The value of the `DPoP` header of a POST to `url`; it serves for one request.
  ///
  /// Nil when the system has no randomness to give.
  static func header(
    key: borrowing ES256PrivateKey, url: String, at now: SigningTime
  ) throws -> String? {
    let publicKey = key.publicKey
    let jwk = Header.Key(x: base64URL(publicKey.x), y: base64URL(publicKey.y))
    let claims = Claims(
      htu: url, iat: now.secondsSinceEpoch, jti: UUID().uuidString.lowercased())
    let signed = try part(Header(jwk: jwk)) + "." + part(claims)
    return key.signature(of: Array(signed.utf8)).map { "\(signed).\(base64URL($0))" }
  }

  private static func part(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return base64URL(Array(try encoder.encode(value)))
  }

  /// RFC 7515, 2: the alphabet of file names, no padding.
  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }
}
