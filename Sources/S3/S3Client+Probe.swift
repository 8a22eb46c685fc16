package import AWS
internal import HTTP
package import Vocabulary

/// What a server said to a request that is sent only to learn whether it is answered.
package struct ProbeAnswer: Equatable, Sendable {
  package var status: Int
  /// The error code; nil for a success, and for an answer without a document, as all to HEAD are.
  package var code: String?
  package var message: String?
  package var requestID: String?
  package var body: [UInt8]

  package init(
    status: Int, code: String? = nil, message: String? = nil, requestID: String? = nil,
    body: [UInt8] = []
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.requestID = requestID
    self.body = body
  }
}

extension ProbeAnswer {
  /// Whether it is what was asked for, as far as the status tells.
  package var isSuccess: Bool { (200..<300).contains(status) && code == nil }
}

extension S3Client {
  private static let probeBytesMax = 1 << 20

  /// Sends one request to a bucket, or to one key of it, and returns the answer whatever it is.
  ///
  /// Only what is retried, and what leads to another region, is not an answer. Throws `S3Error`
  /// when there is none.
  package func probe(
    _ method: String = "GET", bucket: String, key: Key? = nil, query: [QueryParameter]
  ) async throws -> ProbeAnswer {
    let resource = "s3://\(bucket)"
    return try await followingRegion(of: bucket) { region in
      var call = try call(
        method: method, bucket: bucket, in: region, query: query,
        bodyBytesMax: Self.probeBytesMax)
      call.path = key?.bytes ?? []
      // Refusals are thrown, for the caller signs some of them anew, and are answers in the end.
      var refused: ProbeAnswer?
      do {
        return try await wrapping(operation: "ask", resource: resource) {
          try await caller.send(call) { response in
            let answer = ProbeAnswer(response)
            if answer.isSuccess { return answer }
            refused = answer
            throw refusal(response, operation: "ask", resource: resource)
          }
        }
      } catch let error as S3Error {
        // An error may come with status 200; the cause of such an error is the service.
        guard let refused, error.statusCode == refused.status, error.retryCause == .other,
          !error.isRedirect
        else { throw error }
        return refused
      }
    }
  }
}

extension ProbeAnswer {
  fileprivate init(_ response: HTTPResponse) {
    let error = ServiceError(parsing: response.body)
    self.init(
      status: response.status, code: (error?.code).flatMap { $0.isEmpty ? nil : $0 },
      message: error?.message,
      requestID: error?.requestID ?? response.headers["x-amz-request-id"], body: response.body)
  }
}

// MARK: - Keys to try

extension ProbeAnswer {
  /// The first version of a page of ListObjectVersions that was not asked to encode keys, with its
  /// id; nil when this is none, or holds none.
  package var firstVersion: (key: Key, id: String)? {
    do throws(AnswerError) {
      return try readAnswer(body, root: "ListVersionsResult") { (scanner) throws(XMLError) in
        var found: (key: Key, id: String)?
        while try scanner.nextChild() {
          if found == nil, scanner.isNamed("Version") {
            found = try Self.version(&scanner)
          } else {
            try scanner.skip()
          }
        }
        return found
      }
    } catch {
      return nil
    }
  }

  private static func version(
    _ scanner: inout XMLScanner
  ) throws(XMLError) -> (key: Key, id: String)? {
    var key: String?
    var id: String?
    while try scanner.nextChild() {
      switch scanner.name {
      case "Key": key = try scanner.nextString()
      case "VersionId": id = try scanner.nextString()
      default: try scanner.skip()
      }
    }
    guard let key, let id, !id.isEmpty else { return nil }
    return (Key(key), id)
  }
}
