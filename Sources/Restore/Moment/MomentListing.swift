internal import Crawl
internal import Synchronization
package import Vocabulary

/// The sink of a listing of versions that keeps what each key held at a moment, and nothing else.
///
/// Crawls pass on whole keys, so each is settled when it comes, whatever the order of the keys. A listing of
/// objects will do where there are no versions: each is its key's one version, without an id.
///
/// ```swift
/// let sink = try MomentListing(at: moment, in: "photos") { entry in … }  // nil leaves a key out
/// let result = try await listing.run(into: sink, progress: progress)
/// guard result.outcome == .complete, let state = sink.take() else { … }
/// ```
package actor MomentListing: ListingSink {
  /// What becomes of what a key held: the entry, changed perhaps, or nil where it is left out.
  package typealias Choice = @Sendable (ManifestEntry) throws -> ManifestEntry?

  private let executor = SerialQueueExecutor(label: "moment")
  private let state: Mutex<WantedFiles?>
  private var settling: Settling

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// - Throws: `SQLiteError` where no temporary file can be made.
  package init(at moment: Timestamp?, in bucket: String, choose: @escaping Choice) throws {
    state = Mutex(try WantedFiles(path: "s3://\(bucket)"))
    settling = Settling(moment: moment, bucket: bucket, choose: choose)
  }

  package func apply(_ steps: [CrawlStep]) throws -> ChangeCounts {
    let before = settling.listed
    settling = try state.withLock { [settling] state in
      var settling = settling
      // Where the disk fails, nothing is left to be taken for the whole.
      guard let wanted = state.take() else { return settling }
      try wanted.inBatch { try settling.apply(steps, to: wanted) }
      state = consume wanted
      return settling
    }
    return ChangeCounts(objects: settling.listed - before)
  }

  package func finish() {}

  /// Hands over the state, once; nil afterwards.
  package nonisolated func take() -> sending WantedFiles? { state.withLock { $0.take() } }

  /// What the listing cannot tell of it.
  package func doubtsFound() -> MomentDoubts { settling.doubts }
}

/// Finds what keys held, and puts it among what is wanted.
private struct Settling: Sendable {
  let moment: Timestamp?
  let bucket: String
  let choose: MomentListing.Choice
  var doubts = MomentDoubts()
  var listed: Int64 = 0

  mutating func apply(_ steps: [CrawlStep], to wanted: borrowing WantedFiles) throws {
    for step in steps {
      switch step {
      case .split: continue
      case .restart:
        try wanted.removeAll()
        (doubts, listed) = (MomentDoubts(), 0)
      case .merge(let coverage, let range):
        let records = coverage.records(of: range)
        listed += Int64(records.count)
        try take(coverage.page, records, into: wanted)
      }
    }
  }

  private mutating func take(
    _ page: ObjectPage, _ records: Range<Int>, into wanted: borrowing WantedFiles
  ) throws {
    var start = records.lowerBound
    while start < records.upperBound {
      var end = start + 1
      while end < records.upperBound, page.isSameKey(end, as: start) { end += 1 }
      defer { start = end }
      var search = MomentSearch(at: moment)
      let found = (start..<end).first { search.take(page.momentEntry(at: $0)) }
      if search.mayBeOverwritten { doubts.add(page.key(at: start)) }
      guard let found, let entry = try choose(page.manifestEntry(at: found, in: bucket)) else {
        continue
      }
      try wanted.insert(entry)
    }
  }
}

extension ObjectPage {
  fileprivate func isSameKey(_ index: Int, as other: Int) -> Bool {
    text[records[index].key.range] == text[records[other].key.range]
  }

  fileprivate func momentEntry(at index: Int) -> MomentSearch.Entry {
    let modified = records[index].lastModified
    guard !versions.isEmpty else {
      return MomentSearch.Entry(
        versionID: Self.idOfNone, isMarker: false, isLatest: true, lastModified: modified)
    }
    return MomentSearch.Entry(
      versionID: versionID(at: index), isMarker: versions[index].kind == .deleteMarker,
      isLatest: versions[index].isLatest, lastModified: modified)
  }

  fileprivate func manifestEntry(at index: Int, in bucket: String) -> ManifestEntry {
    let record = records[index]
    return ManifestEntry(
      bucket: bucket, key: key(at: index),
      versionID: versions.isEmpty ? Self.idOfNone : versionID(at: index), size: record.size,
      etag: etag(at: index), lastModified: record.lastModified,
      storageClass: storageClass(at: index))
  }
}
