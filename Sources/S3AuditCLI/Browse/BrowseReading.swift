internal import Answers
internal import Browse
internal import Index
internal import Report
internal import SQLite
internal import System
internal import Vocabulary

/// The reading side of a browser: makes replies of requests, with a connection that is opened when it is needed.
struct BrowseReading {
  private let index: BrowsedIndex
  private let shouldStop: @Sendable () -> Bool
  private var open: (reader: IndexReader, file: BrowsedIndex.File)?

  init(_ index: BrowsedIndex, shouldStop: @escaping @Sendable () -> Bool) {
    self.index = index
    self.shouldStop = shouldStop
  }

  /// Answers a request, in parts where it takes long; nothing more when it is to stop.
  mutating func answer(_ request: Request, _ send: (Reply) -> Void) {
    do {
      let reader = try reader(for: request)
      switch request {
      case .level(let place, let order, let objects, _):
        try LevelReading(reader, index, order, objectsMax: objects).read(place, send)
      case .growth(let place, let days):
        send(.growth(try GrowthReading(reader, index).read(place, days: days)))
      case .facts(let subject): try FactsReading(reader, index).read(subject, send)
      }
    } catch {
      if shouldStop() { return }
      send(.failed(message(of: error)))
    }
  }

  /// A connection to the file as it is now.
  ///
  /// A connection reads on in the file that it was opened with, wherever that has gone; and one without a log beside
  /// it may be of a file that nobody else was to change.
  private mutating func reader(for request: Request) throws -> IndexReader {
    let file = index.file
    var isAnew = open == nil
    if case .level(_, _, _, true) = request { isAnew = true }
    if let before = open?.file, !isAnew {
      guard let file else { throw CommandFailure(message: "the index has gone; R looks again") }
      guard file.identity == before.identity else {
        throw CommandFailure(
          message: "another file has taken the place of the index; R reads that one")
      }
      isAnew = file != before
    }
    if let open, !isAnew { return open.reader }
    // SQLite's locks on a file go when any other connection to it is closed: one at a time.
    open = nil
    guard let file else { throw IndexError.missing(path: index.path) }
    let reader = try IndexReader(path: index.path, now: index.now(), shouldStop: shouldStop)
    open = (reader, file)
    return reader
  }
}

/// The index that is browsed.
struct BrowsedIndex: Sendable {
  let path: String
  /// Which buckets are shown: SQLite's GLOB.
  let bucketPattern: String
  let now: @Sendable () -> Timestamp

  /// What tells that a file is another one, or was written since.
  struct File: Equatable, Sendable {
    var identity: FileIdentity
    var size: Int64
    var modifiedNanoseconds: Int64
    var hasLog: Bool
  }

  /// Nil where there is none.
  var file: File? {
    // Whoever opens it says why it cannot be read.
    guard let identity = FileIdentity(at: path), let status = try? FileStatus.ofPath(path) else {
      return nil
    }
    return File(
      identity: identity, size: status.size, modifiedNanoseconds: status.modifiedNanoseconds,
      hasLog: FileSystem.exists(at: path + "-wal"))
  }

  /// The buckets that are shown, in the order of their names.
  func buckets(_ reader: IndexReader) throws -> [BucketSummary] {
    let all = try reader.buckets(matching: [])
    return bucketPattern == "*"
      ? all : all.filter { Connection.glob(bucketPattern, matches: $0.name) }
  }

  /// Where a browser begins.
  ///
  /// - Throws: `IndexError` for an index that cannot be read, and for a scope that names no bucket in it.
  func start(_ scope: BucketArgument?) throws -> Place {
    let reader = try IndexReader(path: path, now: now())
    guard let scope else { return .everything }
    let named = try reader.buckets(matching: [.init(bucketPattern: scope.bucket)])
    let prefix = scope.prefix ?? .start
    guard let bucket = named.first, named.count == 1, !scope.isPattern || !prefix.isStart else {
      guard prefix.isStart else {
        throw CommandFailure(
          message: "\(named.count) buckets match '\(scope.bucket)'",
          hint: "a prefix is browsed in one of them")
      }
      return .everything
    }
    return .below(BucketAddress(endpoint: bucket.endpoint, name: bucket.name), prefix)
  }
}
