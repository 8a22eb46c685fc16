internal import SQLite
internal import Vocabulary

/// What a row of table `object_version` is; raw values are the table's.
enum VersionKind: Int64 {
  /// A version that is not its key's latest.
  case noncurrent = 0
  /// A delete marker below the latest version.
  case marker = 1
  /// The delete marker that hides its key: there is no object of it.
  case currentMarker = 2
}

/// What a row of table `object_version` adds to the rollups.
struct VersionShare {
  /// 0 for a delete marker, which has none.
  var storageClassID: Int64
  var bytes: Int64
  var isMarker: Bool
}

/// A row of table `object_version` that was loaded, because its key's entries differ.
struct StoredVersion {
  var rank: Int64
  var id: [UInt8]
  var kind: Int64
  var lastModifiedMs: Int64
  var etag: [UInt8]
  var share: VersionShare

  /// Reads a row of `VersionMerge.selectRows`.
  init(_ row: borrowing Statement) {
    rank = row.int64(at: VersionMerge.Column.rank)
    id = row.bytes(at: VersionMerge.Column.versionID)
    kind = row.int64(at: VersionMerge.Column.kind)
    lastModifiedMs = row.int64(at: VersionMerge.Column.lastModified)
    etag = row.bytes(at: VersionMerge.Column.etag)
    share = Self.share(of: row)
  }

  static func share(of row: borrowing Statement) -> VersionShare {
    VersionShare(
      storageClassID: row.int64(at: VersionMerge.Column.storageClass),
      bytes: row.int64(at: VersionMerge.Column.size),
      isMarker: row.int64(at: VersionMerge.Column.kind) != VersionKind.noncurrent.rawValue)
  }
}

extension VersionMerge {
  /// The columns of `selectRows`.
  enum Column {
    static let rank: Int32 = 1
    static let versionID: Int32 = 2
    static let kind: Int32 = 3
    static let size: Int32 = 4
    static let lastModified: Int32 = 5
    static let etag: Int32 = 6
    static let storageClass: Int32 = 7
  }

  static let selectRows = """
    SELECT key, rank, version_id, kind, size, last_modified_ms, etag, storage_class_id
    FROM object_version
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key, rank
    """

  static let selectRowsOfKey = """
    SELECT key, rank, version_id, kind, size, last_modified_ms, etag, storage_class_id
    FROM object_version
    WHERE bucket_id = ?1 AND key = ?2
    """

  /// All entries of one key, as positions in the page.
  struct Stack {
    let positions: Range<Int>
    /// Where the server calls none of them the latest, the first is.
    let latest: Int
    let hasLatest: Bool
    /// The current version; nil when that is a delete marker.
    let current: Int?

    init(_ positions: Range<Int>, of page: ObjectPage) {
      self.positions = positions
      let named = positions.first { page.versions[$0].isLatest }
      hasLatest = named != nil
      latest = named ?? positions.lowerBound
      current = page.versions[latest].kind == .version ? latest : nil
    }

    var first: Int { positions.lowerBound }
  }

  /// The entries of one key that are still to be compared, but its current version.
  struct Entries {
    private(set) var count: Int
    private var positions: Range<Int>
    private let current: Int?

    init(of stack: Stack) {
      positions = stack.positions
      current = stack.current
      count = positions.count - (current == nil ? 0 : 1)
    }

    var first: Int? {
      positions.first == current ? positions.dropFirst().first : positions.first
    }

    var rest: [Int] { positions.filter { $0 != current } }

    /// Precondition: there is a first one.
    mutating func removeFirst() {
      if positions.first == current { positions.removeFirst() }
      positions.removeFirst()
      count -= 1
    }
  }
}

/// The places of a key's rows in the server's order: a smaller rank is newer.
enum VersionRanks {
  /// What lies between two ranks at first, so that later versions find room.
  static let gap: Int64 = 1_024

  /// Ranks for new rows between two that stay, nil where none is; nil when there is no room.
  static func ranks(_ count: Int, between lower: Int64?, and upper: Int64?) -> [Int64]? {
    guard count > 0 else { return [] }
    switch (lower, upper) {
    case (nil, nil): return (0..<count).map { Int64($0) * gap }
    case (let lower?, nil): return (1...count).map { lower.plus(Int64($0) * gap) }
    case (nil, let upper?): return (0..<count).map { upper.minus(Int64(count - $0) * gap) }
    case (let lower?, let upper?):
      let step = upper.minus(lower) / Int64(count + 1)
      return step > 0 ? (1...count).map { lower + Int64($0) * step } : nil
    }
  }

  /// The positions of the most numbers that ascend without changing their order.
  static func longestAscent(_ numbers: [Int]) -> [Int] {
    // Of all ascents of a length, the position at which the one with the least last number ends.
    var ends: [Int] = []
    var before: [Int?] = []
    for position in numbers.indices {
      var low = 0
      var high = ends.count
      while low < high {
        let middle = (low + high) / 2
        if numbers[ends[middle]] < numbers[position] { low = middle + 1 } else { high = middle }
      }
      before.append(low == 0 ? nil : ends[low - 1])
      if low == ends.count { ends.append(position) } else { ends[low] = position }
    }
    var ascent: [Int] = []
    var next = ends.last
    while let position = next {
      ascent.append(position)
      next = before[position]
    }
    return ascent.reversed()
  }
}
