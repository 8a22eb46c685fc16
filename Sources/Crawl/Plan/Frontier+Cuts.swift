internal import Vocabulary

extension Frontier {
  /// A range with fewer pages left is not cut at a mark: that would save no time.
  private static let pagesMin = 2.0
  /// A range with fewer pages left is not cut at a guess.
  ///
  /// Each part of a range ends with half a page, on an average, that the next one lists again: parts of
  /// a page or two would make a third more requests than there are pages.
  private static let pagesMinAtGuess = 3.0
  /// Pages that a range must have listed beyond what marks say before it is cut at a guess.
  private static let pagesBeyondMarks = 4.0
  /// How many times as many pages a range lists before each exploration of its own.
  private static let explorationGrowth = 4
  /// Explorations of one range at a time, and requests that found something for each of them.
  private static let explorationsMax = 8
  private static let usefulPerExploration = 2

  /// Makes up to `budget` new ranges, each the end of another, and appends them to `pieces`.
  mutating func cuts(upTo budget: Int) -> [CrawlStep] {
    guard budget > 0 else { return [] }
    var steps = explore(upTo: min(budget, guessesLeft))
    while steps.count < budget, let cut = cutLargest() { steps.append(cut) }
    return steps
  }

  private var guessesLeft: Int {
    guessing.left(useful: pageCount - emptyCount, empty: emptyCount, underWay: unprovenCount)
  }

  private var unprovenCount: Int { pieces.count { $0.isGuess && $0.pages == 0 } }

  /// Cuts off what may lie beyond the keys that were seen, where nothing has been seen yet.
  ///
  /// Cuts at several positions of a key at once: one without keys behind it answers for all
  /// positions before it. What was found out in one range is taken for all; but a range that goes on
  /// and on has keys of its own, and is explored again.
  private mutating func explore(upTo budget: Int) -> [CrawlStep] {
    var steps: [CrawlStep] = []
    for index in pieces.indices where steps.count < budget {
      guard pieces[index].pages > 0, pieces[index].seam.waiting == nil,
        !marks.reach(pieces[index].range),
        let estimate = estimate(index)
      else { continue }
      let isLong = pieces[index].pages >= pieces[index].pagesBeforeExploration
      if isLong { pieces[index].pagesBeforeExploration *= Self.explorationGrowth }
      let unexplored = estimate.unexplored(isLong ? [] : explored)
      let model = pieces[index].model ?? []
      // A range that goes on for long is cut at one position only: at the others it may well hold what
      // was expected.
      let count = isLong ? 1 : explorationsAtOnce
      for position in spread(unexplored, over: min(budget - steps.count, count)) {
        explored.insert(estimate.place(at: position))
        guard let beyond = estimate.cutBeyond(position, within: pieces[index].cutRange) else {
          continue
        }
        steps.append(cut(index, at: beyond.cut, model: beyond.model))
        pieces[pieces.count - 1].exploration = Exploration(key: model, position: position)
      }
    }
    return steps
  }

  private var explorationsAtOnce: Int {
    let useful = pageCount - emptyCount
    return min(Self.explorationsMax, max(1, useful / Self.usefulPerExploration))
  }

  /// `count` of the positions, the deepest among them: nothing beyond it answers for all others.
  private func spread(_ positions: [Int], over count: Int) -> [Int] {
    guard positions.count > count, count > 0 else { return positions }
    return (1...count).map { positions[positions.count * $0 / count - 1] }
  }

  /// Halves the range with the most pages left; nil when none has enough.
  private mutating func cutLargest() -> CrawlStep? {
    while let index = largest() {
      let pages = pieces[index].estimate ?? 0
      let step = halve(index)
      if step == nil || pieces[index].estimate ?? 0 >= pages {
        // Cutting does not make the range smaller: try again after its next page.
        pieces[index].pagesBeforeCut = max(pieces[index].pagesBeforeCut, pieces[index].pages + 1)
      }
      if let step { return step }
    }
    return nil
  }

  private mutating func largest() -> Int? {
    var largest: (index: Int, pages: Double)?
    let mayGuess = guessesLeft > 0
    for index in pieces.indices
    where pieces[index].pagesBeforeCut <= pieces[index].pages && pieces[index].seam.waiting == nil {
      let hasMarks = !marks.between(pieces[index].range).isEmpty
      guard mayGuess || hasMarks else { continue }
      let pages = pagesLeft(index)
      let pagesMin = hasMarks ? Self.pagesMin : Self.pagesMinAtGuess
      if pages >= pagesMin, pages > largest?.pages ?? 0 { largest = (index, pages) }
    }
    return largest?.index
  }

  private mutating func pagesLeft(_ index: Int) -> Double {
    if let known = pieces[index].estimate { return known }
    let range = pieces[index].range
    var pages = marks.pages(of: range)
    if marks.between(range).isEmpty {
      let isKnown = Double(pieces[index].pages) < pages + Self.pagesBeyondMarks
      pages = isKnown ? 0 : estimate(index)?.pages ?? 0
    }
    pieces[index].estimate = pages
    return pages
  }

  private func estimate(_ index: Int) -> RangeEstimate? {
    let piece = pieces[index]
    guard let model = piece.model, !model.isEmpty, let density = piece.density else { return nil }
    return RangeEstimate(
      after: model, upTo: piece.range.hi?.bytes, floor: prefix.bytes.count, density: density,
      alphabets: alphabets)
  }

  private mutating func halve(_ index: Int) -> CrawlStep? {
    let step: CrawlStep
    if let mark = marks.middle(of: pieces[index].range) {
      step = cut(index, at: mark, model: nil, isMark: true)
    } else {
      guard let halves = estimate(index)?.halves(within: pieces[index].cutRange) else { return nil }
      step = cut(index, at: halves.cut, model: halves.model)
    }
    _ = pagesLeft(index)
    return step
  }

  /// Gives what follows `cut` to a new range.
  private mutating func cut(
    _ index: Int, at cut: Key, model: [UInt8]?, isMark: Bool = false
  ) -> CrawlStep {
    let range = pieces[index].range
    pieces[index].walk.end(at: cut)
    pieces[index].seam = Seam()
    pieces[index].estimate = nil
    let new = add(CrawlRange(lo: cut, hi: range.hi, cursor: cut))
    pieces[new].isGuess = !isMark
    if !isMark { guessing.count += 1 }
    pieces[new].model = model
    pieces[new].density = pieces[index].density
    return .split(lo: range.lo, at: cut)
  }
}

extension Frontier.Piece {
  fileprivate var cutRange: CutRange { CutRange(after: walk.reached, before: range.hi) }
}
