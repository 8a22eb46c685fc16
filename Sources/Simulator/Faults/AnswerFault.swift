extension AnswerFault {
  /// What is answered in place of a page of `bucket`.
  func answer(
    to request: S3Request, for bucket: SimulatedBucket, foreignHost: String, random: UInt64
  ) throws(S3Error) -> Answer {
    let target = String(decoding: request.target, as: UTF8.self)
    switch self {
    case .slowDown: throw .slowDown
    case .internalError: throw .internalError
    case .errorIn200:
      return Answer(
        status: 200, body: S3Error.internalError.document(resource: [], requestID: "0"))
    case .html, .htmlWith503:
      return Answer(
        status: self == .html ? 200 : 503, contentType: "text/html",
        body: ByteBuffer(
          "<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body>"
            + "<p>Please log in.<br></body></html>\n"))
    case .emptyBody:
      return Answer(status: 200, body: ByteBuffer(capacity: 16))
    case .gzipJunk:
      return Answer(
        status: 200, headers: [("Content-Encoding", "gzip")], body: Self.gzipJunk(random))
    case .redirect301:
      throw .permanentRedirect(of: bucket.name, to: Self.elsewhere(bucket.region))
    case .redirect307:
      let region = Self.elsewhere(bucket.region)
      throw .temporaryRedirect(
        of: bucket.name, to: "\(bucket.name).s3.\(region).amazonaws.com", target: target,
        region: region)
    case .wrongRegion:
      throw .wrongRegion(bucket.region, expecting: Self.elsewhere(bucket.region))
    case .redirectLoop:
      throw .temporaryRedirect(
        of: bucket.name, to: request.header("host") ?? "", target: target, region: bucket.region)
    case .redirectForeign:
      throw .temporaryRedirect(of: bucket.name, to: foreignHost, target: target, region: nil)
    case .expiredToken: throw .expiredToken
    case .clockSkew: throw .clockSkew
    }
  }

  private static func elsewhere(_ region: String) -> String {
    region == "eu-west-3" ? "us-west-2" : "eu-west-3"
  }

  /// The header of RFC 1952, then what no inflater takes.
  private static func gzipJunk(_ random: UInt64) -> ByteBuffer {
    var bytes = ByteBuffer(capacity: 2_048)
    bytes.append([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
    for place in 0..<2_000 {
      bytes.append(UInt8(truncatingIfNeeded: mixed(seed: random, slot: place, lane: 0)))
    }
    return bytes
  }
}

extension S3Error {
  static let internalError = S3Error(
    .internalError, "We encountered an internal error. Please try again.")
  static let expiredToken = S3Error(.expiredToken, "The provided token has expired.")
  static let clockSkew = S3Error(
    .requestTimeTooSkewed,
    "The difference between the request time and the current time is too large.")

  /// To `target` at another host; `region` is told when there is one.
  static func temporaryRedirect(
    of bucket: String, to host: String, target: String, region: String?
  ) -> S3Error {
    var error = S3Error(
      .temporaryRedirect,
      "Please re-send this request to the specified temporary endpoint. "
        + "Continue to use the original request endpoint for future requests.")
    error.location = "http://\(host)\(target)"
    error.bucketRegion = region
    error.details = [("Endpoint", host), ("Bucket", bucket)]
    return error
  }
}
