internal import SQLite
internal import Vocabulary

/// What others say of buckets is kept beside what was listed, and changes nothing of it.
extension IndexWriter {
  /// Keeps what CloudWatch said, in place of what it said before of all buckets for which `isAsked` is true.
  package func keep(
    _ estimates: [StoredEstimate], at endpoint: String,
    replacing isAsked: @Sendable (_ bucket: String, _ region: String, _ account: String?) -> Bool
  ) throws {
    try inBatch {
      let known = try connection.all(
        "SELECT DISTINCT bucket, region, account FROM estimate WHERE endpoint = ?1",
        .text(endpoint)
      ) { (bucket: $0.string(at: 0), region: $0.string(at: 1), account: $0.string(at: 2)) }
      for (bucket, region, account) in known
      where isAsked(bucket, region, account.isEmpty ? nil : account) {
        try connection.run(
          "DELETE FROM estimate WHERE endpoint = ?1 AND bucket = ?2 AND region = ?3",
          .text(endpoint), .text(bucket), .text(region))
      }
      // A bucket that is gone here may be another account's by now.
      for estimate in estimates where try estimate.state != .gone || !isOfAnother(estimate) {
        try insert(estimate)
      }
    }
    try commit()
  }

  private func isOfAnother(_ estimate: StoredEstimate) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM estimate WHERE endpoint = ?1 AND bucket = ?2 AND account <> ?3 LIMIT 1",
      .text(estimate.endpoint), .text(estimate.bucket), .text(estimate.account ?? "")
    ) { _ in true } ?? false
  }

  /// Notes of buckets that they could not be asked about: figures of before stay, marked with why.
  package func mark(_ refusals: [StoredEstimate]) throws {
    try inBatch {
      for refusal in refusals {
        try connection.run(
          Self.markEstimate, .text(refusal.endpoint), .text(refusal.bucket),
          .text(refusal.region ?? ""), .state(refusal.state), refusal.error.sql)
        let isKnown = try connection.first(
          "SELECT 1 FROM estimate WHERE endpoint = ?1 AND bucket = ?2 AND region = ?3 LIMIT 1",
          .text(refusal.endpoint), .text(refusal.bucket), .text(refusal.region ?? "")
        ) { _ in true }
        if isKnown == nil { try insert(refusal) }
      }
    }
    try commit()
  }

  /// Keeps what was billed in these months, in place of what was kept of them.
  ///
  /// All rows are of one account and by one tag, or by usage type. That nothing is said of a month replaces nothing:
  /// what was billed was billed.
  package func keep(_ costs: [StoredActualCost]) throws {
    try inBatch {
      let silent = try costs.filter { try $0.service == nil && isBilled($0) }.map(\.month)
      let costs = costs.filter { !silent.contains($0.month) }
      for month in Set(costs.map(\.month)) {
        guard let first = costs.first else { continue }
        try connection.run(
          Self.deleteMonth, .text(first.endpoint), .text(first.account ?? ""),
          .text(first.tag ?? ""), .text(month))
      }
      for (place, cost) in costs.enumerated() { try insert(cost, at: place) }
    }
    try commit()
  }

  /// Whether something is kept of the month that a row is about.
  private func isBilled(_ cost: StoredActualCost) throws -> Bool {
    try connection.first(
      Self.selectBilled, .text(cost.endpoint), .text(cost.account ?? ""), .text(cost.tag ?? ""),
      .text(cost.month)
    ) { _ in true } ?? false
  }

  /// Drops what CloudWatch said of a bucket; to be called in a batch.
  func forgetEstimates(of bucket: String, at endpoint: String) throws {
    try connection.run(
      "DELETE FROM estimate WHERE endpoint = ?1 AND bucket = ?2", .text(endpoint), .text(bucket))
  }

  private func insert(_ estimate: StoredEstimate) throws {
    try connection.run(
      Self.insertEstimate, .text(estimate.endpoint), .text(estimate.bucket),
      .text(estimate.region ?? ""), .text(estimate.storageType ?? ""),
      .text(estimate.account ?? ""), estimate.storageClass.sql, estimate.component.sql,
      estimate.value.map { .integer($0) } ?? .null,
      estimate.day.map { .integer($0.millisecondsSinceEpoch) } ?? .null,
      .state(estimate.state), estimate.error.sql,
      .integer(estimate.asked.millisecondsSinceEpoch))
  }

  private func insert(_ cost: StoredActualCost, at place: Int) throws {
    try connection.run(
      Self.insertCost, .text(cost.endpoint), .text(cost.account ?? ""), .text(cost.tag ?? ""),
      .text(cost.month), .integer(Int64(place)), .text(cost.monthEnd), cost.service.sql,
      cost.name.sql, cost.amount.sql, cost.currency.sql, cost.quantity.sql, cost.unit.sql,
      .integer(cost.isEstimated ? 1 : 0), .integer(cost.asked.millisecondsSinceEpoch))
  }

  private static let insertEstimate = """
    INSERT INTO estimate (endpoint, bucket, region, storage_type, account, storage_class, component,
      value, day_ms, state, error, asked_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """

  private static let markEstimate = """
    UPDATE estimate SET state = ?4, error = ?5 WHERE endpoint = ?1 AND bucket = ?2 AND region = ?3
    """

  private static let insertCost = """
    INSERT INTO actual_cost (endpoint, account, tag, month, place, month_end, service, name, amount,
      currency, quantity, unit, is_estimated, asked_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    """

  private static let selectBilled = """
    SELECT 1 FROM actual_cost
    WHERE endpoint = ?1 AND account = ?2 AND tag = ?3 AND month = ?4 AND service IS NOT NULL LIMIT 1
    """

  private static let deleteMonth = """
    DELETE FROM actual_cost WHERE endpoint = ?1 AND account = ?2 AND tag = ?3 AND month = ?4
    """
}

extension String? {
  fileprivate var sql: SQLiteValue { map { .text($0) } ?? .null }
}
