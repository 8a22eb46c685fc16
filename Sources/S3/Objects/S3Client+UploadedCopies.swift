internal import AWS
internal import HTTP
internal import Signing
internal import Vocabulary

/// An upload that a copy is made by, in parts.
package struct CopyUpload: Equatable, Sendable {
  /// Where the object will be; without a version id.
  package var target: ObjectAddress
  package var uploadID: String

  package init(target: ObjectAddress, uploadID: String) {
    self.target = target
    self.uploadID = uploadID
  }

  fileprivate var query: [QueryParameter] { [QueryParameter("uploadId", uploadID)] }
}

/// A part that has been copied.
package struct CopiedPart: Equatable, Sendable {
  package var number: Int
  /// Without quotes.
  package var etag: String
  /// Its checksums, as `CopyAnswer` has them.
  package var checksums: [String: String]

  package init(number: Int, etag: String, checksums: [String: String] = [:]) {
    self.number = number
    self.etag = etag
    self.checksums = checksums
  }
}

// UploadPartCopy takes over nothing but bytes: what else a copy has of its source is said when the upload
// is begun (API Reference, "CreateMultipartUpload", "UploadPartCopy").

extension S3Client {
  private static let beginOperation = "begin an upload to"
  private static let completeOperation = "complete the upload to"

  /// "Processing of a CompleteMultipartUpload request could take several minutes" (API Reference).
  private static let completionMax = Duration.seconds(600)

  /// Begins a copy in parts of the source that `head` is of.
  ///
  /// It is sent once, as `copyObject` is. Where the source has a checksum of all its bytes that combines
  /// over parts, the copy gets the same kind.
  ///
  /// - Throws: `S3Error`.
  package func beginCopy(
    to target: ObjectAddress, as head: ObjectHead, tags: [ObjectTag], _ directions: CopyDirections
  ) async throws -> CopyUpload {
    var headers = head.metadata + head.checksumToKeep
    if let storageClass = directions.storageClass {
      headers.append(HTTPHeader(name: "x-amz-storage-class", value: storageClass))
    }
    if !tags.isEmpty {
      let text = tags.map { "\(URIEncoding.encode($0.key))=\(URIEncoding.encode($0.value))" }
      headers.append(HTTPHeader(name: "x-amz-tagging", value: text.joined(separator: "&")))
    }
    return try await sendToObject(
      target, operation: Self.beginOperation, method: "POST", query: [QueryParameter("uploads")],
      headers: headers, attemptsMax: 1
    ) { response throws(S3Error) in
      try read(response, operation: Self.beginOperation, resource: target.resource) {
        (body) throws(AnswerError) in
        try readAnswer(body, root: "InitiateMultipartUploadResult") {
          (scanner) throws(XMLError) in
          var id = ""
          while try scanner.nextChild() {
            if scanner.isNamed("UploadId") {
              id = try scanner.nextString()
            } else {
              try scanner.skip()
            }
          }
          guard !id.isEmpty else {
            throw XMLError(offset: scanner.offset, expected: "an UploadId")
          }
          return CopyUpload(target: target, uploadID: id)
        }
      }
    }
  }

  /// Copies bytes of the source into a part; the same part again replaces it.
  ///
  /// `range` is nil for a source without bytes, of which no range can be named.
  ///
  /// - Throws: `S3Error`; `isPreconditionFailed` where the source has another ETag.
  package func copyPart(
    _ number: Int, of upload: CopyUpload, from source: ObjectAddress, range: Range<Int64>?,
    sourceETag: String?
  ) async throws -> CopiedPart {
    let operation = "copy a part of"
    let resource = "\(source.resource) to \(upload.target.resource)"
    var headers = CopyDirections.sourceHeaders(
      source, etag: sourceETag, owner: options.expectedBucketOwner)
    if let range {
      headers.append(
        HTTPHeader(
          name: "x-amz-copy-source-range",
          value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
    }
    return try await sendToObject(
      upload.target, operation: operation, resource: resource, method: "PUT",
      query: [QueryParameter("partNumber", String(number))] + upload.query, headers: headers,
      workMax: CopyDirections.workMax(bytes: range.map { Int64($0.count) } ?? 0)
    ) { response throws(S3Error) in
      let answer = try read(response, operation: operation, resource: resource) {
        (body) throws(AnswerError) in
        let answer = try CopyAnswer(parsing: body, root: "CopyPartResult")
        guard !answer.etag.isEmpty else {
          throw .malformed(XMLError(offset: body.count, expected: "an ETag of the part"))
        }
        return answer
      }
      return CopiedPart(number: number, etag: answer.etag, checksums: answer.checksums)
    }
  }

  /// Makes the object of its parts, which are in order.
  ///
  /// It is sent once, as `copyObject` is.
  ///
  /// - Throws: `S3Error`.
  package func complete(
    _ upload: CopyUpload, _ parts: [CopiedPart], _ directions: CopyDirections
  ) async throws -> CopyAnswer {
    var body = #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
    for part in parts {
      body +=
        "<Part><PartNumber>\(part.number)</PartNumber><ETag>\"\(xmlEscaped(part.etag))\"</ETag>"
      for (name, value) in part.checksums.sorted(by: { $0.key < $1.key }) {
        let function = name.dropFirst("x-amz-checksum-".count).uppercased()
        guard function.utf8.allSatisfy({ $0.isASCIIDigit || $0.isASCIIUppercase }) else { continue }
        body += "<Checksum\(function)>\(xmlEscaped(value))</Checksum\(function)>"
      }
      body += "</Part>"
    }
    body += "</CompleteMultipartUpload>"
    let resource = upload.target.resource
    return try await sendToObject(
      upload.target, operation: Self.completeOperation, method: "POST", query: upload.query,
      headers: [HTTPHeader(name: "Content-Type", value: "application/xml")]
        + directions.replacedHeaders,
      body: Array(body.utf8), attemptsMax: 1, workMax: Self.completionMax
    ) { response throws(S3Error) in
      var answer = try read(response, operation: Self.completeOperation, resource: resource) {
        (body) throws(AnswerError) in
        try CopyAnswer(parsing: body, root: "CompleteMultipartUploadResult")
      }
      answer.versionID = response.headers["x-amz-version-id"]
      return answer
    }
  }

  /// Gives up an upload and its parts; one that is not there any more is given up already.
  ///
  /// - Throws: `S3Error`.
  package func abort(_ upload: CopyUpload) async throws {
    let operation = "abort the upload to"
    do {
      try await sendToObject(
        upload.target, operation: operation, method: "DELETE", query: upload.query
      ) { response throws(S3Error) in
        guard (200..<300).contains(response.status) else {
          throw refusal(response, operation: operation, resource: upload.target.resource)
        }
      }
    } catch let error as S3Error where error.statusCode == 404 {
      return
    }
  }
}

private func xmlEscaped(_ text: String) -> String {
  var escaped = ""
  for character in text {
    switch character {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    default: escaped.append(character)
    }
  }
  return escaped
}
