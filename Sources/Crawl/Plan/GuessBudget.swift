/// How many cuts at guessed keys a crawl may make now: each costs a request that may find nothing.
///
/// What may be wasted in all is a share of what was found: a large bucket is worth guesses that a
/// small one is not, and nobody knows which it is before it has been listed. How much a guess wastes
/// on an average is learnt from those before it. So the first guesses are made one or two at a time,
/// and where they find keys, twice as many each round trip:
///
///     pages found        1   3   7  15  31
///     guesses under way  1   3   7  15  31     when all of them find something
///     guesses under way  1   1   1   2   3     when every second one does
///
/// Measured in `FrontierSimulationTests` (W = 64): a bucket of two pages takes 3 requests, one of nine
/// pages of such keys 11 to 12, where 24 guesses that were free took 6 and 18 to 39; one of 5,000 pages takes 87
/// round trips and took 85. Dates and folders of unlike sizes cost more: 9 to 22 requests for nine pages, 40 to
/// 53 for twenty. What ranges list twice where they meet is not counted here, about half a page a cut.
///
/// A thrifty budget counts that, too, and all of it is three in a hundred: for a range that is one of many, whose
/// machines are busy anyway.
struct GuessBudget: Equatable, Sendable {
  /// Guesses that were made.
  var count = 0
  var isThrifty = false

  /// Requests that find something for each that does not, at least.
  private static let usefulPerEmpty = 2.0
  /// Requests that may find nothing besides, as long as as many have found something.
  private static let emptyFree = 4.0
  private static let usefulPerWasteOfThrifty = 33.0
  private static let wasteOfCut = 0.5

  /// How many more may be made now.
  ///
  /// `useful` requests have found something, `empty` guesses nothing; `underWay` have no answer yet.
  func left(useful: Int, empty: Int, underWay: Int) -> Int {
    let found = Double(useful)
    guard !isThrifty else {
      let cuts = Double(count) * Self.wasteOfCut
      let wasteOfEach = Self.wasteOfCut + Double(empty + 1) / Double(count - underWay + 2)
      let left = found / Self.usefulPerWasteOfThrifty - Double(empty) - cuts
      return left > 0 ? Int(left / wasteOfEach) : 0
    }
    let allowed = min(Self.emptyFree, found) + found / Self.usefulPerEmpty - Double(empty)
    guard allowed > 0 else { return 0 }
    // As if one guess of two had found nothing before the first is answered.
    let wasteOfEach = Double(empty + 1) / Double(count - underWay + 2)
    return max(0, min(Int(allowed / wasteOfEach), useful) - underWay)
  }
}
