package import Vocabulary

extension S3Error {
  /// What a refusal says of the setting that was asked for.
  package var stateOfTheRefused: BucketProperty.State {
    if saysNone { return .absent }
    if saysUnsupported { return .unsupported }
    return isDenial ? .denied : .failed
  }

  /// Whether the server said no to a request that it understood: not when it doubts who asks, or
  /// when.
  package var isDenial: Bool {
    if statusCode == 200 { return code.map { Self.codesOfDenial.contains($0) } ?? false }
    guard statusCode == 401 || statusCode == 403 else { return false }
    return !Self.doubtsAboutTheCaller.contains(code ?? "")
  }

  /// Whether the server says that there is nothing of the kind that was asked for.
  private var saysNone: Bool { code.map { Self.codesOfAbsence.contains($0) } ?? false }

  /// Whether the server does not know the request.
  ///
  /// AWS says so of what directory buckets lack; other servers have as many words for it.
  private var saysUnsupported: Bool {
    switch statusCode {
    case 204, 405, 501: true
    case 400: code.map { Self.codesOfBadRequests.contains($0) } ?? true
    // The subresource was taken for a key, or led nowhere.
    case 404: code.map { Self.codesOfTheMisread.contains($0) } ?? true
    default: code.map { Self.codesOfTheUnsupported.contains($0) } ?? false
    }
  }

  /// In an answer of status 200: a server may find out after it has sent the status.
  private static let codesOfDenial: Set<String> = ["AccessDenied", "AllAccessDisabled"]

  /// In an answer of status 403: not the right of the caller is in question, but the caller or the form
  /// of the request.
  private static let doubtsAboutTheCaller: Set<String> = [
    "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId",
    "InvalidClientTokenId", "InvalidSecurity", "InvalidSignatureException", "InvalidToken",
    "NotSignedUp", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed",
    "SignatureDoesNotMatch", "TokenRefreshRequired", "UnrecognizedClientException",
    "InvalidPathAccess", "PathStyleDomainForbidden", "SecondLevelDomainForbidden",
  ]

  private static let codesOfTheMisread: Set<String> = [
    "NoSuchKey", "NoSuchResource", "NoSuchUpload", "NotFound",
  ]

  private static let codesOfTheUnsupported: Set<String> = [
    "MethodNotAllowed", "NotImplemented", "NotSupported", "UnsupportedOperation",
    "XNotImplemented",
  ]

  private static let codesOfBadRequests: Set<String> = codesOfTheUnsupported.union([
    "BadRequest", "InvalidArgument", "InvalidRequest", "InvalidURI", "UnsupportedArgument",
  ])

  /// Amazon S3 API Reference, "List of error codes", and what Ceph calls the third.
  private static let codesOfAbsence: Set<String> = [
    "NoSuchBucketPolicy", "NoSuchTagSet", "NoSuchTagSetError", "NoSuchConfiguration",
    "NoSuchLifecycleConfiguration", "NoSuchObjectLockConfiguration",
    "NoSuchPublicAccessBlockConfiguration", "ObjectLockConfigurationNotFoundError",
    "ReplicationConfigurationNotFoundError", "ServerSideEncryptionConfigurationNotFoundError",
  ]
}
