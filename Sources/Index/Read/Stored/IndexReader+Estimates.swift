internal import SQLite
package import Vocabulary

extension IndexReader {
  /// Every figure of CloudWatch that is kept, in order of bucket and type.
  package func estimates() throws -> [StoredEstimate] {
    try connection.all(Self.selectEstimates) { row in
      var estimate = StoredEstimate(
        bucket: row.string(at: 0), endpoint: row.string(at: 1),
        region: row.string(at: 2).orNil, account: row.string(at: 3).orNil,
        state: EstimateState(rawValue: row.string(at: 9)) ?? .failed,
        asked: Timestamp(millisecondsSinceEpoch: row.int64(at: 11)))
      estimate.storageType = row.string(at: 4).orNil
      estimate.storageClass = row.optionalString(at: 5)
      estimate.component = row.optionalString(at: 6)
      estimate.value = row.optionalInt64(at: 7)
      estimate.day = row.timestamp(at: 8)
      estimate.error = row.optionalString(at: 10)
      return estimate
    }
  }

  /// Everything that is kept of what was billed, in order of month.
  package func actualCosts() throws -> [StoredActualCost] {
    try connection.all(Self.selectActualCosts) { row in
      var cost = StoredActualCost(
        endpoint: row.string(at: 0), account: row.string(at: 1).orNil,
        tag: row.string(at: 2).orNil, month: row.string(at: 3), monthEnd: row.string(at: 4),
        isEstimated: row.int64(at: 11) != 0,
        asked: Timestamp(millisecondsSinceEpoch: row.int64(at: 12)))
      cost.service = row.optionalString(at: 5)
      cost.name = row.optionalString(at: 6)
      cost.amount = row.optionalString(at: 7)
      cost.currency = row.optionalString(at: 8)
      cost.quantity = row.optionalString(at: 9)
      cost.unit = row.optionalString(at: 10)
      return cost
    }
  }

  /// What syncs found changed in a bucket from a moment on, as far as they kept a journal.
  package func churn(of bucketID: Int64, since moment: Timestamp) throws -> Churn {
    try connection.first(
      Self.selectChurn, .integer(bucketID), .integer(moment.millisecondsSinceEpoch)
    ) { row in
      Churn(
        changed: Usage(objects: row.int64(at: 0), bytes: row.int64(at: 1)),
        removed: Usage(objects: row.int64(at: 2), bytes: row.int64(at: 3)))
    } ?? Churn()
  }

  /// What became of objects that were there: those that are new tell it by their own time.
  package struct Churn: Equatable, Sendable {
    /// Written again or moved to another class, as they are since.
    package var changed = Usage()
    /// No longer there as they were: removed, and those that were changed.
    package var removed = Usage()

    package init(changed: Usage = Usage(), removed: Usage = Usage()) {
      self.changed = changed
      self.removed = removed
    }
  }

  private static let selectEstimates = """
    SELECT bucket, endpoint, region, account, storage_type, storage_class, component, value, day_ms,
      state, error, asked_ms
    FROM estimate ORDER BY bucket, endpoint, region, storage_type
    """

  private static let selectActualCosts = """
    SELECT endpoint, account, tag, month, month_end, service, name, amount, currency, quantity, unit,
      is_estimated, asked_ms
    FROM actual_cost ORDER BY month, endpoint, account, tag, place
    """

  /// The journal is in order of syncs: only those that went on after the moment are looked at.
  private static let selectChurn = """
    SELECT count(size_after), total(size_after), count(*), total(size_before)
    FROM sync CROSS JOIN object_change ON object_change.sync_id = sync.id
    WHERE object_change.bucket_id = ?1 AND at_ms >= ?2 AND size_before IS NOT NULL
      AND (finished_ms IS NULL OR finished_ms >= ?2)
    """
}

extension String {
  /// Nil for an empty text, which stands for what is not known in keys of tables.
  fileprivate var orNil: String? { isEmpty ? nil : self }
}
