internal import Index
internal import Vocabulary

/// When a bucket was listed, as far as a question is about it.
///
/// By reference: each of its prefixes may be a row.
final class Listed {
  let bucket: BucketSummary
  let points: [UsagePoint]
  let gaps: [UsageGap]
  /// The first point that is known of the bucket, which may be before `points`; nil where it was never listed.
  let firstPoint: Timestamp?

  init(
    bucket: BucketSummary, points: [UsagePoint], gaps: [UsageGap], firstPoint: Timestamp?
  ) {
    self.bucket = bucket
    self.points = points
    self.gaps = gaps
    self.firstPoint = firstPoint
  }

  /// The same from a point on: something began then where it is not the first.
  func dropping(_ count: Int) -> Listed {
    guard count > 0 else { return self }
    return Listed(
      bucket: bucket, points: Array(points[count...]), gaps: gaps, firstPoint: points[count].at)
  }
}

/// The sum of one or several buckets, or of parts of them, from moment to moment.
struct HistoryGroup {
  /// One moment of a group.
  struct Row {
    /// When it was, or the start of the period.
    var at: Timestamp
    /// Nil where it is not known of all members that there were.
    var usage: Usage?
    var state: BucketState
    /// The oldest of the crawls behind the sum.
    var syncedAt: Timestamp?
  }

  private struct Moment {
    var usage = Usage()
    /// How many members are in the sum.
    var members = 0
    var first: Timestamp
    var last: Timestamp

    mutating func add(_ usage: Usage, at moment: Timestamp) {
      self.usage += usage
      members += 1
      first = min(first, moment)
      last = max(last, moment)
    }
  }

  private struct Member {
    var name: String
    /// Since when it has been; where nobody knows when it was made, for ever.
    var firstSeen: Timestamp
    /// At how many moments it is known.
    var count: Int
  }

  /// Those that it is the sum of.
  private(set) var buckets: [Int64: BucketSummary] = [:]
  private let rhythm: Rhythm
  private var moments: [Int64: Moment] = [:]
  private var gaps: [Int64: (at: Timestamp, state: BucketState)] = [:]
  private var members: [Member] = []
  private var begun: Timestamp?
  private var lastTried: Timestamp?
  /// Whether it has members that never were listed: they are in no sum.
  private(set) var hasUnlisted = false

  init(_ rhythm: Rhythm) { self.rhythm = rhythm }

  /// Syncs have numbers from 1 on; crawls whose sync is not known are moments of their own.
  private func key(_ at: Timestamp, _ syncID: Int64?) -> Int64 {
    rhythm == .sync
      ? syncID ?? at.millisecondsSinceEpoch.times(-1)
      : rhythm.start(of: at).millisecondsSinceEpoch
  }

  /// Adds a bucket, or a part of it, with its values at the points, of which the last of a period counts.
  mutating func add(_ listed: Listed, _ usage: [Usage?]) {
    let (bucket, points) = (listed.bucket, listed.points)
    buckets[bucket.id] = bucket
    guard let firstPoint = listed.firstPoint else { return hasUnlisted = true }
    begun = min(begun ?? firstPoint, firstPoint)
    var count = 0
    func numbered(_ place: Int) -> Int64? {
      place < points.count ? key(points[place].at, points[place].syncID) : nil
    }
    var next = numbered(0)
    for place in points.indices {
      let point = points[place]
      guard let key = next else { break }
      next = numbered(place + 1)
      guard next != key else { continue }
      guard let usage = usage[place] else {
        gaps[key] = (point.at, .partial)
        continue
      }
      moments[key, default: Moment(first: point.at, last: point.at)].add(usage, at: point.at)
      count += 1
    }
    for gap in listed.gaps where gap.at > firstPoint {
      gaps[key(gap.at, gap.syncID)] = (gap.at, gap.state)
    }
    lastTried = [lastTried, points.last?.at, listed.gaps.last?.at].compactMap(\.self).max()
    let made = bucket.created.map { min($0, firstPoint) }
    members.append(
      Member(
        name: bucket.name, firstSeen: made ?? Timestamp(millisecondsSinceEpoch: .min), count: count)
    )
  }

  /// The rows in the order of time, of a window that is open where it has no bounds.
  ///
  /// A period has one from the first crawl on until the last that was tried, or until the period before `now`,
  /// also where nothing is known of it. With `part` the sums are those of the part, which has all members.
  func rows(
    since: Timestamp?, before: Timestamp?, now: Timestamp, of part: HistoryGroup? = nil
  ) -> [Row] {
    let firstSeen = members.map(\.firstSeen).sorted()
    guard let begun else { return [] }
    guard rhythm != .sync else {
      let keys = Set(moments.keys).union(gaps.keys)
      return keys.map { row($0, at: nil, firstSeen, part) }.sorted { $0.at < $1.at }
    }
    var start = rhythm.start(of: max(begun, since ?? begun))
    let today = rhythm.start(of: now)
    var rows: [Row] = []
    while before.map({ start < $0 }) ?? true {
      guard start < today || lastTried.map({ start <= $0 }) ?? false else { break }
      rows.append(row(start.millisecondsSinceEpoch, at: start, firstSeen, part))
      start = rhythm.next(after: start)
    }
    return rows
  }

  private func row(
    _ key: Int64, at start: Timestamp?, _ firstSeen: [Timestamp], _ part: HistoryGroup?
  ) -> Row {
    let moment = moments[key]
    let gap = gaps[key]
    let at = start ?? moment?.first ?? gap?.at ?? Timestamp(millisecondsSinceEpoch: key)
    guard let moment, moment.members >= firstSeen.countNotAfter(moment.last) else {
      let isOfOne = members.count == 1
      return Row(at: at, state: isOfOne ? gap?.state ?? .partial : .partial)
    }
    return Row(
      at: at, usage: part.map { $0.moments[key]?.usage ?? Usage() } ?? moment.usage,
      state: hasUnlisted ? .partial : .complete, syncedAt: moment.first)
  }

  /// The members that were not known at moments when others were, each with how many there are.
  var missing: [(name: String, count: Int)] {
    let ends = moments.values.map(\.last).sorted()
    return members.compactMap { member in
      let expected = ends.count - ends.countBefore(member.firstSeen)
      return expected > member.count ? (member.name, expected - member.count) : nil
    }
  }
}

extension [Timestamp] {
  /// Of moments in order, how many are not after this one.
  func countNotAfter(_ moment: Timestamp) -> Int { countWhile { $0 <= moment } }

  func countBefore(_ moment: Timestamp) -> Int { countWhile { $0 < moment } }

  private func countWhile(_ holds: (Timestamp) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
