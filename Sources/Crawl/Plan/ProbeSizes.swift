internal import S3
internal import Vocabulary

/// How many keys parts of a tree have, by the page at their beginning.
///
/// Walks that met only small parts agree with one another, and overlook what is large: numbers without
/// padding put `img/2` with 100,000 of them beside `img/3` with 10,000. A page tells the two apart before
/// anybody walks there: its last key is `img/20089` in one, and `img/3089` in the other. With digits for
/// digits, that is nine thousandths and nine hundredths of the way through.
struct ProbeSizes: Sendable {
  var alphabets = ProbeAlphabets()
  private var fullPages: Int64 = 0
  private var keysOfFullPages: Int64 = 0
  private static let sizeMax = 1e12

  /// Keys in a page behind which there are more, on the average; nil before there was one.
  var keysPerPage: Double? {
    fullPages > 0 ? Double(keysOfFullPages) / Double(fullPages) : nil
  }

  var pageKeys: Double { max(1, keysPerPage ?? 1) }

  mutating func learn(_ page: ListPage) {
    alphabets.learn(page.objects)
    guard page.isTruncated, !page.objects.records.isEmpty else { return }
    fullPages += 1
    keysOfFullPages += Int64(page.objects.records.count)
  }

  /// How many keys a part likely has by the page at its beginning alone.
  func guess(of part: Int, in tree: ProbeTree) -> Double {
    guard let run = tree.parts[part].run else { return 0 }
    let count = Double(run.count)
    let (begin, end) = (
      alphabets.position(of: run.first, from: tree.parts[part].depth),
      alphabets.position(of: run.last, from: tree.parts[part].depth)
    )
    guard end > begin else { return count }
    return max(count, min(count * (1 - begin) / (end - begin), Self.sizeMax))
  }

  /// How many keys a part likely has: what was counted, and guesses at all parts that go on.
  func estimate(of part: Int, in tree: ProbeTree) -> Double {
    switch tree.parts[part].state {
    case .counted(let count): return Double(count)
    case .branch(let branch) where tree.branches[branch].isComplete:
      return tree.branches[branch].parts.reduce(Double(tree.branches[branch].counted)) {
        $0 + estimate(of: $1, in: tree)
      }
    case .open, .branch: return max(Double(tree.seen(part)), guess(of: part, in: tree))
    }
  }
}

extension SizeEstimate {
  /// What walks and guesses say together.
  ///
  /// Walks counted what they met; guesses tell of more that walks may have missed. One that is far from all
  /// walks is about keys that are no numbers: it says no more than that little is known.
  init(walked: Double, walks: [Double], guessed: Double, seen: Int64, requests: Int) {
    let isGuess = (walked / Self.ratioMax...walked * Self.ratioMax).contains(guessed)
    let all = walks + (isGuess ? [walked, guessed] : [walked])
    let margin = isGuess ? Self.margin : Self.marginWithoutGuess
    let isMore = isGuess && guessed > walked * Self.ratioAgreeing
    let objects = max(seen, Self.count(isMore ? (walked * guessed).squareRoot() : walked))
    let least = max(seen, Self.count((all.min() ?? walked) / margin))
    // Each bound may be a key that nobody saw.
    let most = Self.count((all.max() ?? walked) * margin) + Int64(requests)
    self.init(objects: objects, range: min(least, objects)...max(most, objects))
  }

  private static let ratioAgreeing = 1.5
  private static let ratioMax = 6.0
  private static let margin = 1.15
  private static let marginWithoutGuess = 3.0

  /// Far below what sums of sizes can be, and beyond any bucket.
  private static func count(_ size: Double) -> Int64 { Int64(min(size, 1e15) + 0.5) }
}
