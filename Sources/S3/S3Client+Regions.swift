internal import AWS
internal import HTTP
internal import Synchronization

// A region learned from an answer is kept for the bucket. A call follows one redirect, to another
// region of the same service, never to a host that an answer names.

extension S3Client {
  /// Notes where a bucket lives; a name that is no region's is ignored.
  package func remember(region name: String, of bucket: String) {
    guard let region = Region(name) else { return }
    state.withLock { $0.regions[bucket] = region }
  }

  /// Where a bucket is known to live; nil before that was told or found out.
  package func knownRegion(of bucket: String) -> String? {
    state.withLock { $0.regions[bucket]?.name }
  }

  /// The region that requests are signed for as long as nothing else is known of their bucket.
  package var regionName: String { endpoint.region.name }

  /// Whether what a server calls a bucket's location is the region to sign for.
  ///
  /// Servers other than AWS may have names of their own for a location: those are only shown.
  package var signsForLocations: Bool { endpoint.custom == nil }

  /// Asks where a bucket lives; nil when the server does not say.
  ///
  /// HeadBucket names the region even when it refuses, and requests go there from then on. Servers
  /// that leave the header out may answer GetBucketLocation; see ``signsForLocations``.
  ///
  /// - Throws: `S3Error` `NoSuchBucket`, and what stands in the way of any answer.
  package func discoverRegion(of bucket: String) async throws -> String? {
    let (answer, refusal) = try await head(bucket)
    if let region = answer.flatMap({ Region($0) }) {
      remember(region: region.name, of: bucket)
      return region.name
    }
    if refusal?.statusCode == 404 {
      throw S3Error(
        operation: "list", resource: "s3://\(bucket)", statusCode: 404, code: "NoSuchBucket",
        requestID: refusal?.requestID)
    }
    // Directory buckets have no location (User Guide, "Directory buckets API operations").
    guard refusal?.statusCode != 403, !Self.isDirectoryBucket(bucket),
      let name = try await location(of: bucket)
    else { return nil }
    if signsForLocations { remember(region: name, of: bucket) }
    return name
  }

  /// Sends HeadBucket: the region it names, and its refusal if it is one.
  private func head(_ bucket: String) async throws -> (region: String?, refusal: S3Error?) {
    let resource = "s3://\(bucket)"
    let call = try call(method: "HEAD", bucket: bucket, in: endpoint.region)
    do {
      let region = try await wrapping(operation: "find", resource: resource) {
        try await caller.send(call) { response in
          // Some servers answer 204.
          guard (200..<300).contains(response.status) else {
            throw refusal(response, operation: "find", resource: resource)
          }
          return response.headers["x-amz-bucket-region"]
        }
      }
      return (region, nil)
    } catch let error as S3Error {
      // Servers that fail, or ask for patience until there is none left, have not answered.
      guard error.operation == "find", error.retryCause == .other, let status = error.statusCode,
        status < 500
      else { throw error }
      return (error.region, error)
    }
  }

  private func location(of bucket: String) async throws -> String? {
    do {
      let answer = try await send(
        try call(bucket: bucket, in: endpoint.region, query: [QueryParameter("location")]),
        operation: "find", resource: "s3://\(bucket)"
      ) { (body) throws(AnswerError) in try BucketLocation(parsing: body) }
      return answer.region.flatMap { Region($0)?.name }
    } catch is S3Error {
      // Not knowing the region is no reason to fail: the listing itself will say what is wrong.
      return nil
    }
  }

  // MARK: - Redirects

  /// Calls the bucket's region, and once more if the answer says that it is another one.
  func followingRegion<Answer>(
    of bucket: String, _ call: (Region) async throws -> Answer
  ) async throws -> Answer {
    let region = state.withLock { $0.regions[bucket] } ?? endpoint.region
    do {
      return try await call(region)
    } catch let error as S3Error where error.isRedirect && endpoint.followsRedirects(bucket: bucket)
    {
      var named = error.region.flatMap { Region($0) }
      if named == nil, error.region == nil {
        named = try await discoverRegion(of: bucket).flatMap { Region($0) }
      }
      guard let other = named else { throw error }
      guard other != region else { throw error.leading(backTo: region) }
      let answer = try await self.call(other, redirectedFrom: region, call)
      remember(region: other.name, of: bucket)
      return answer
    }
  }

  private func call<Answer>(
    _ region: Region, redirectedFrom first: Region, _ call: (Region) async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await call(region)
    } catch let error as S3Error where error.isRedirect {
      throw error.redirectedAgain(from: first, by: region)
    }
  }
}

extension S3Error {
  /// Whether the answer says that the bucket is in another region; the service's error is in it,
  /// its headers are not yet.
  ///
  /// The triggers of botocore's S3RegionRedirectorv2. HeadBucket, whose errors have no code, is asked
  /// for nothing but the region.
  var saysRedirect: Bool {
    switch code {
    case "PermanentRedirect", "IllegalLocationConstraintException": true
    case "AuthorizationHeaderMalformed": region?.isEmpty == false
    default: [301, 302, 307].contains(statusCode)
    }
  }

  /// The error for an answer that sends the request to where it was.
  fileprivate func leading(backTo region: Region) -> S3Error {
    guard !leadsElsewhere else { return self }
    var error = self
    error.words = "the server redirects to \(region), the region that it was asked in"
    error.hint =
      code == "TemporaryRedirect"
      ? "run again later: a new bucket takes a while to be known everywhere"
      : "check the endpoint: something between here and the bucket answers for another region"
    return error
  }

  /// The error for a redirect that follows a redirect.
  fileprivate func redirectedAgain(from first: Region, by second: Region) -> S3Error {
    guard !leadsElsewhere else { return self }
    var error = self
    error.words = "the server redirects from \(first) to \(second), and from there once more"
    error.hint = .nameRegionOrCheckEndpoint
    return error
  }
}
