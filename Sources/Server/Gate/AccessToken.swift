internal import Signing

/// The secret that a request has to name.
///
/// Only its digest is kept, so that neither a message nor a picture of the memory of a request shows it.
package struct AccessToken: Sendable {
  package static let bytesMin = 16
  private let digest: [UInt8]

  /// Nil for one that is too short to be a secret, or that no header can hold.
  package init?(_ token: [UInt8]) {
    guard token.count >= Self.bytesMin, token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    digest = SHA256.digest(token)
  }

  /// Whether it is this one; the time that takes tells nothing of where it differs.
  func admits(_ offered: [UInt8]) -> Bool {
    ConstantTime.areEqual(SHA256.digest(offered), digest)
  }

  /// What a request offers: by its header, else by the parameter `token`; nil without either.
  static func offered(by headers: [(name: String, value: [UInt8])], query: [UInt8]?) -> [UInt8]? {
    let fields = headers.filter { $0.name == "authorization" }
    if let field = fields.first {
      let scheme = Array("bearer ".utf8)
      let lowercased = field.value.prefix(scheme.count).map { byte in
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
      }
      guard fields.count == 1, lowercased == scheme else { return [] }
      return Array(field.value.dropFirst(scheme.count).drop { $0 == 0x20 })
    }
    return named(in: query).first
  }

  /// What a query calls `token`.
  static func named(in query: [UInt8]?) -> [[UInt8]] {
    (query ?? []).split(separator: UInt8(ascii: "&")).compactMap { piece in
      let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
      guard PercentForm.decoded(piece[..<equals], plusIsSpace: true) == Array("token".utf8) else {
        return nil
      }
      return PercentForm.decoded(piece[equals...].dropFirst(), plusIsSpace: true) ?? []
    }
  }
}
