/// A refusal in S3's own words (Amazon S3 API Reference, "Error responses").
struct S3Error: Error {
  enum Code: String {
    case accessDenied = "AccessDenied"
    case badDigest = "BadDigest"
    case badRequest = "BadRequest"
    case authorizationHeaderMalformed = "AuthorizationHeaderMalformed"
    case expiredToken = "ExpiredToken"
    case entityTooLarge = "EntityTooLarge"
    case internalError = "InternalError"
    case invalidAccessKeyId = "InvalidAccessKeyId"
    case glacierExpeditedRetrievalNotAvailable = "GlacierExpeditedRetrievalNotAvailable"
    case invalidArgument = "InvalidArgument"
    case invalidObjectState = "InvalidObjectState"
    case invalidPart = "InvalidPart"
    case invalidPartNumber = "InvalidPartNumber"
    case invalidPartOrder = "InvalidPartOrder"
    case invalidRange = "InvalidRange"
    case invalidRequest = "InvalidRequest"
    case keyTooLong = "KeyTooLongError"
    case malformedXML = "MalformedXML"
    case methodNotAllowed = "MethodNotAllowed"
    case noSuchBucket = "NoSuchBucket"
    case noSuchConfiguration = "NoSuchConfiguration"
    case noSuchKey = "NoSuchKey"
    case noSuchUpload = "NoSuchUpload"
    case noSuchVersion = "NoSuchVersion"
    case notImplemented = "NotImplemented"
    case notModified = "NotModified"
    case objectNotInActiveTier = "ObjectNotInActiveTierError"
    case permanentRedirect = "PermanentRedirect"
    case preconditionFailed = "PreconditionFailed"
    case requestTimeTooSkewed = "RequestTimeTooSkewed"
    case restoreAlreadyInProgress = "RestoreAlreadyInProgress"
    case signatureDoesNotMatch = "SignatureDoesNotMatch"
    case slowDown = "SlowDown"
    case temporaryRedirect = "TemporaryRedirect"

    var status: Int {
      switch self {
      case .permanentRedirect: 301
      case .notModified: 304
      case .temporaryRedirect: 307
      case .authorizationHeaderMalformed, .badDigest, .badRequest, .entityTooLarge,
        .expiredToken, .invalidArgument, .invalidPart, .invalidPartOrder, .invalidRequest,
        .keyTooLong, .malformedXML:
        400
      case .accessDenied, .invalidAccessKeyId, .invalidObjectState, .objectNotInActiveTier,
        .requestTimeTooSkewed, .signatureDoesNotMatch:
        403
      case .noSuchBucket, .noSuchConfiguration, .noSuchKey, .noSuchUpload, .noSuchVersion: 404
      case .methodNotAllowed: 405
      case .restoreAlreadyInProgress: 409
      case .preconditionFailed: 412
      case .invalidPartNumber, .invalidRange: 416
      case .internalError: 500
      case .notImplemented: 501
      case .glacierExpeditedRetrievalNotAvailable, .slowDown: 503
      }
    }
  }

  var code: Code
  var message: String
  /// Further elements of the body, as `Region` or `BucketName`.
  var details: [(name: StaticString, value: String)] = []
  /// Told in `x-amz-bucket-region` as well.
  var bucketRegion: String?
  /// Where a redirect leads.
  var location: String?
  var furtherHeaders: [(name: String, value: String)] = []

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  static let accessDenied = S3Error(.accessDenied, "Access Denied")
  static let methodNotAllowed = S3Error(
    .methodNotAllowed, "The specified method is not allowed against this resource.")
  static let notImplemented = S3Error(
    .notImplemented, "A header or parameter you provided implies functionality not implemented.")
  static let slowDown = S3Error(.slowDown, "Please reduce your request rate.")

  static let noSuchUpload = S3Error(
    .noSuchUpload,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
      + "been aborted or completed.")
  static let noSuchKey = S3Error(.noSuchKey, "The specified key does not exist.")

  static func noSuchBucket(_ name: String) -> S3Error {
    var error = S3Error(.noSuchBucket, "The specified bucket does not exist")
    error.details = [("BucketName", name)]
    return error
  }

  static func permanentRedirect(of bucket: String, to region: String) -> S3Error {
    var error = S3Error(
      .permanentRedirect,
      "The bucket you are attempting to access must be addressed using the specified endpoint. "
        + "Please send all future requests to this endpoint.")
    error.bucketRegion = region
    error.details = [
      ("Endpoint", "\(bucket).s3.\(region).amazonaws.com"), ("Bucket", bucket), ("Region", region),
    ]
    return error
  }

  static func wrongRegion(_ signed: String, expecting region: String) -> S3Error {
    var error = S3Error(
      .authorizationHeaderMalformed,
      "The authorization header is malformed; the region '\(signed)' is wrong; "
        + "expecting '\(region)'")
    error.bucketRegion = region
    error.details = [("Region", region)]
    return error
  }

  var headers: [(name: String, value: String)] {
    (bucketRegion.map { [("x-amz-bucket-region", $0)] } ?? [])
      + (location.map { [("Location", $0)] } ?? []) + furtherHeaders
  }

  func document(resource: [UInt8], requestID: String) -> ByteBuffer {
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<Error>")
    xml.appendElement("Code", code.rawValue)
    xml.appendElement("Message", message)
    for (name, value) in details { xml.appendElement(name, value) }
    xml.appendElement("Resource", resource)
    xml.appendElement("RequestId", requestID)
    xml.append("</Error>")
    return xml
  }
}
