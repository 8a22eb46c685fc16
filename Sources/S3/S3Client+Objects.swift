package import AWS
internal import Synchronization
package import Vocabulary

/// Where the next page of a listing begins.
package enum PagePosition: Equatable, Sendable {
  /// After this key; from the beginning when it is `Key.start`.
  case after(Key)
  /// After this key, by ListObjects, which calls it the marker and knows no start-after; of objects only.
  case marker(Key)
  /// Where the server said that the page before ended; of objects only.
  case token(String)
  /// The same, or the beginning without a token, but no more than so many keys; of objects only.
  case shortened(token: String?, keysMax: Int)
  /// After this version of this key: the answer goes on with what the server has listed after it.
  case afterVersion(Key, String)
  /// All versions of one key from its newest on, or what follows one of them.
  ///
  /// Other keys that begin with it come too.
  case versions(of: Key, after: String?)

  /// Whether it is asked for by a key, which not every server allows.
  package var startsAfterKey: Bool {
    if case .after(let key) = self { !key.isStart } else { false }
  }
}

extension S3Client {
  // 1000 keys of 1024 bytes, each escaped to three times its length, make 3 MiB.
  static let pageBytesMax = 32 << 20

  /// One page of a bucket's keys, at most `keysMax`, in the order of their bytes.
  ///
  /// What the server refuses and answers without is left out from then on (`ListForm`); one that does
  /// not know ListObjectsV2 is asked with ListObjects. `observe` is called after each attempt; one that
  /// is redirected has failed.
  ///
  /// Precondition: `position` is no place among versions.
  ///
  /// - Throws: `S3Error`.
  package func listObjects(
    bucket: String, prefix: Key, from position: PagePosition, keysMax: Int = ListPage.keysMax,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) async throws -> ListPage {
    func page(_ form: ListForm, attemptsMax: Int? = nil) async throws -> ListPage {
      let query = Self.query(form, prefix: prefix, from: position, keysMax: keysMax)
      let page = try await self.page(
        form.version, of: bucket, prefix: prefix, query, attemptsMax, observe
      ).takingUnaskedToken(after: position)
      if position.startsAfterKey { state.withLock { $0.startAfter.isAnswered = true } }
      return page
    }
    // Directory buckets know no other than ListObjectsV2, and all of it.
    if Self.isDirectoryBucket(bucket) { return try await page(ListForm()) }
    let habits = state.withLock(\.listHabits)
    if case .marker = position {
      var form = habits.form
      form.version = .one
      var answer = try await page(form)
      // Its token is a marker, which ListObjectsV2 would not understand.
      if habits.form.version == .two { answer.nextContinuationToken = nil }
      return answer
    }
    let first: ListPage
    do {
      first = try await page(habits.form)
    } catch let error as S3Error {
      let forms = habits.alternatives(after: error)
      if !forms.isEmpty, position.startsAfterKey {
        // It may have been the start-after, which says nothing of the form: the beginning does.
        guard let form = await formAtBeginning(of: bucket, prefix), form != habits.form else {
          throw error
        }
        return try await page(form)
      }
      if let found = try await answer(in: forms, habits: \.listHabits, page) { return found }
      guard position != .after(.start),
        let found = try await bareAnswer(
          after: error, to: habits.form, habits: \.listHabits, page)
      else { throw error }
      return found
    }
    guard !habits.isVersionKnown, first.isVersionOne else {
      let showsVersion = first.keyCount != nil || first.nextContinuationToken != nil
      settle(\.listHabits, on: habits.form, isVersionKnown: habits.isVersionKnown || showsVersion)
      return first
    }
    var older = habits.form
    older.version = .one
    settle(\.listHabits, on: older, isVersionKnown: true)
    // It knows no start-after, so only the beginning is what was asked for.
    return position == .after(.start) ? first.withMarkerAsToken() : try await page(older)
  }

  /// The form in which the server answers for the beginning of a listing; nil when it answers in none.
  private func formAtBeginning(of bucket: String, _ prefix: Key) async -> ListForm? {
    do {
      _ = try await listObjects(bucket: bucket, prefix: prefix, from: .after(.start), keysMax: 1)
      return state.withLock(\.listHabits.form)
    } catch {
      // The refusal that led here is the one to tell.
      return nil
    }
  }

  private func page(
    _ version: ListForm.Version, of bucket: String, prefix: Key, _ query: [QueryParameter],
    _ attemptsMax: Int?, _ observe: @escaping @Sendable (Attempt) -> Void
  ) async throws -> ListPage {
    let page = try await followingRegion(of: bucket) { region in
      var call = try call(
        bucket: bucket, in: region, query: query, bodyBytesMax: Self.pageBytesMax, isList: true,
        observe: observe)
      call.attemptsMax = attemptsMax
      return try await send(call, operation: "list", resource: resource(bucket, prefix)) {
        (body) throws(AnswerError) in try ListPage(parsing: body)
      }
    }
    return version == .one ? page.withMarkerAsToken() : page
  }

  private static func query(
    _ form: ListForm, prefix: Key, from position: PagePosition, keysMax: Int
  ) -> [QueryParameter] {
    var query: [QueryParameter] = []
    if form.version == .two { query.append(QueryParameter("list-type", "2")) }
    if form.encodesKeys { query.append(QueryParameter("encoding-type", "url")) }
    if case .shortened(_, let keysMax) = position {
      query.append(QueryParameter("max-keys", String(keysMax)))
    } else if form.namesPageSize {
      query.append(QueryParameter("max-keys", String(keysMax)))
    }
    if !prefix.isStart {
      query.append(QueryParameter(name: Array("prefix".utf8), value: prefix.bytes))
    }
    let (after, token) =
      form.version == .two ? ("start-after", "continuation-token") : ("marker", "marker")
    switch position {
    case .after(let key) where key.isStart: break
    case .after(let key):
      query.append(QueryParameter(name: Array(after.utf8), value: key.bytes))
    case .marker(let key):
      query.append(QueryParameter(name: Array("marker".utf8), value: key.bytes))
    case .token(let text), .shortened(let text?, _): query.append(QueryParameter(token, text))
    case .shortened(nil, _): break
    case .afterVersion, .versions: preconditionFailure("a place among versions, not among objects")
    }
    return query
  }

  /// What errors call the keys of a bucket that begin with a prefix.
  func resource(_ bucket: String, _ prefix: Key) -> String {
    prefix.isStart ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix.text)"
  }
}

extension ListPage {
  /// A page that says what comes next by the name of what it was asked by, as AWS's ListBuckets does.
  ///
  /// A `ContinuationToken` repeats the request's; one that was not in the request cannot be that. Where the
  /// page says that it is the last, nobody asks what else it may be.
  fileprivate func takingUnaskedToken(after position: PagePosition) -> ListPage {
    guard let token = continuationToken, nextContinuationToken == nil,
      isTruncated || !saysWhetherTruncated
    else { return self }
    switch position {
    case .token(token), .shortened(token, _): return self
    case .after(let key) where key.text == token: return self
    default: break
    }
    var page = self
    page.nextContinuationToken = token
    page.isTruncated = true
    page.saysNothingOfEnd = false
    return page
  }

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
