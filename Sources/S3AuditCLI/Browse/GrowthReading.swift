internal import Browse
internal import Index
internal import Vocabulary

/// Reads what the rows of a level held some days ago.
struct GrowthReading {
  private let reader: IndexReader
  private let index: BrowsedIndex

  init(_ reader: IndexReader, _ index: BrowsedIndex) {
    self.reader = reader
    self.index = index
  }

  func read(_ place: Place, days: Int) throws -> Growth {
    let moment = Timestamp(
      millisecondsSinceEpoch: index.now().millisecondsSinceEpoch - Int64(days) * 86_400_000)
    return try reader.inSnapshot {
      switch place {
      case .everything, .account:
        let before = try reader.bucketBytes(at: moment)
        return Growth(
          days: days, before: Dictionary(uniqueKeysWithValues: before.map { (.bucket($0), $1) }))
      case .below: return Growth(days: days)
      }
    }
  }
}
