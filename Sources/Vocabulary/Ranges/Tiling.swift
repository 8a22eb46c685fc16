/// Whether ranges of buckets are all of their keys, each once: a pure value, for plans and for receipts.
///
/// Lines go in, in any order; what is wrong with them comes out. Receipts are held against one another besides: the
/// first key that each saw behind its end has to be the first key of the next range that holds any.
///
///     :c   next ca          c:m  first cb  next p          m:  first p
///
/// One finding: ca came behind :c, and c:m has cb first. What was listed of both is not of one moment, or lacks ca.
package struct Tiling: Sendable {
  /// Where a line was read.
  package struct Place: Equatable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int

    package init(file: String, line: Int) {
      (self.file, self.line) = (file, line)
    }

    package var description: String { "\(file.escapingControls()):\(line)" }
  }

  /// What is wrong, and with which ranges.
  package struct Finding: Equatable, Sendable, CustomStringConvertible {
    /// `s3://BUCKET/PREFIX`, or the place of a line that cannot be read.
    package var subject: String
    package var words: String

    package var description: String { "\(subject): \(words)" }
  }

  /// The ranges that have to tile.
  private struct Group: Hashable {
    var bucket: String
    var prefix: Key
    var isOfReceipts: Bool

    func surrounds(_ other: Self) -> Bool {
      bucket == other.bucket && isOfReceipts == other.isOfReceipts
        && other.prefix.bytes.starts(with: prefix.bytes)
    }

    var name: String {
      "s3://\(bucket.escapingControls())" + (prefix.isStart ? "" : "/\(prefix.percentEncoded)")
    }
  }

  fileprivate struct Line {
    var place: Place
    var written: KeyRange
    /// The part of it below the prefix.
    var range: KeyRange
    var receipt: RangeReceipt?
  }

  private var groups: [Group: [Line]] = [:]
  /// Groups as they came.
  private var order: [Group] = []
  private var found: [Finding] = []

  package init() {}

  /// Takes in a line of a plan, or a receipt.
  package mutating func add(_ line: [UInt8], at place: Place) {
    do throws(RangeFields.Fault) {
      let fields = try RangeFields(parsing: line)
      if fields.isReceipt {
        add(try RangeReceipt(fields), at: place)
      } else {
        add(try PlannedRange(fields), at: place)
      }
    } catch {
      found.append(Finding(subject: "\(place)", words: "this is no range: \(error)"))
    }
  }

  package mutating func add(_ planned: PlannedRange, at place: Place) {
    add(
      Group(bucket: planned.bucket, prefix: planned.prefix, isOfReceipts: false), planned.range,
      nil, place)
  }

  package mutating func add(_ receipt: RangeReceipt, at place: Place) {
    add(
      Group(bucket: receipt.bucket, prefix: receipt.prefix, isOfReceipts: true), receipt.range,
      receipt, place)
  }

  private mutating func add(
    _ group: Group, _ range: KeyRange, _ receipt: RangeReceipt?, _ place: Place
  ) {
    if groups[group] == nil { order.append(group) }
    guard let part = range.within(group.prefix) else {
      groups[group, default: []] += []
      return found.append(
        Finding(
          subject: group.name,
          words: "the range \(range.written) has no key below the prefix (\(place))"))
    }
    groups[group, default: []].append(
      Line(place: place, written: range, range: part, receipt: receipt))
  }

  /// How many ranges were taken in.
  package var count: Int { groups.values.reduce(0) { $0 + $1.count } }

  /// All that is wrong; none when the ranges of every bucket tile.
  package var findings: [Finding] {
    guard !order.isEmpty || !found.isEmpty else {
      return [Finding(subject: "nothing", words: "there is no range to check")]
    }
    return found + order.flatMap { findings(of: $0) } + nested + unmatched
  }

  /// Prefixes whose keys a range of a wider one has as well.
  private var nested: [Finding] {
    // A prefix comes before all that begin with it.
    let sorted = groups.keys.sorted {
      ($0.bucket, $0.isOfReceipts ? 1 : 0, $0.prefix)
        < ($1.bucket, $1.isOfReceipts ? 1 : 0, $1.prefix)
    }
    var around: [Group] = []
    return sorted.flatMap { group in
      while let last = around.last, !last.surrounds(group) { around.removeLast() }
      defer { around.append(group) }
      return
        around
        .filter { groups[$0, default: []].contains { $0.range.within(group.prefix) != nil } }
        .map {
          Finding(
            subject: group.name, words: "overlap: ranges of \($0.name) have keys of it, too")
        }
    }
  }

  private func findings(of group: Group) -> [Finding] {
    let lines = (groups[group] ?? []).sorted { $0.precedes($1) }
    var row = Row()
    for line in lines { row.add(line) }
    row.end()
    return (lines.flatMap(\.contradictions) + row.words)
      .map { Finding(subject: group.name, words: $0) }
  }

  /// Buckets that were planned and have no receipt, where others have, and the other way round.
  private var unmatched: [Finding] {
    guard order.contains(where: \.isOfReceipts), order.contains(where: { !$0.isOfReceipts }) else {
      return []
    }
    return order.compactMap { group in
      var other = group
      other.isOfReceipts.toggle()
      guard groups[other] == nil else { return nil }
      return Finding(
        subject: group.name,
        words: group.isOfReceipts
          ? "it has receipts, and is in no plan" : "it is planned, and has no receipts")
    }
  }
}

extension Tiling {
  /// The ranges of a group in the order of their keys.
  private struct Row {
    private(set) var words: [String] = []
    private var last: Line?
    /// Up to where keys are covered; nil when all are.
    private var reached: Key? = .start
    /// The ranges that were seen since one that holds a key, and what each of them saw behind its end.
    private var waiting: [Line] = []

    mutating func add(_ line: Line) {
      guard last?.range != line.range else {
        words.append("the range \(line.written.written) is there twice: \(places(line))")
        return
      }
      if let reached, line.range.lower > reached {
        words.append(
          "gap: no range has \(KeyRange(lower: reached, upper: line.range.lower).written)")
        waiting = []
      } else if reached.map({ line.range.lower < $0 }) ?? true {
        let both = KeyRange(lower: line.range.lower, upper: least(reached, line.range.upper))
        words.append("overlap: two ranges have \(both.written): \(places(line))")
        waiting = []
      }
      join(line)
      if line.range.upper == nil || reached == nil {
        reached = nil
      } else {
        reached = max(reached ?? .start, line.range.upper ?? .start)
      }
      last = line
    }

    mutating func end() {
      if let reached {
        words.append("gap: no range has \(KeyRange(lower: reached, upper: nil).written)")
      } else {
        check(first: nil, of: nil)
      }
    }

    private mutating func join(_ line: Line) {
      guard let receipt = line.receipt else { return }
      if let first = receipt.first {
        check(first: first, of: line)
        waiting = []
      }
      waiting.append(line)
    }

    /// Holds what earlier ranges saw behind them against the next key that there is.
    private mutating func check(first: Key?, of line: Line?) {
      for earlier in waiting where earlier.receipt?.next != first {
        let seen = earlier.receipt?.next.map { $0.percentEncoded } ?? "nothing"
        let there =
          first.map { "\($0.percentEncoded) (\(line.map { "\($0.place)" } ?? ""))" } ?? "nothing"
        words.append(
          "seam: \(seen) came behind \(earlier.written.written), and the next range with a key has \(there) "
            + "first (\(earlier.place))")
      }
    }

    private func least(_ reached: Key?, _ upper: Key?) -> Key? {
      guard let reached else { return upper }
      return upper.map { min($0, reached) } ?? reached
    }

    private func places(_ line: Line) -> String {
      (last.map { "\($0.place) and " } ?? "") + "\(line.place)"
    }
  }
}

extension Tiling.Line {
  fileprivate func precedes(_ other: Self) -> Bool {
    range.lower == other.range.lower
      ? range.endsBefore(other.range) : range.lower < other.range.lower
  }

  /// What a receipt says that cannot be.
  fileprivate var contradictions: [String] {
    guard let receipt else { return [] }
    let words = receipt.contradictions(in: range)
    return words.map { "the receipt of \(written.written) cannot be: \($0) (\(place))" }
  }
}
