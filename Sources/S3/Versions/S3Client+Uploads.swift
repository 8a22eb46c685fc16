internal import AWS
package import Vocabulary

extension S3Client {
  private static let uploadOperation = "list the uploads to"
  private static let partOperation = "list the parts of an upload to"

  /// One page of a bucket's uploads that are neither completed nor aborted, in the server's order.
  ///
  /// `after` is the `next` of the page before. Keys are never rolled up: with a delimiter, AWS says that
  /// there is more and not how to get it.
  ///
  /// - Throws: `S3Error`; `keepsNoUploads` where the server does not know the question; also when a page
  ///   leads to where it was asked from.
  package func listUploads(
    bucket: String, prefix: Key = .start, after: (key: Key, uploadID: String)? = nil
  ) async throws -> UploadPage {
    let markers = after.map {
      [
        QueryParameter(name: Array("key-marker".utf8), value: $0.key.bytes),
        QueryParameter("upload-id-marker", $0.uploadID),
      ]
    }
    do {
      let page = try await answer(
        habits: \.uploadHabits,
        askForBeginning: markers == nil
          ? nil : { _ = try await self.listUploads(bucket: bucket, prefix: prefix) }
      ) { form, attemptsMax in
        var query = [QueryParameter("uploads")]
        if form.encodesKeys { query.append(QueryParameter("encoding-type", "url")) }
        if form.namesPageSize {
          query.append(QueryParameter("max-uploads", String(UploadPage.uploadsMax)))
        }
        if !prefix.isStart {
          query.append(QueryParameter(name: Array("prefix".utf8), value: prefix.bytes))
        }
        return try await uploadPage(of: bucket, prefix, query + (markers ?? []), attemptsMax)
      }
      if let after, let next = page.next, next == after, !page.saysNothingOfEnd {
        throw endless(Self.uploadOperation, resource(bucket, prefix))
      }
      return page
    } catch let error as S3Error {
      throw error.naming(unkept: .uploads)
    }
  }

  private func uploadPage(
    of bucket: String, _ prefix: Key, _ query: [QueryParameter], _ attemptsMax: Int?
  ) async throws -> UploadPage {
    try await followingRegion(of: bucket) { region in
      var call = try call(
        bucket: bucket, in: region, query: query, bodyBytesMax: Self.pageBytesMax, isList: true)
      call.attemptsMax = attemptsMax
      return try await send(
        call, operation: Self.uploadOperation, resource: resource(bucket, prefix)
      ) {
        (body) throws(AnswerError) in
        try tellingListings(in: body) { (body) throws(AnswerError) in
          try UploadPage(parsing: body)
        }
      }
    }
  }

  /// The number and the bytes of an upload's parts that follow the part `after`: one page of them.
  ///
  /// Nil when the upload has been completed or aborted meanwhile: it is not there any more.
  ///
  /// - Throws: `S3Error`; also when a page leads to where it was asked from, or before.
  package func listParts(
    bucket: String, key: Key, uploadID: String, after: Int = 0
  ) async throws -> PartPage? {
    let resource = resource(bucket, key)
    var query = [QueryParameter("uploadId", uploadID)]
    if after > 0 { query.append(QueryParameter("part-number-marker", String(after))) }
    do {
      let page = try await followingRegion(of: bucket) { region in
        var call = try call(
          bucket: bucket, in: region, query: query, bodyBytesMax: Self.pageBytesMax, isList: true)
        call.path = key.bytes
        return try await send(call, operation: Self.partOperation, resource: resource) {
          (body) throws(AnswerError) in try PartPage(parsing: body, after: after)
        }
      }
      if let next = page.nextPartNumber, next <= after {
        throw endless(Self.partOperation, resource)
      }
      return page
    } catch let error as S3Error where error.saysUploadHasEnded {
      return nil
    }
  }

  /// The number and the bytes of all parts of an upload; nil when it has ended meanwhile.
  ///
  /// - Throws: `S3Error`.
  package func sumOfParts(
    bucket: String, key: Key, uploadID: String
  ) async throws -> (count: Int, bytes: Int64)? {
    var (count, bytes, after) = (0, Int64(0), 0)
    while true {
      guard
        let page = try await listParts(
          bucket: bucket, key: key, uploadID: uploadID, after: after)
      else { return nil }
      count += page.count
      bytes = bytes.plus(page.bytes)
      guard let next = page.nextPartNumber else { return (count, bytes) }
      after = next
    }
  }

  private func endless(_ operation: String, _ resource: String) -> S3Error {
    S3Error(
      operation: operation, resource: resource, statusCode: 200,
      message: "the pages do not come to an end")
  }
}

extension S3Error {
  /// Whether an upload was completed or aborted before its parts were asked for: Ceph RGW says that its
  /// key does not exist.
  fileprivate var saysUploadHasEnded: Bool {
    statusCode == 404 && (code == "NoSuchUpload" || code == "NoSuchKey")
  }
}
