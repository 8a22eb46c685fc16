private import Synchronization

/// A key derived from a secret for one day, region and service; it can sign, not be shown.
package struct SigningKey: Hashable, Sendable, Redacted {
  private let bytes: [UInt8]

  /// Four rounds of HMAC, from the secret down to `aws4_request`.
  package init(secret: Secret, day: String, region: String, service: String) {
    var key = Array("AWS4\(secret.revealed)".utf8)
    for part in [day, region, service, "aws4_request"] {
      key = HMAC.sha256(key: key, message: Array(part.utf8))
    }
    bytes = key
  }

  /// 64 hexadecimal digits.
  package func signature(of text: String) -> String {
    Hexadecimal.text(HMAC.sha256(key: bytes, message: Array(text.utf8)))
  }
}

/// Signs requests, deriving each key once for its day, region, service and secret.
///
/// A crawl signs thousands of requests a second with one key; deriving it costs four of the
/// seven hashes of a signature. Safe to use from any thread.
package final class Signer: Sendable {
  private struct KeyName: Hashable {
    var secret: Secret
    var day: String
    var region: String
    var service: String
  }

  /// More than the regions of one partition; past it the oldest names are of no more use.
  private static let keysMax = 64

  private let keys = Mutex<[KeyName: SigningKey]>([:])

  package init() {}

  /// Signs in headers; see `SigV4.signHeaders`.
  package func signHeaders(
    of request: SigningRequest, in context: SigningContext
  ) -> SigV4Signature {
    SigV4.signHeaders(of: request, in: context, with: key(for: context))
  }

  /// Signs in the query; see `SigV4.presign`.
  package func presign(
    _ request: SigningRequest, in context: SigningContext, expiresInSeconds: Int
  ) -> SigV4Signature {
    SigV4.presign(
      request, in: context, with: key(for: context), expiresInSeconds: expiresInSeconds)
  }

  private func key(for context: SigningContext) -> SigningKey {
    let name = KeyName(
      secret: context.credentials.secretAccessKey, day: context.time.day, region: context.region,
      service: context.service)
    return keys.withLock { keys in
      if let key = keys[name] { return key }
      let key = SigningKey(
        secret: name.secret, day: name.day, region: name.region, service: name.service)
      if keys.count >= Self.keysMax { keys.removeAll(keepingCapacity: true) }
      keys[name] = key
      return key
    }
  }
}
