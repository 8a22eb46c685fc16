internal import SQLite
internal import Vocabulary

/// What became of one object in one sync, by its sizes and classes: nil for where it was not.
private struct Change {
  var key: [UInt8]
  var before: Int64?
  var after: Int64?
  /// The numbers of the storage classes that it was and is in.
  var classBefore: Int64?
  var classAfter: Int64?

  /// Nil when it came and went.
  var name: String? {
    switch (before, after) {
    case (nil, nil): nil
    case (nil, _): "added"
    case (_, nil): "removed"
    case (_, _): "modified"
    }
  }

  /// What it adds to the counts of a sync; with a `sign` of -1, what it takes back.
  func counts(_ sign: Int64 = 1) -> ChangeCounts {
    switch (before, after) {
    case (nil, nil): ChangeCounts()
    case (nil, _): ChangeCounts(added: sign)
    case (_, nil): ChangeCounts(removed: sign)
    case (_, _): ChangeCounts(changed: sign)
    }
  }
}

extension IndexWriter {
  /// Writes what a page changes to the journal, and counts it.
  ///
  /// A crawl that began again compares some objects twice in one sync: what the journal and the
  /// counts say of them is the way from their first state to their last.
  func journal(
    _ merge: PageMerge, of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    let changes = Self.changes(merge, of: page, classIDs)
    let at = now()
    let further = try connection.withStatement(Self.insertChange) { statement in
      var further: [Change] = []
      for change in changes {
        try statement.bind([
          .integer(syncID), .integer(plan.bucketID), .text(change.key),
          .integer(at.millisecondsSinceEpoch), change.name.map { .text($0) } ?? .null,
          Self.value(change.before), Self.value(change.after), Self.value(change.classBefore),
          Self.value(change.classAfter),
        ])
        try statement.run()
        if connection.rowsChanged == 0 { further.append(change) }
      }
      return further
    }
    var counts = merge.counts
    for change in further {
      counts += change.counts(-1)
      counts += try prolong(with: change, at, plan, syncID: syncID)
    }
    return counts
  }

  private static func value(_ number: Int64?) -> SQLiteValue {
    number.map { .integer($0) } ?? .null
  }

  private static func changes(
    _ merge: PageMerge, of page: ObjectPage, _ classIDs: [Int64]
  ) -> [Change] {
    let added = merge.inserts.map { index in
      let record = page.records[index]
      return Change(
        key: page.key(at: index).bytes, after: record.size,
        classAfter: classIDs[Int(record.storageClass)])
    }
    let modified = merge.updates.map { update in
      let record = page.records[update.record]
      return Change(
        key: update.before.key, before: update.before.size, after: record.size,
        classBefore: update.before.storageClassID,
        classAfter: classIDs[Int(record.storageClass)])
    }
    return added + modified
      + merge.deletes.map { row in
        Change(key: row.key, before: row.size, classBefore: row.storageClassID)
      }
  }

  /// Makes one change of an object's last one and another that follows it in the same sync.
  ///
  /// An object that was changed back stays `modified`: the journal keeps sizes and classes alone, so it
  /// cannot tell. The class before stays that of the first change.
  ///
  /// - Returns: the counts of the whole change without those of the last one.
  private func prolong(
    with next: Change, _ at: Timestamp, _ plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    let last = try connection.first(
      Self.selectChange, .integer(syncID), .integer(plan.bucketID), .text(next.key)
    ) { Change(key: next.key, before: $0.optionalInt64(at: 0), after: $0.optionalInt64(at: 1)) }
    guard let last else {
      throw IndexError.damaged(path: path, reason: "no row for a change that is there")
    }
    let whole = Change(key: next.key, before: last.before, after: next.after)
    if let name = whole.name {
      try connection.run(
        Self.updateChange, .integer(syncID), .integer(plan.bucketID), .text(next.key),
        .integer(at.millisecondsSinceEpoch), .text(name), Self.value(whole.after),
        Self.value(next.classAfter))
    } else {
      try connection.run(
        Self.deleteChange, .integer(syncID), .integer(plan.bucketID), .text(next.key))
    }
    var counts = whole.counts()
    counts += last.counts(-1)
    return counts
  }

  private static let insertChange = """
    INSERT INTO object_change (
      sync_id, bucket_id, key, at_ms, change, size_before, size_after, class_before_id,
      class_after_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT DO NOTHING
    """

  private static let selectChange = """
    SELECT size_before, size_after FROM object_change
    WHERE sync_id = ?1 AND bucket_id = ?2 AND key = ?3
    """

  private static let updateChange = """
    UPDATE object_change SET at_ms = ?4, change = ?5, size_after = ?6, class_after_id = ?7
    WHERE sync_id = ?1 AND bucket_id = ?2 AND key = ?3
    """

  private static let deleteChange = """
    DELETE FROM object_change WHERE sync_id = ?1 AND bucket_id = ?2 AND key = ?3
    """
}
