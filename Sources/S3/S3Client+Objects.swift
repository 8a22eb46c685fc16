package import AWS
internal import Synchronization
package import Vocabulary

/// Where the next page of a listing begins.
package enum PagePosition: Equatable, Sendable {
  /// After this key; from the beginning when it is `Key.start`.
  case after(Key)
  /// Where the server said that the page before ended.
  case token(String)
}

extension S3Client {
  // 1000 keys of 1024 bytes, each escaped to three times its length, make 3 MiB.
  private static let pageBytesMax = 32 << 20

  /// One page of a bucket's keys, at most `keysMax`, in the order of their bytes.
  ///
  /// A server that does not know ListObjectsV2 is asked with ListObjects from then on. `observe` is
  /// called after each attempt; one that is redirected has failed.
  ///
  /// - Throws: `S3Error`.
  package func listObjects(
    bucket: String, prefix: Key, from position: PagePosition, keysMax: Int = ListPage.keysMax,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) async throws -> ListPage {
    func page(_ version: ListVersion) async throws -> ListPage {
      let query = Self.query(version, prefix: prefix, from: position, keysMax: keysMax)
      return try await self.page(version, of: bucket, prefix: prefix, query, observe)
    }
    // Directory buckets know no other than ListObjectsV2.
    if Self.isDirectoryBucket(bucket) { return try await page(.two) }
    if let version = state.withLock(\.listVersion) { return try await page(version) }
    let first: ListPage
    do {
      first = try await page(.two)
    } catch let error as S3Error where error.mayRefuseVersionTwo {
      guard let older = try await pageOfOlderServer(page) else { throw error }
      return older
    }
    guard first.isVersionOne else {
      if first.keyCount != nil || first.nextContinuationToken != nil { settle(on: .two) }
      return first
    }
    settle(on: .one)
    // It knows no start-after, so only the beginning is what was asked for.
    return position == .after(.start) ? first.withMarkerAsToken() : try await page(.one)
  }

  /// Asks with ListObjects; nil when the server refuses that as well.
  private func pageOfOlderServer(
    _ page: (ListVersion) async throws -> ListPage
  ) async throws -> ListPage? {
    do {
      let answer = try await page(.one)
      settle(on: .one)
      return answer
    } catch is S3Error {
      // The first refusal is the one to tell: it was not the version.
      return nil
    }
  }

  private func settle(on version: ListVersion) {
    state.withLock { $0.listVersion = version }
  }

  private func page(
    _ version: ListVersion, of bucket: String, prefix: Key, _ query: [QueryParameter],
    _ observe: @escaping @Sendable (Attempt) -> Void
  ) async throws -> ListPage {
    let page = try await followingRegion(of: bucket) { region in
      let call = try call(
        bucket: bucket, in: region, query: query, bodyBytesMax: Self.pageBytesMax, isList: true,
        observe: observe)
      return try await send(call, operation: "list", resource: resource(bucket, prefix)) {
        (body) throws(AnswerError) in try ListPage(parsing: body)
      }
    }
    return version == .one ? page.withMarkerAsToken() : page
  }

  private static func query(
    _ version: ListVersion, prefix: Key, from position: PagePosition, keysMax: Int
  ) -> [QueryParameter] {
    var query = [
      QueryParameter("encoding-type", "url"), QueryParameter("max-keys", String(keysMax)),
    ]
    if version == .two { query.insert(QueryParameter("list-type", "2"), at: 0) }
    if !prefix.isStart {
      query.append(QueryParameter(name: Array("prefix".utf8), value: prefix.bytes))
    }
    let (after, token) =
      version == .two ? ("start-after", "continuation-token") : ("marker", "marker")
    switch position {
    case .after(let key) where key.isStart: break
    case .after(let key):
      query.append(QueryParameter(name: Array(after.utf8), value: key.bytes))
    case .token(let text): query.append(QueryParameter(token, text))
    }
    return query
  }

  private func resource(_ bucket: String, _ prefix: Key) -> String {
    prefix.isStart ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix.text)"
  }
}

extension S3Error {
  /// Whether a server that does not know ListObjectsV2 may answer so.
  fileprivate var mayRefuseVersionTwo: Bool {
    switch statusCode {
    case 405, 501: true
    case 400: ["InvalidArgument", "InvalidRequest", "NotImplemented", nil].contains(code)
    default: false
    }
  }
}

extension ListPage {
  /// A page of ListObjects with its marker in the place of a token.
  ///
  /// Without a delimiter most servers send none: then the last key is the marker (API Reference,
  /// "ListObjects", NextMarker). One that is not UTF-8 would be another as text, and is left to
  /// whoever goes on after the last key.
  fileprivate func withMarkerAsToken() -> ListPage {
    guard isTruncated, let marker = nextMarker ?? objects.lastKey else { return self }
    var page = self
    page.nextContinuationToken = String(validating: marker.bytes, as: UTF8.self)
    return page
  }
}
