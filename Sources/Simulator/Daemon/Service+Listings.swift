import Synchronization
import Vocabulary

// Listings, which meet faults.
extension Service {
  func objects(
    of bucket: SimulatedBucket, for list: ListRequest, _ request: S3Request
  ) throws(S3Error) -> Answer {
    lookAtThaws(of: bucket, list.restoreStatusAt)
    let contents = contents(of: bucket)
    func answer(_ page: consuming ListPage) -> Answer {
      let count = page.objectCount
      state.withLock { $0.statistics.objects += count }
      return Answer(
        status: 200, headers: [("x-amz-bucket-region", bucket.region)],
        body: page.document(bucket: bucket.name, for: list))
    }
    return try meetingFaults(of: bucket, request) {
      answer(
        bucket.isDirectory
          ? ListPage(ofDirectory: contents, for: list) : ListPage(of: contents, for: list))
    } wrong: { kind, random in
      guard !bucket.isDirectory, let page = kind.page(of: contents, for: list, random: random)
      else { return nil }
      return answer(page)
    }
  }

  func versions(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard object.dialect != .rclone else { throw .notImplemented }
    var list = try VersionsRequest(
      object.query, entriesMax: configuration.pageKeysMax, dialect: object.dialect)
    list.restoreStatusAt = object.request.wantsRestoreStatus ? object.now : nil
    lookAtThaws(of: bucket, list.restoreStatusAt)
    let contents = contents(of: bucket)
    let start = try list.start(in: contents)
    func answer(_ page: consuming VersionsPage) -> Answer {
      let count = page.entryCount
      let churned = page.next == nil ? nil : page.last.entry
      state.withLock { $0.statistics.versions += count }
      if let (entry, index) = churned {
        churn(bucket, contents.keys.key(at: index), after: entry.number)
      }
      return Answer(
        status: 200, headers: [("x-amz-bucket-region", bucket.region)],
        body: page.document(bucket: bucket.name, for: list))
    }
    return try meetingFaults(of: bucket, object.request) {
      answer(VersionsPage(of: contents, for: list, from: start))
    } wrong: { kind, random in
      guard let page = kind.page(of: contents, for: list, from: start, random: random) else {
        return nil
      }
      return answer(page)
    }
  }

  /// Lets something happen to a key that goes on in the next page, as often as configured.
  private func churn(_ bucket: SimulatedBucket, _ key: Key, after number: WriteNumber) {
    let percent = configuration.versions.churnPercent
    guard percent > 0 else { return }
    let now = self.now()
    state.withLock { state in
      state.churnNumber += 1
      let random = mixed(seed: configuration.faultSeed, slot: state.churnNumber, lane: 13)
      guard !state.isHealed, random >> 32 < share(percent) else { return }
      state.statistics.churned += 1
      state.contents[bucket.name]?.churn(key, after: number, at: now, random: mixed(random))
    }
  }

  func uploads(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard object.dialect != .rclone else { throw .noSuchUpload }
    let list = try UploadsRequest(
      object.query, uploadsMax: configuration.pageKeysMax, dialect: object.dialect)
    let page = try UploadsPage(of: contents(of: bucket), for: list)
    return try meetingFaults(of: bucket, object.request) {
      state.withLock { $0.statistics.uploads += page.uploads.count }
      return Answer(status: 200, body: page.document(bucket: bucket.name, for: list))
    }
  }

  func parts(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    let page = try object.parts(in: contents(of: bucket), partsMax: configuration.pageKeysMax)
    return try meetingFaults(of: bucket, object.request) {
      state.withLock { $0.statistics.parts += page.parts.count }
      return Answer(
        status: 200, body: page.document(bucket: bucket.name, key: object.key.bytes))
    }
  }

  /// Who is told how far thaws are has looked at all of them.
  private func lookAtThaws(of bucket: SimulatedBucket, _ asked: Timestamp?) {
    guard asked != nil else { return }
    state.withLock { $0.contents[bucket.name]?.look(at: nil) }
  }
}
