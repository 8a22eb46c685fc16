internal import AWS
internal import HTTP
internal import Vocabulary

extension S3Client {
  private static let copyOperation = "copy"

  /// Which service's buckets these are: two servers may have buckets of one name.
  package var serviceName: String { endpoint.custom?.description ?? "aws" }

  /// Copies a version within the service to `target`, whose version id is not asked for.
  ///
  /// It is sent once: where the error is `isUncertain`, the copy may have been made all the same, and
  /// whoever sends it again without a look may make a second version. An error document in an answer of
  /// status 200 is an error (API Reference, "CopyObject").
  ///
  /// - Throws: `S3Error`; `isPreconditionFailed` where the source has another ETag, or something else is
  ///   replaced, than the directions say.
  package func copyObject(
    _ source: ObjectAddress, to target: ObjectAddress, _ directions: CopyDirections
  ) async throws -> CopyAnswer {
    let resource = "\(source.resource) to \(target.resource)"
    let headers =
      CopyDirections.sourceHeaders(
        source, etag: directions.sourceETag, owner: options.expectedBucketOwner)
      + directions.headers
    return try await sendToObject(
      target, operation: Self.copyOperation, resource: resource, method: "PUT", headers: headers,
      attemptsMax: 1, workMax: CopyDirections.workMax(bytes: directions.bytes)
    ) { response throws(S3Error) in
      var answer = try read(response, operation: Self.copyOperation, resource: resource) {
        (body) throws(AnswerError) in try CopyAnswer(parsing: body, root: "CopyObjectResult")
      }
      answer.versionID = response.headers["x-amz-version-id"]
      return answer
    }
  }

  /// The tags of a version.
  ///
  /// - Throws: `S3Error`.
  package func objectTags(_ object: ObjectAddress) async throws -> [ObjectTag] {
    let operation = "read the tags of"
    return try await sendToObject(
      object, operation: operation, query: [QueryParameter("tagging")]
    ) { response throws(S3Error) in
      try read(response, operation: operation, resource: object.resource) {
        (body) throws(AnswerError) in
        try readAnswer(body, root: "Tagging") { (scanner) throws(XMLError) in
          var tags: [ObjectTag] = []
          while try scanner.nextChild() {
            guard scanner.isNamed("TagSet") else {
              try scanner.skip()
              continue
            }
            while try scanner.nextChild() {
              let tag = try scanner.nextTag()
              tags.append(ObjectTag(key: tag.key, value: tag.value))
            }
          }
          return tags
        }
      }
    }
  }

  /// Deletes what a key holds now: with versioning, a delete marker is put over it.
  ///
  /// It is sent once, as `copyObject` is: each request makes a marker of its own.
  ///
  /// - Throws: `S3Error`.
  package func deleteObject(_ object: ObjectAddress) async throws {
    let operation = "delete"
    try await sendToObject(
      object, operation: operation, method: "DELETE", attemptsMax: 1
    ) { response throws(S3Error) in
      guard (200..<300).contains(response.status), ServiceError(parsing: response.body) == nil
      else { throw refusal(response, operation: operation, resource: object.resource) }
    }
  }
}

extension S3Error {
  /// Whether what was asked for may have been done although no answer says so: the connection was lost,
  /// nobody answered in time, or the service stumbled.
  package var isUncertain: Bool { retryCause != .other }

  /// Whether another request to write the same key was at work, so that the same one may succeed.
  package var isConflict: Bool { code == "ConditionalRequestConflict" }

  /// Whether the server does not know something that the request says.
  package var isNotImplemented: Bool { code == "NotImplemented" || statusCode == 501 }
}

extension CopyAnswer {
  /// Reads the body of an answer to CopyObject, UploadPartCopy or CompleteMultipartUpload.
  init(parsing body: [UInt8], root: StaticString) throws(AnswerError) {
    self = try readAnswer(
      withoutBlanks(before: body), root: root, orHolding: { $0.contains("ETag") }
    ) {
      (scanner) throws(XMLError) in
      var answer = CopyAnswer()
      var checksums: [String: String] = [:]
      var isComposite = false
      while try scanner.nextChild() {
        switch scanner.name {
        case "ETag": answer.etag = unquotedETag(try scanner.nextString())
        case "LastModified": answer.lastModified = Timestamp(written: try scanner.nextString())
        case "ChecksumType":
          isComposite = try scanner.nextString().uppercased() == "COMPOSITE"
        case let name where name.hasPrefix("Checksum"):
          let function = name.dropFirst("Checksum".count).lowercased()
          checksums["x-amz-checksum-\(function)"] = try scanner.nextString()
        default: try scanner.skip()
        }
      }
      // A value of the parts' values is none of the bytes.
      if !isComposite { answer.checksums = checksums.filter { !$0.value.contains("-") } }
      return answer
    }
  }
}

/// A body without the blanks that S3 sends while it works, before it has an answer.
func withoutBlanks(before body: [UInt8]) -> [UInt8] {
  Array(body.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 })
}

/// An ETag as listings have it: without quotes, and without the mark of weak ones.
package func unquotedETag(_ text: String) -> String {
  // By bytes: to count the characters of each of a million ETags takes longer than to compare them.
  var rest = text.utf8[...]
  if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
  let quote = UInt8(ascii: "\"")
  if rest.count >= 2, rest.first == quote, rest.last == quote { rest = rest.dropFirst().dropLast() }
  return rest.count == text.utf8.count ? text : String(Substring(rest))
}
