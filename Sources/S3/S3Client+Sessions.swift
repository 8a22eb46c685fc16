internal import AWS
internal import HTTP
internal import Synchronization

extension S3Client {
  /// Sessions last five minutes; botocore renews them as early.
  private static let renewalWindowSeconds: Int64 = 60

  /// The session that signs requests to a directory bucket; nil where the client's own credentials
  /// do.
  ///
  /// A session is opened with the first request and serves all of them until shortly before its
  /// end.
  func sessionCredentials(of bucket: String, at address: ServiceAddress) -> CredentialSource? {
    guard address.scheme == .s3Express, !caller.isAnonymous else { return nil }
    return state.withLock { state in
      if let cache = state.sessions[bucket] { return cache.source }
      // A client made of this client's parts: holding `self` would keep it alive for ever.
      let opening = SessionOpening(
        client: S3Client(caller: caller, endpoint: endpoint, options: options), bucket: bucket,
        address: address)
      let cache = CredentialCache(
        BucketSessionProvider { try await opening.open() },
        renewalWindowSeconds: Self.renewalWindowSeconds)
      state.sessions[bucket] = cache
      return cache.source
    }
  }
}

/// One call of CreateSession, with the user's own credentials.
private struct SessionOpening: Sendable {
  let client: S3Client
  let bucket: String
  let address: ServiceAddress

  func open() async throws -> Credentials {
    var address = address
    address.scheme = .sigV4
    let resource = "s3://\(bucket)"
    let call = ServiceCall(
      address: address, query: [QueryParameter("session")],
      headers: [HTTPHeader(name: "x-amz-create-session-mode", value: "ReadOnly")],
      bodyBytesMax: S3Client.answerBytesMax)
    do {
      return try await client.wrapping(operation: Self.operation, resource: resource) {
        try await client.caller.send(call) { response in
          // A server that passes over the parameter lists the bucket: no use in asking again.
          guard response.status != 200 || !ListPage.isListing(response.body) else {
            throw S3Error(
              operation: Self.operation, resource: resource, statusCode: 501, code: "NotImplemented"
            )
          }
          return try client.read(
            response, operation: Self.operation, resource: resource, BucketSession.credentials)
        }
      }
    } catch let error as S3Error where client.endpoint.custom != nil && error.lacksSessions {
      throw error.withoutSessions
    }
  }

  private static let operation = "open a session of"
}

extension S3Error {
  /// Whether a server that has no directory buckets answers CreateSession so.
  fileprivate var lacksSessions: Bool {
    switch code {
    case "NotImplemented", "MethodNotAllowed": true
    case nil: [400, 404, 405, 501].contains(statusCode)
    default: false
    }
  }

  fileprivate var withoutSessions: S3Error {
    var error = self
    error.words = "the server has no sessions, which the bucket's name asks for"
    error.hint = "set AWS_S3_DISABLE_EXPRESS_SESSION_AUTH=true to do without"
    return error
  }
}

/// What an address is made of, beside the client's endpoint.
struct AddressName: Hashable {
  /// More buckets than are at work at a time.
  static let countMax = 256

  var bucket: String
  var region: Region
  var isControl: Bool
}

extension S3Client {
  /// Whether a name is a directory bucket's (User Guide, "Directory bucket naming rules").
  package static func isDirectoryBucket(_ name: String) -> Bool {
    name.hasSuffix("--x-s3") || name.hasSuffix("--xa-s3")
  }

  /// Where calls to a bucket go when it is in `region`.
  func address(
    of bucket: String, in region: Region, isControl: Bool = false
  ) throws -> ServiceAddress {
    let name = AddressName(bucket: bucket, region: region, isControl: isControl)
    if let known = state.withLock({ $0.addresses[name] }) { return known }
    var regional = endpoint
    regional.region = region
    let address = try regional.address(bucket: bucket, isControl: isControl)
    state.withLock { state in
      if state.addresses.count >= AddressName.countMax { state.addresses.removeAll() }
      state.addresses[name] = address
    }
    return address
  }
}
