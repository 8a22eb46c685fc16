import Signing
import Vocabulary

/// Session tokens that tell by themselves when they end.
enum SessionToken {
  /// Refuses a token `expires-N` after second N since 1970; all others pass.
  static func check(_ token: String?, now: Timestamp) throws(S3Error) {
    guard let token, token.hasPrefix("expires-"), let end = Int64(token.dropFirst(8)) else {
      return
    }
    guard now.millisecondsSinceEpoch <= end * 1_000 else { throw .expiredToken }
  }
}

/// The sessions of directory buckets (API Reference, "CreateSession").
///
/// Nothing is kept: a token names its bucket and its end, and keys follow from it.
struct BucketSessions: Sendable {
  let seconds: Int

  /// The answer to CreateSession.
  func answer(
    to request: S3Request, for bucket: String, _ now: Timestamp
  ) throws(S3Error) -> ByteBuffer {
    guard let header = request.header("authorization"), let authorization = Authorization(header),
      authorization.service == "s3express"
    else { throw .accessDenied }
    let end = now.millisecondsSinceEpoch / 1_000 + Int64(seconds)
    let token = "\(bucket)/\(end)"
    let keys = Self.keys(of: token)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<CreateSessionResult xmlns=\"\(S3XML.namespace)\"><Credentials>")
    xml.appendElement("SessionToken", token)
    xml.appendElement("SecretAccessKey", keys.secretKey)
    xml.appendElement("AccessKeyId", keys.accessKey)
    xml.appendElement("Expiration", Timestamp(millisecondsSinceEpoch: end * 1_000).iso8601)
    xml.append("</Credentials></CreateSessionResult>")
    return xml
  }

  /// Refuses a request that is not signed with the keys of a session of `bucket` that still lasts.
  func verify(
    _ request: S3Request, target: Target, of bucket: String, now: Timestamp
  ) throws(S3Error) {
    guard let token = request.header("x-amz-s3session-token"),
      let header = request.header("authorization"), let authorization = Authorization(header),
      authorization.service == "s3express",
      authorization.signedHeaders.contains("x-amz-s3session-token")
    else { throw .accessDenied }
    let parts = token.split(separator: "/")
    guard parts.count == 2, parts[0] == bucket, let end = Int64(parts[1]) else {
      throw .accessDenied
    }
    guard now.millisecondsSinceEpoch <= end * 1_000 else { throw .expiredToken }
    try SignatureCheck(Self.keys(of: token)).verify(request, target: target, now: now)
  }

  private static func keys(of token: String) -> SimulatorCredentials {
    let digits = SHA256.hex(Array("session \(token)".utf8))
    return SimulatorCredentials(
      accessKey: "SESSION\(digits.prefix(13).uppercased())", secretKey: String(digits.suffix(40)))
  }
}
