package import S3
internal import SQLite
package import Vocabulary

// The archived ones among the versions that are wanted, in a table of their own beside them: they may be
// millions, and the most of them are only waited for.

extension WantedFiles {
  /// How a row stands; the table has these numbers.
  private enum Code: Int64 {
    /// Whether it is archived, or how far on its way back, is still to be asked.
    case unasked
    case archived, underWay, ready, begun, tooFast, noRoom, refused

    init(_ state: ThawState) {
      self =
        switch state {
        case .archived: .archived
        case .underWay: .underWay
        case .begun: .begun
        case .tooFast: .tooFast
        case .noRoom: .noRoom
        case .refused: .refused
        }
    }

    /// Nil for rows that nobody has to wait for.
    func state(reason: String?) -> ThawState? {
      switch self {
      case .unasked, .ready: nil
      case .archived: .archived
      case .underWay: .underWay
      case .begun: .begun
      case .tooFast: .tooFast
      case .noRoom: .noRoom
      case .refused: .refused(reason ?? "")
      }
    }
  }

  static let archivedTable = """
    CREATE TABLE archived (
      key TEXT PRIMARY KEY, version_id TEXT NOT NULL, size INTEGER, archive TEXT,
      code INTEGER NOT NULL, until_ms INTEGER, reason TEXT
    ) STRICT, WITHOUT ROWID;
    """

  /// Finds what may be archived among all that is wanted, without asking anybody; `isNeeded` says whether
  /// a version still has to be read at all.
  ///
  /// Classes that are archives are always looked for. With `asksUnknown`, versions come as well whose class
  /// nobody told, and those of `INTELLIGENT_TIERING`, which may be in a tier that no listing shows: to find
  /// out costs a request each. Without, what a GET answers is soon enough.
  package func findArchived(
    asksUnknown: Bool, where isNeeded: (ManifestEntry) throws -> Bool
  ) throws {
    try database.begin()
    var position = Key.start
    while true {
      let entries = try database.all(
        """
        SELECT \(Self.columns) FROM wanted
        WHERE path > ?1
          AND (storage_class IN (?2, ?3) OR ?4 AND (storage_class IS NULL OR storage_class = ?5))
        ORDER BY path LIMIT 1024
        """,
        .text(position.bytes), .text(Archive.glacier.rawValue),
        .text(Archive.deepArchive.rawValue), .integer(asksUnknown ? 1 : 0),
        .text(Archive.tieringClass)
      ) { Self.entry(in: $0) }
      guard let last = entries.last else { break }
      position = last.path
      for entry in entries where try isNeeded(entry) {
        let archive = Archive(storageClass: entry.storageClass ?? "", tier: nil)
        try database.run(
          "INSERT INTO archived VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL)",
          .text(entry.key.bytes), .text(entry.versionID), Self.value(entry.size),
          Self.value(archive?.rawValue), .integer(Code.unasked.rawValue))
      }
    }
    try database.commit()
  }

  /// Whether more than `count` of them are still to be asked about, behind a key.
  func hasMoreUnasked(than count: Int, after key: Key) throws -> Bool {
    try database.first(
      "SELECT 1 FROM archived WHERE key > ?1 AND code = ?2 LIMIT 1 OFFSET ?3", .text(key.bytes),
      .integer(Code.unasked.rawValue), .integer(Int64(count))
    ) { _ in true } ?? false
  }

  /// What the keys of all that is to be asked about begin with; nil when there is none.
  func unaskedPrefix() throws -> Key? {
    let bounds = try database.first(
      "SELECT min(key), max(key) FROM archived WHERE code = ?1", .integer(Code.unasked.rawValue)
    ) { $0.optionalString(at: 0) == nil ? nil : ($0.bytes(at: 0), $0.bytes(at: 1)) }
    guard let (first, last) = bounds ?? nil else { return nil }
    var prefix = Array(zip(first, last).prefix { $0 == $1 }.map(\.0))
    // Half a character is nothing that servers take.
    while String(validating: prefix, as: UTF8.self) == nil { prefix.removeLast() }
    return Key(prefix)
  }

  /// The next ones of them behind a key.
  func unasked(after key: Key, count: Int) throws -> [ArchivedVersion] {
    try rows(of: .unasked, after: key, count: count)
  }

  /// The next ones behind a key that nobody has asked to be brought back.
  func archived(after key: Key, count: Int) throws -> [ArchivedVersion] {
    try rows(of: .archived, after: key, count: count)
  }

  private func rows(of code: Code, after key: Key, count: Int) throws -> [ArchivedVersion] {
    try database.all(
      """
      SELECT key, version_id, archive FROM archived WHERE key > ?1 AND code = ?2
      ORDER BY key LIMIT ?3
      """,
      .text(key.bytes), .integer(code.rawValue), .integer(Int64(count))
    ) { row in
      ArchivedVersion(
        key: Key(row.bytes(at: 0)), versionID: row.string(at: 1),
        archive: row.optionalString(at: 2).flatMap { Archive(rawValue: $0) }, state: .archived)
    }
  }

  /// Takes over what servers said of versions; nil for one that they say nothing of, which a GET will tell.
  ///
  /// - Returns: how many of them had been to ask about.
  @discardableResult
  func settle(
    _ standings: [(key: Key, versionID: String, standing: Standing?, size: Int64?)]
  ) throws -> Int {
    var settled = 0
    try database.transaction {
      for (key, versionID, standing, size) in standings {
        if try settle(key, versionID, standing, size) { settled += 1 }
      }
    }
    return settled
  }

  private func settle(
    _ key: Key, _ versionID: String, _ standing: Standing?, _ size: Int64?
  ) throws -> Bool {
    let (code, archive, until): (Code, Archive, Timestamp?)
    switch standing {
    case .readable, nil:
      try database.run(
        "DELETE FROM archived WHERE key = ?1 AND version_id = ?2 AND code = ?3", .text(key.bytes),
        .text(versionID), .integer(Code.unasked.rawValue))
      return database.rowsChanged > 0
    case .archived(let place): (code, archive, until) = (.archived, place, nil)
    case .underWay(let place): (code, archive, until) = (.underWay, place, nil)
    case .ready(let place, let end): (code, archive, until) = (.ready, place, end)
    }
    try database.run(
      """
      UPDATE archived SET code = ?4, archive = ?5, until_ms = ?6, size = coalesce(?7, size)
      WHERE key = ?1 AND version_id = ?2 AND code = ?3
      """,
      .text(key.bytes), .text(versionID), .integer(Code.unasked.rawValue),
      .integer(code.rawValue), .text(archive.rawValue), Self.value(until?.millisecondsSinceEpoch),
      Self.value(size))
    return database.rowsChanged > 0
  }

  /// Takes over what became of versions that were asked for; nil for one that can be read now.
  func note(_ answers: [(key: Key, state: ThawState?)]) throws {
    try database.transaction {
      for (key, state) in answers {
        guard let state else {
          try database.run("DELETE FROM archived WHERE key = ?1", .text(key.bytes))
          continue
        }
        var reason: String?
        if case .refused(let words) = state { reason = words }
        try database.run(
          "UPDATE archived SET code = ?2, reason = ?3 WHERE key = ?1", .text(key.bytes),
          .integer(Code(state).rawValue), Self.value(reason))
      }
    }
  }

  /// Those that have to be waited for among some that follow one another: no restore asks for their bytes.
  package func held(among entries: [ManifestEntry]) throws -> [Key: ArchivedVersion] {
    guard let first = entries.first?.key, let last = entries.last?.key else { return [:] }
    let found = try database.all(
      """
      SELECT key, version_id, archive, code, reason FROM archived
      WHERE key >= ?1 AND key <= ?2 ORDER BY key
      """,
      .text(first.bytes), .text(last.bytes)
    ) { row -> ArchivedVersion? in
      guard let state = Code(rawValue: row.int64(at: 3))?.state(reason: row.optionalString(at: 4))
      else { return nil }
      return ArchivedVersion(
        key: Key(row.bytes(at: 0)), versionID: row.string(at: 1),
        archive: row.optionalString(at: 2).flatMap { Archive(rawValue: $0) }, state: state)
    }
    return found.reduce(into: [:]) { held, version in
      if let version { held[version.key] = version }
    }
  }

  /// What bringing all of them back would begin.
  package func thawPlan(by speed: ThawSpeed, days: Int) throws -> ThawPlan {
    let rows = try database.all(
      """
      SELECT code, archive, count(*), sum(size), count(size), min(until_ms) FROM archived
      WHERE archive IS NOT NULL GROUP BY code, archive ORDER BY code, archive
      """
    ) { row in
      (
        Code(rawValue: row.int64(at: 0)), row.string(at: 1), row.int64(at: 2),
        row.int64(at: 2) == row.int64(at: 4) ? row.optionalInt64(at: 3) : nil,
        row.optionalInt64(at: 5)
      )
    }
    var found: [(ThawState, ThawPlan.Share)] = []
    var ready: [ThawPlan.Share] = []
    var until: Int64?
    for (code, name, versions, bytes, end) in rows {
      guard let code, let archive = Archive(rawValue: name) else { continue }
      let share = ThawPlan.Share(archive: archive, versions: versions, bytes: bytes)
      if let state = code.state(reason: nil) {
        found.append((state, share))
      } else if code == .ready {
        ready.append(share)
        if let end { until = min(until ?? end, end) }
      }
    }
    var plan = ThawPlan(found, speed: speed, days: days)
    plan.ready = ready
    plan.readyUntil = until.map { Timestamp(millisecondsSinceEpoch: $0) }
    return plan
  }
}
