internal import SQLite

extension IndexWriter {
  /// Changes a setting.
  ///
  /// With `prefix_depth` the sums of prefixes are counted anew, in the same transaction: whatever ends it, setting and
  /// sums fit. All others count from the next sync on.
  ///
  /// - Throws: `SQLiteError` `.interrupted` soon after `shouldStop` turns true: nothing has changed then.
  package func set(
    _ setting: IndexSetting, to value: IndexSetting.Value,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    connection.setProgressCheck(shouldStop)
    defer { connection.clearProgressCheck() }
    try inBatch {
      try setting.write(value, in: connection)
      if setting == .prefixDepth, case .number(let depth) = value { try sumPrefixes(downTo: depth) }
    }
    try commit()
  }

  /// Counts the sums of prefixes of all buckets anew.
  func sumPrefixes(downTo depth: Int64) throws {
    deltas = UsageDeltas(depthMax: Int(depth), tables: .objects)
    versionDeltas = UsageDeltas(depthMax: Int(depth), tables: .versions)
    let buckets = try connection.all("SELECT id FROM bucket") { $0.int64(at: 0) }
    for bucket in buckets {
      try sumAgain(bucket)
      try sumVersionsAgain(bucket)
      try deltas.flush(to: connection)
      try versionDeltas.flush(to: connection)
    }
  }
}
