/// How an object is encrypted at rest: it decides whether its ETag is a digest of its bytes.
enum Encryption: Equatable, Sendable {
  /// By S3's own keys, as everything is that asks for nothing else.
  case s3
  case kms
  case doubleKMS
  /// By a key that each request brings; nil: any.
  case customer(keyMD5: String?)

  /// Whether the ETag is the MD5 that everybody takes it for.
  var keepsDigest: Bool { self == .s3 }

  /// The headers of answers.
  var headers: [(name: String, value: String)] {
    let name = "x-amz-server-side-encryption"
    let key = ("\(name)-aws-kms-key-id", "arn:aws:kms:us-east-1:111122223333:key/s3sim")
    switch self {
    case .s3: return [(name, "AES256")]
    case .kms: return [(name, "aws:kms"), key]
    case .doubleKMS: return [(name, "aws:kms:dsse"), key]
    case .customer(let keyMD5):
      return [("\(name)-customer-algorithm", "AES256")]
        + (keyMD5.map { [("\(name)-customer-key-MD5", $0)] } ?? [])
    }
  }

  /// What a request to write asks for; nil where it asks for nothing.
  init?(_ request: S3Request) {
    let name = "x-amz-server-side-encryption"
    if request.header("\(name)-customer-algorithm") != nil {
      self = .customer(keyMD5: request.header("\(name)-customer-key-md5"))
      return
    }
    switch request.header(name) {
    case "AES256": self = .s3
    case "aws:kms": self = .kms
    case "aws:kms:dsse": self = .doubleKMS
    default: return nil
    }
  }

  /// Refuses a request to read that does not bring the key.
  func checkKey(in request: S3Request) throws(S3Error) {
    guard case .customer(let keyMD5) = self else { return }
    let name = "x-amz-server-side-encryption-customer"
    guard request.header("\(name)-algorithm") != nil else {
      throw S3Error(
        .invalidRequest,
        "The object was stored using a form of Server Side Encryption. The correct parameters must "
          + "be provided to retrieve the object.")
    }
    guard keyMD5 == nil || request.header("\(name)-key-md5") == keyMD5 else { throw .accessDenied }
  }
}

/// How the objects of all buckets are encrypted: an option of the simulator.
package enum EncryptionChoice: String, CaseIterable, Sendable {
  case aes256, kms, dsse
  case customer = "sse-c"
  /// By S3, by KMS or twice by KMS, another one by key.
  case mixed

  func encryption(random: UInt64) -> Encryption {
    switch self {
    case .aes256: .s3
    case .kms: .kms
    case .dsse: .doubleKMS
    case .customer: .customer(keyMD5: nil)
    case .mixed: [.s3, .kms, .doubleKMS][Int(random % 3)]
    }
  }
}
