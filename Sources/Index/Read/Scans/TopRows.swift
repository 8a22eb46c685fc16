/// The first rows by rank among many; of equal ranks, those that came first.
///
/// Rows are kept until there are twice as many as wanted, and then halved.
struct TopRows {
  private let count: Int
  private let capacity: Int
  private var rows: [ObjectRow] = []
  /// The rank of each row, kept apart because ranks are sorted and rows are large.
  private var ranks: [Int64] = []
  /// The greatest rank that can still come in; nil when none can.
  private(set) var rankMax: Int64? = .max

  init(count: Int) {
    precondition(count > 0, "nothing is asked for")
    self.count = count
    let (double, overflows) = count.multipliedReportingOverflow(by: 2)
    capacity = overflows ? .max : max(double, 1_000)
  }

  /// Adds a row; true when `rankMax` is lower than before.
  mutating func append(_ row: ObjectRow, rank: Int64) -> Bool {
    rows.append(row)
    ranks.append(rank)
    guard rows.count >= capacity else { return false }
    halve()
    return true
  }

  /// The first `count` rows by rank.
  consuming func inOrder() -> [ObjectRow] {
    let order = zip(ranks, ranks.indices).sorted { $0 < $1 }
    return order.prefix(count).map { [rows] in rows[$0.1] }
  }

  private mutating func halve() {
    let ordered = ranks.sorted()
    let last = ordered[count - 1]
    var ties = count - (ordered.firstIndex(of: last) ?? 0)
    var kept = 0
    for index in ranks.indices where ranks[index] <= last {
      if ranks[index] == last {
        guard ties > 0 else { continue }
        ties -= 1
      }
      rows.swapAt(kept, index)
      ranks.swapAt(kept, index)
      kept += 1
    }
    rows.removeLast(rows.count - kept)
    ranks.removeLast(ranks.count - kept)
    // A later row of the same rank would come after those that are here.
    rankMax = last > .min ? last - 1 : nil
  }
}
