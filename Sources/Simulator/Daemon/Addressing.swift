/// Which bucket a request is for, and whether it came to the right region.
struct Addressing: Sendable {
  let bucketNames: Set<String>
  /// The region of the endpoint.
  let region: String

  /// The bucket and key a request names: in its Host when that begins with a known bucket, else in
  /// its path.
  func bucketAndKey(
    _ request: S3Request, _ target: Target
  ) -> (bucket: String, key: [UInt8]) {
    let pathStyle = target.bucketAndKey
    guard let bucket = virtualHost(request) else { return pathStyle }
    return (bucket, Array(target.path.dropFirst()))
  }

  private func virtualHost(_ request: S3Request) -> String? {
    guard let host = request.header("host"), host.contains(where: \.isLetter) else { return nil }
    // A bucket's name may hold dots, so the longest that fits is meant.
    var end = host.lastIndex(of: ".")
    while let dot = end {
      if bucketNames.contains(String(host[..<dot])) { return String(host[..<dot]) }
      end = host[..<dot].lastIndex(of: ".")
    }
    return nil
  }

  /// Redirects a request that was signed for another region than the bucket's.
  ///
  /// As S3 does: an endpoint asked in its own region's name for a bucket elsewhere answers 301; a
  /// signature for any other region, or one that came by the bucket's own host name, answers 400.
  func checkRegion(of bucket: SimulatedBucket, _ request: S3Request) throws(S3Error) {
    let signed = request.header("authorization").flatMap { Authorization($0)?.region }
    guard (signed ?? region) != bucket.region else { return }
    guard let signed, signed != region || virtualHost(request) != nil else {
      throw .permanentRedirect(of: bucket.name, to: bucket.region)
    }
    throw .wrongRegion(signed, expecting: bucket.region)
  }
}
