package import AWS
internal import HTTP
package import Vocabulary

extension PagePosition {
  /// The key whose versions are asked for; nil where all are.
  fileprivate var key: Key? {
    if case .versions(let key, _) = self { key } else { nil }
  }

  /// The parameters that ask for it in a listing of versions.
  fileprivate var versionMarkers: [QueryParameter] {
    func markers(_ key: Key, _ versionID: String?) -> [QueryParameter] {
      [QueryParameter(name: Array("key-marker".utf8), value: key.bytes)]
        + (versionID.map { [QueryParameter("version-id-marker", $0)] } ?? [])
    }
    return switch self {
    case .after(let key): key.isStart ? [] : markers(key, nil)
    case .afterVersion(let key, let versionID): markers(key, versionID)
    case .versions(let key, after: let versionID?): markers(key, versionID)
    case .versions(_, after: nil): []
    case .token, .marker, .shortened: preconditionFailure("versions are not listed by token")
    }
  }
}

extension S3Client {
  private static let versionOperation = "list the versions of"
  private static let thawHeaders = [
    HTTPHeader(name: "x-amz-optional-object-attributes", value: "RestoreStatus")
  ]

  /// One page of a bucket's versions and delete markers, at most `keysMax`: keys in the order of their
  /// bytes, each key's newest version first.
  ///
  /// Asked for and judged as `listObjects` does; keys are never rolled up. Servers differ in what follows
  /// a key alone: AWS goes on after it, Ceph RGW begins with its versions again, moto leaves out the first
  /// of what follows unless the key exists. What is asked for by a version is right where that version
  /// still exists; AWS alone goes on rightly without it. Of `.versions(of:after:)`, `prefix` is not asked
  /// for. With `tellsThaws`, entries say how far they are on their way back from an archive, where the server
  /// tells (API Reference, "ListObjectVersions", x-amz-optional-object-attributes).
  ///
  /// Precondition: `position` is no token.
  ///
  /// - Throws: `S3Error`; `keepsNoVersions` where the server has none, which a plain listing in place of
  ///   one says too.
  package func listVersions(
    bucket: String, prefix: Key, from position: PagePosition, keysMax: Int = ListPage.keysMax,
    tellsThaws: Bool = false,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) async throws -> ListPage {
    let markers = position.versionMarkers
    let asked = position.key ?? prefix
    // User Guide, "Directory bucket API operations".
    guard !Self.isDirectoryBucket(bucket) else {
      throw S3Error(
        operation: Self.versionOperation, resource: resource(bucket, asked), statusCode: 501,
        code: "NotImplemented"
      ).naming(unkept: .versions)
    }
    do {
      return try await answer(
        habits: \.versionHabits,
        askForBeginning: markers.isEmpty
          ? nil
          : {
            _ = try await self.listVersions(
              bucket: bucket, prefix: prefix, from: .after(.start), keysMax: 1)
          }
      ) { form, attemptsMax in
        var query = [QueryParameter("versions")]
        if form.encodesKeys { query.append(QueryParameter("encoding-type", "url")) }
        if form.namesPageSize { query.append(QueryParameter("max-keys", String(keysMax))) }
        if !asked.isStart {
          query.append(QueryParameter(name: Array("prefix".utf8), value: asked.bytes))
        }
        return try await versionPage(
          of: bucket, asked, query + markers, tellsThaws ? Self.thawHeaders : [],
          attemptsMax: attemptsMax, observe)
      }
    } catch let error as S3Error {
      throw error.naming(unkept: .versions)
    }
  }

  private func versionPage(
    of bucket: String, _ prefix: Key, _ query: [QueryParameter], _ headers: [HTTPHeader],
    attemptsMax: Int?,
    _ observe: @escaping @Sendable (Attempt) -> Void
  ) async throws -> ListPage {
    try await followingRegion(of: bucket) { region in
      var call = try call(
        bucket: bucket, in: region, query: query, bodyBytesMax: Self.pageBytesMax, isList: true,
        observe: observe)
      call.attemptsMax = attemptsMax
      call.headers += headers
      return try await send(
        call, operation: Self.versionOperation, resource: resource(bucket, prefix)
      ) {
        (body) throws(AnswerError) in
        try tellingListings(in: body) { (body) throws(AnswerError) in
          try ListPage(parsingVersions: body)
        }
      }
    }
  }
}

/// Reads an answer to another question than for objects; one that lists objects, whatever its root is
/// called, is named.
func tellingListings<Answer>(
  in body: [UInt8], _ read: ([UInt8]) throws(AnswerError) -> Answer
) throws(AnswerError) -> Answer {
  do throws(AnswerError) {
    return try read(body)
  } catch {
    guard case .notS3 = error, ListPage.isListing(body) else { throw error }
    throw .otherAnswer(root: "ListBucketResult")
  }
}
