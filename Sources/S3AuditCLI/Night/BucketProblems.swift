internal import Index
internal import Report
internal import Vocabulary

/// Something about a bucket that somebody should look at.
struct BucketProblem: Equatable, Sendable {
  enum Kind: String, Sendable {
    case partial, denied, never, stale, grown
  }

  var kind: Kind
  /// Where several servers have one, `bucket` is of each of them.
  var bucket: String
  /// A line that can be shown, beginning with the name.
  var text: String
}

/// Finds what is wrong with buckets as the index has them: `status --check` prints it, and a sync tells people.
struct BucketProblems {
  /// How long ago a bucket may have been listed whole.
  var ageMaxMilliseconds: Int64 = 36 * 3_600_000
  /// By how much one may grow in a day, in percent; nil for any growth.
  var growthMax: Double?
  var now: Timestamp
  var unit: ByteUnit

  private static let dayMilliseconds: Int64 = 86_400_000

  /// Those of one bucket, its state first.
  ///
  /// `atWork` are the buckets that a sync is listing; nil where none runs. Buckets that it has begun, or will for the
  /// first time, are neither partial nor unlisted yet.
  func of(
    _ bucket: BucketSummary, _ reader: IndexReader, atWork: Set<Int64>? = nil
  ) throws -> [BucketProblem] {
    let name = bucket.name.escapingControls()
    var found: [BucketProblem] = []
    func note(_ kind: BucketProblem.Kind, _ text: String) {
      found.append(BucketProblem(kind: kind, bucket: bucket.name, text: "\(name) \(text)"))
    }
    let reason = bucket.error.map { ": \(onOneLine($0).escapingControls())" } ?? ""
    switch bucket.freshness.state {
    case .complete: break
    case .partial where atWork?.contains(bucket.id) == true: break
    case .never where atWork != nil: break
    case .partial: note(.partial, "is partial\(reason)")
    case .denied: note(.denied, "is denied\(reason)")
    case .never: note(.never, "was never listed")
    }
    if let whole = bucket.whole, age(whole) > ageMaxMilliseconds {
      note(.stale, "is stale: it was last listed whole \(ageText(age(whole))) ago")
    }
    if let growth = try growth(of: bucket, reader) { note(.grown, growth) }
    return found
  }

  /// Compares the newest complete crawl with the last one a day before it, or earlier.
  private func growth(of bucket: BucketSummary, _ reader: IndexReader) throws -> String? {
    guard let max = growthMax, let newest = try reader.point(of: bucket.id, notAfter: now)
    else { return nil }
    let dayBefore = Timestamp(
      millisecondsSinceEpoch: newest.at.millisecondsSinceEpoch.minus(Self.dayMilliseconds))
    // A night is rarely a day to the second: what began an hour later than the day before counts as well.
    let bound = Timestamp(
      millisecondsSinceEpoch: dayBefore.millisecondsSinceEpoch.plus(3_600_000))
    guard let before = try reader.point(of: bucket.id, notAfter: bound), before.usage.bytes > 0
    else { return nil }
    let percent =
      (Double(newest.usage.bytes) / Double(before.usage.bytes) - 1) * 100
    guard percent > max else { return nil }
    return "grew by \(Int64(percent.rounded())) % since \(before.at.iso8601), from "
      + "\(unit.text(before.usage.bytes)) to \(unit.text(newest.usage.bytes))"
  }

  func age(_ moment: Timestamp) -> Int64 {
    now.millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch)
  }
}
