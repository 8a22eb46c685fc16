internal import AWS
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

  /// How a server says no to a request that it might answer with less in it.
  package enum ParameterRefusal: Sendable {
    /// The caller may not do this.
    case denied
    /// The server does not take the request as it is.
    case refused
    /// The server failed at it as often as it was tried.
    case failed
    /// The server speaks of a matter that a request with less in it would share, unless the server
    /// misread the request: no such bucket, a signature that does not match.
    case otherMatter

    /// Whether AWS, which knows every parameter that is sent, means something else by it.
    package var isNoneOfAWS: Bool { self == .failed || self == .otherMatter }
  }

  /// Whether a request with fewer parameters may be answered; nil when the refusal is about the session
  /// or the time of who asks, how often, or another region, or when there was no answer.
  ///
  /// What is not about parameters is refused without them too: so nothing is hidden by asking.
  package var parameterRefusal: ParameterRefusal? {
    guard let statusCode, statusCode != 407, !isRedirect, unkept == nil,
      hint != .comeBackAndAskForLess, hint != .checkClock,
      !Self.doubtsAboutTheSession.contains(code ?? ""),
      !Self.codesOfOtherPlaces.contains(code ?? "")
    else { return nil }
    if isDenial { return .denied }
    // An answer that could not be read is no refusal.
    guard statusCode != 200 || code != nil else { return nil }
    switch retryCause {
    case .throttling: return nil
    case .transient: return .failed
    case .other:
      guard statusCode == 200 || (400..<600).contains(statusCode) else { return nil }
      let isOther = code.map { Self.codesOfOtherMatters.contains($0) } ?? false
      return !isOther && Self.statusesOfRefusedParameters.contains(statusCode)
        ? .refused : .otherMatter
    }
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

  /// Whether the server says that it does not know the request, in words that mean nothing else.
  private var saysUnknown: Bool {
    statusCode == 405 || statusCode == 501
      || code.map { Self.codesOfTheUnsupported.contains($0) } ?? false
  }

  /// The error in the words of what the server lacks, where it answers like one that lacks it.
  ///
  /// It says so, or passes over the parameter and lists the objects; rclone looks for an upload without
  /// a name.
  func naming(unkept: Unkept) -> S3Error {
    let isListing = answer == .otherAnswer(root: "ListBucketResult")
    let isMisread = unkept == .uploads && statusCode == 404 && code == "NoSuchUpload"
    guard saysUnknown || isListing || isMisread else { return self }
    var error = self
    error.unkept = unkept
    error.hint = nil
    error.words =
      switch unkept {
      case .versions: "this server keeps no versions"
      case .uploads: "this server keeps no list of uploads"
      }
    return error
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

  /// Those of the doubts about the caller that no server has about a single parameter.
  private static let doubtsAboutTheSession: Set<String> = doubtsAboutTheCaller.subtracting([
    "AuthFailure", "InvalidSecurity", "InvalidSignatureException", "SignatureDoesNotMatch",
  ])

  /// Of a request that the server does not understand, or finds too long; and of answers with an error
  /// that have the status of a success.
  private static let statusesOfRefusedParameters: Set<Int> = [
    200, 400, 404, 405, 406, 414, 422, 431, 501,
  ]

  /// About the account or the region, whatever else is in the request.
  private static let codesOfOtherPlaces: Set<String> = [
    "AccountProblem", "AllAccessDisabled", "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException", "PermanentRedirect", "TemporaryRedirect",
  ]

  /// About the bucket or the signature, as far as the server has read the request rightly.
  private static let codesOfOtherMatters: Set<String> = [
    "AuthFailure", "InvalidBucketName", "InvalidSecurity", "InvalidSignatureException",
    "NoSuchBucket", "SignatureDoesNotMatch",
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
