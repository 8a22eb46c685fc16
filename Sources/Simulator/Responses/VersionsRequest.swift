import Vocabulary

/// The parameters of ListObjectVersions.
struct VersionsRequest {
  var dialect = VersionDialect.aws
  var prefix: [UInt8] = []
  var delimiter: [UInt8] = []
  /// Empty: none.
  var keyMarker: [UInt8] = []
  /// Empty: none.
  var versionIDMarker: [UInt8] = []
  var entriesMax = 1_000
  var isURLEncoded = false
  /// When thaws are looked at; nil where nobody asks about them.
  var restoreStatusAt: Timestamp?

  init() {}

  /// Parameters with other names are ignored, as S3 does.
  init(_ query: Query, entriesMax limit: Int, dialect: VersionDialect) throws(S3Error) {
    self.dialect = dialect
    prefix = query["prefix"] ?? []
    delimiter = query["delimiter"] ?? []
    keyMarker = query["key-marker"] ?? []
    versionIDMarker = query["version-id-marker"] ?? []
    entriesMax = try query.count("max-keys", atMost: limit)
    isURLEncoded = dialect == .moto ? false : try query.wantsURLEncoding()
    guard dialect == .aws, query["version-id-marker"] != nil else { return }
    guard !versionIDMarker.isEmpty else {
      throw S3Error(.invalidArgument, "A version-id marker cannot be empty.")
    }
    guard !keyMarker.isEmpty else {
      throw S3Error(
        .invalidArgument, "A version-id marker cannot be specified without a key marker.")
    }
  }

  var keyEncoding: KeyEncoding {
    switch (dialect, isURLEncoded) {
    case (.moto, _): .raw
    case (.rgw, true): .rgwURL
    case (_, true): .url
    case (_, false): .xml
    }
  }
}

/// Where a page of versions begins.
struct VersionsStart: Equatable {
  var index: Int
  /// Passed of that key, with all that is newer.
  var through: WriteNumber?
  /// Whether the first entry is left out: moto's way to go on after a key.
  var dropsFirst = false
}

extension VersionsRequest {
  /// Where this request's page begins; nil for a page without anything that is not truncated.
  ///
  /// The servers agree only where both markers name a version that is still there.
  func start(in contents: BucketContents) throws(S3Error) -> VersionsStart? {
    let keys = contents.keys
    let first = keys.firstIndex(atOrAfter: Key(prefix))
    var start: VersionsStart?
    switch (keyMarker.isEmpty, versionIDMarker.isEmpty) {
    case (true, true): start = VersionsStart(index: first)
    case (true, false): start = dialect == .rgw ? nil : VersionsStart(index: first)
    case (false, true): start = afterKey(in: contents, first: first)
    case (false, false): start = try afterVersion(in: contents)
    }
    guard let found = start, found.index < first else { return start }
    return VersionsStart(index: first)
  }

  /// The key marker alone.
  private func afterKey(in contents: BucketContents, first: Int) -> VersionsStart {
    let keys = contents.keys
    // Where folders are rolled up, a marker that is one is behind us with all that is in it.
    if isCommonPrefix(keyMarker) {
      return VersionsStart(
        index: ListPage.index(after: keyMarker, isCommonPrefix: true, in: keys))
    }
    switch dialect {
    case .aws, .rclone: return VersionsStart(index: keys.firstIndex(after: Key(keyMarker)))
    case .rgw: return VersionsStart(index: keys.firstIndex(atOrAfter: Key(keyMarker)))
    case .moto:
      // The entry that is dropped may stand before the prefix that is asked for.
      var index = keys.firstIndex(atOrAfter: Key(keyMarker))
      while index < first {
        if contents.hasEntries(at: index) { return VersionsStart(index: first) }
        index += 1
      }
      return VersionsStart(index: index, dropsFirst: true)
    }
  }

  /// Both markers.
  private func afterVersion(in contents: BucketContents) throws(S3Error) -> VersionsStart? {
    let keys = contents.keys
    let index = keys.index(of: Key(keyMarker))
    let isThere = index.flatMap { contents.entry(at: $0, id: versionIDMarker) }
    if let index, let entry = isThere, !isTakenForGone(entry) {
      return VersionsStart(index: index, through: entry.number)
    }
    switch dialect {
    case .aws, .rclone:
      // The position is in the id, so it does not matter that the version is gone.
      guard let index, let number = contents.number(ofID: versionIDMarker, at: index) else {
        throw S3Error(.invalidArgument, "Invalid version id specified")
      }
      return VersionsStart(index: index, through: number)
    case .rgw: return VersionsStart(index: keys.firstIndex(after: Key(keyMarker)))
    case .moto: return nil
    }
  }

  /// RGW does not find a delete marker without an id, though it lists one.
  private func isTakenForGone(_ entry: VersionRecord) -> Bool {
    dialect == .rgw && entry.isNull && entry.attributes == nil
  }

  private func isCommonPrefix(_ marker: [UInt8]) -> Bool {
    !delimiter.isEmpty && marker.count > prefix.count && marker.starts(with: prefix)
      && endOfFirst(delimiter, in: marker, from: prefix.count) == marker.count
  }
}
