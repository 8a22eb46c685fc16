internal import AWS
package import HTTP
internal import Vocabulary

extension S3Client {
  private static let getOperation = "get"

  /// Fetches the bytes of a version, or `range` of them, into `sink`.
  ///
  /// With `ifMatch`, nothing comes of a version whose ETag is another: `null` versions are overwritten in
  /// place. Attempts that fail are repeated as for every call, each beginning the body anew.
  ///
  /// - Throws: `S3Error`; `isPreconditionFailed` for another ETag; also for an answer to a range that is
  ///   another range, or the whole object.
  package func getObject(
    _ object: ObjectAddress, range: Range<Int64>? = nil, ifMatch etag: String? = nil,
    into sink: any BodySink
  ) async throws -> ObjectHead {
    var headers = [HTTPHeader(name: "x-amz-checksum-mode", value: "ENABLED")]
    if let range {
      headers.append(
        HTTPHeader(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
    }
    if let etag { headers.append(HTTPHeader(name: "If-Match", value: etag)) }
    return try await sendToObject(
      object, operation: Self.getOperation, headers: headers, sink: sink
    ) { response throws(S3Error) in
      guard response.status == 200 || response.status == 206 else {
        throw refusal(response, operation: Self.getOperation, resource: object.resource)
      }
      let head = ObjectHead(response)
      guard Self.isAnswer(head, to: range) else {
        var error = S3Error(
          operation: Self.getOperation, resource: object.resource, statusCode: response.status,
          message: "the server sent other bytes than the ones that were asked for")
        // A server that has no ranges does not learn them.
        error.isFinal = true
        throw error
      }
      return head
    }
  }

  /// Whether an answer has the bytes that were asked for; the last ones may be missing behind the end.
  package static func isAnswer(_ head: ObjectHead, to range: Range<Int64>?) -> Bool {
    guard let range else { return head.status == 200 }
    guard head.status == 206, let found = head.contentRange else { return false }
    return found.first == range.lowerBound
      && found.last == min(range.upperBound, found.total ?? range.upperBound) - 1
  }

  /// What the server knows of a version, or of one of the parts it was uploaded in.
  ///
  /// - Throws: `S3Error`; a delete marker is `isMissing`.
  package func headObject(
    _ object: ObjectAddress, part: Int? = nil
  ) async throws -> ObjectHead {
    let operation = "look at"
    let query = part.map { [QueryParameter("partNumber", String($0))] } ?? []
    return try await sendToObject(
      object, operation: operation, method: "HEAD", query: query,
      headers: [HTTPHeader(name: "x-amz-checksum-mode", value: "ENABLED")]
    ) { response throws(S3Error) in
      guard response.status == 200 || response.status == 206 else {
        throw refusal(response, operation: operation, resource: object.resource)
      }
      return ObjectHead(response)
    }
  }

  /// Sends a request about one version, in its bucket's region.
  ///
  /// `resource` is what errors say it was about, where that is not the version alone. With an
  /// `attemptsMax` of 1, nothing is sent again but what the service has refused to look at: requests that
  /// must not be done twice.
  func sendToObject<Answer>(
    _ object: ObjectAddress, operation: String, resource: String? = nil, method: String = "GET",
    query: [QueryParameter] = [], headers: [HTTPHeader] = [], body: [UInt8] = [],
    attemptsMax: Int? = nil, workMax: Duration? = nil, sink: (any BodySink)? = nil,
    read: (HTTPResponse) throws(S3Error) -> Answer
  ) async throws -> Answer {
    var query = query
    if let id = object.versionID { query.append(QueryParameter("versionId", id)) }
    return try await followingRegion(of: object.bucket) { region in
      var call = try call(method: method, bucket: object.bucket, in: region, query: query)
      call.path = object.key.bytes
      call.headers += headers
      call.body = body
      call.sink = sink
      call.attemptsMax = attemptsMax
      call.workMax = workMax
      return try await wrapping(operation: operation, resource: resource ?? object.resource) {
        try await caller.send(call) { response in
          let answer = try read(response)
          noteS3()
          return answer
        }
      }
    }
  }
}

extension S3Error {
  /// Whether what was asked for is not what is there any more.
  package var isPreconditionFailed: Bool { statusCode == 412 || code == "PreconditionFailed" }

  /// Whether these credentials may not read it.
  package var isDenied: Bool { statusCode == 403 && !isArchived }

  /// Whether there is no such version, or it is a delete marker.
  package var isMissing: Bool { statusCode == 404 || statusCode == 405 }

  /// Whether the version is archived and has to be brought back before it can be read.
  ///
  /// A copy of such a version may be refused by another name.
  package var isArchived: Bool {
    code == "InvalidObjectState" || code == "ObjectNotInActiveTierError"
  }
}
