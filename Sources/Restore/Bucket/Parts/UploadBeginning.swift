internal import S3
internal import SQLite
internal import Vocabulary

/// A request to begin an upload, whose answer may never have come: the process may be killed meanwhile, and
/// nobody knows the id of what the service began.
struct UploadBeginning: Equatable, Sendable {
  /// Where the object was to be.
  var target: ObjectAddress
  /// When the request was about to be sent, by this machine's clock.
  var sent: Timestamp
  /// The uploads to the same key that were there before.
  var others: Set<String>

  /// S3 takes no request from a clock that is wrong by more (API Reference, "Common errors":
  /// RequestTimeTooSkewed), and the request may have been on its way for a while.
  private static let secondsOff: Int64 = 20 * 60

  /// Whether the request began this upload, as far as anybody can tell.
  ///
  /// Another program may upload to the same key: what it began at another time is its own. What was not there
  /// before was begun since, whatever time the service tells (moto tells one of 2010 of all).
  func isOf(_ upload: Upload, now: Timestamp) -> Bool {
    upload.key == target.key && !others.contains(upload.uploadID)
      && (isNear(upload.initiated) || isNear(now))
  }

  private func isNear(_ time: Timestamp) -> Bool {
    abs(time.millisecondsSinceEpoch - sent.millisecondsSinceEpoch) <= Self.secondsOff * 1_000
  }

  /// Whether the request may still be on its way, so that what it begins is not there yet.
  func mayBeUnderWay(now: Timestamp) -> Bool {
    abs(now.millisecondsSinceEpoch - sent.millisecondsSinceEpoch) <= 60_000
  }
}

extension CopyRecords {
  /// Ids hold no control characters: they stand in URLs.
  private static let separator = "\n"

  func expect(_ beginning: UploadBeginning) throws {
    // An earlier one that is still looked for stays: what it began is not among its others.
    try database.run(
      "INSERT INTO copy_beginning VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
      .text(service),
      .text(beginning.target.bucket), .text(beginning.target.key.bytes),
      .integer(beginning.sent.millisecondsSinceEpoch),
      .text(beginning.others.sorted().joined(separator: Self.separator)))
  }

  /// Forgets a request: its answer came, or what it began has been looked for.
  func expectNothing(at target: ObjectAddress) throws {
    try database.run(
      "DELETE FROM copy_beginning WHERE service = ?1 AND bucket = ?2 AND key = ?3", .text(service),
      .text(target.bucket), .text(target.key.bytes))
  }

  /// Requests to a bucket whose answers never came.
  func beginnings(in bucket: String) throws -> [UploadBeginning] {
    try database.all(
      "SELECT key, sent_ms, other_ids FROM copy_beginning WHERE service = ?1 AND bucket = ?2",
      .text(service), .text(bucket)
    ) { row in
      let others = row.string(at: 2).split(separator: Self.separator).map(String.init)
      return UploadBeginning(
        target: ObjectAddress(bucket: bucket, key: Key(row.bytes(at: 0))),
        sent: Timestamp(millisecondsSinceEpoch: row.int64(at: 1)), others: Set(others))
    }
  }
}
