package import S3
package import Vocabulary

/// How many keys there are, by a sample.
package struct SizeEstimate: Equatable, Sendable {
  package var objects: Int64
  /// What it may be as well, as far as guesses were off; nil where that is not known.
  package var range: ClosedRange<Int64>?

  package init(objects: Int64, range: ClosedRange<Int64>? = nil) {
    self.objects = objects
    self.range = range
  }
}

/// Estimates how many keys a bucket has from a few pages of its listing: a pure value, without I/O or clock.
///
/// The keys are read as a tree: a key's bytes lead from the root to it. A *part* is all keys that begin with
/// the same bytes; a *branch* is where they go on in different ways. Knuth ("Estimating the efficiency of
/// backtrack programs", 1975) walks from the root to a leaf, takes one way of each branch at random, and
/// multiplies: the product is right on the average, whatever the tree. Here the ways of a branch are found
/// by asking for the first key beyond those that are known. What a page shows whole is counted, not
/// sampled:
///
///     after ""   → a/1 … a/999          a longer part than a page
///     after "b"  → b/1 b/2 b/3 c/1 …    part b is counted: 3; part c is longer than the page
///     after "d"  → nothing              so the root has the parts a and c, and 3 keys
///     take c: …  → 4,000                so about 3 + 2 × 4,000 keys
///
/// Further walks prefer parts that none has seen, and what was found out once is not asked for again. What
/// the pages at the beginnings of parts tell of their sizes (`ProbeSizes`) is held against the walks, and
/// answers against one another (`ProbeWitnesses`). Bounds between parts may be keys themselves, so only
/// pages in a row count exactly.
package struct SizeProbe: Sendable {
  /// What was found out.
  package enum Outcome: Equatable, Sendable {
    case exact(Int64)
    case estimate(SizeEstimate)
    case unknown(Obstacle)
  }

  /// Why nothing can be said.
  package enum Obstacle: Equatable, Sendable {
    /// The server does not list from a key on: it ignores the wish, or refuses it.
    case startAfter
    /// The keys are not in order.
    case disorder
    /// A page has what was not asked for, or no way to go on.
    case extraneous
    /// There are keys that are no text, after which nobody can ask.
    case keysWithoutText
    /// The requests were spent before it was known how keys begin.
    case tooFewRequests
    /// An answer leaves out what another one has, or promises.
    case contradiction
  }

  /// Where the next page is to begin; nil when the probe is over.
  package internal(set) var position: PagePosition? = .after(.start)
  /// What was found out; nil while there is more to ask.
  package private(set) var outcome: Outcome?
  /// Requests that were answered.
  package private(set) var requestCount = 0

  /// Keys that were seen: there are no fewer, whatever comes of the probe.
  package var seen: Int64 { tree.seen(0) }
  /// Keys in a page behind which there are more, on the average; nil where there was no such page.
  package var keysPerPage: Double? { sizes.keysPerPage }

  private let prefix: Key
  let requestsMax: Int
  var random: ProbeRandom
  var tree: ProbeTree
  var question = Question.beginning
  /// The keys of the next page come after this one.
  var asked = Key.start
  /// What leads to the next page in a row; nil where only its last key does.
  var token: String?
  /// Where the walk is.
  var place = 0
  /// The branch up to which it climbed in an open part.
  var climbed: Int?
  /// Parts to climb in before the first walk; nil before they are known.
  var survey: [Int]?
  /// The parts that it came through, from the whole on.
  var way = [0]
  /// What each walk would have said alone.
  var walks: [Double] = []
  /// How large parts are by the little that was seen of them.
  var sizes = ProbeSizes()
  /// What the answers so far say of answers to come.
  var witnesses = ProbeWitnesses()

  /// What the next page is an answer to.
  enum Question: Equatable {
    /// The next of the pages in a row at the beginning.
    case beginning
    /// What follows the keys that were seen of the part.
    case more
    /// What follows the branch, within the part.
    case beyond
    /// What follows the known parts of the branch.
    case next(branch: Int)
  }

  /// Pages in a row at the beginning: they cost little, and count small buckets exactly, also where the
  /// server only lists by token.
  private static let pagesInRow = 4
  /// Equal seeds ask alike, and so repeat an estimate.
  package init(prefix: Key, seed: UInt64, requestsMax: Int = 96) {
    self.prefix = prefix
    self.requestsMax = requestsMax
    random = ProbeRandom(seed: seed)
    tree = ProbeTree(depth: prefix.bytes.count)
  }

  /// Takes the answer to `position` in.
  package mutating func accept(_ page: ListPage) {
    requestCount += 1
    // A page that is all there is counts, whatever its order.
    let isWhole = requestCount == 1 && !page.isTruncated
    if let obstacle = obstacle(in: page), obstacle == .extraneous || !isWhole {
      return end(.unknown(obstacle))
    }
    if page.objects.records.isEmpty, page.isTruncated {
      guard let token = page.nextContinuationToken, position != .token(token),
        requestCount < requestsMax
      else { return end(.unknown(.extraneous)) }
      position = .token(token)
      return
    }
    guard witnesses.confirm(page, after: asked, isInRow: question == .beginning) else {
      return end(.unknown(.contradiction))
    }
    sizes.learn(page)
    switch question {
    case .beginning: acceptBeginning(page)
    case .more: acceptMore(page)
    case .beyond: acceptBeyond(page)
    case .next(let branch): addParts(of: page, to: branch)
    }
    if outcome == nil { goOn() }
  }

  /// Ends where the server does not list from a key on.
  package mutating func endWithoutStartAfter() { end(.unknown(.startAfter)) }

  mutating func end(_ outcome: Outcome) {
    self.outcome = outcome
    position = nil
  }

  private func obstacle(in page: ListPage) -> Obstacle? {
    let keys = page.objects
    guard page.commonPrefixes.isEmpty, keys.firstIndex(outside: prefix) == nil else {
      return .extraneous
    }
    guard keys.firstUnorderedIndex == nil else { return .disorder }
    if let first = keys.firstKey, first <= asked {
      return position?.startsAfterKey == true ? .startAfter : .disorder
    }
    if page.isTruncated, let last = keys.lastKey,
      String(validating: last.bytes, as: UTF8.self) == nil
    {
      return .keysWithoutText
    }
    return nil
  }
}

// MARK: - Answers

extension SizeProbe {
  /// The keys of the page that begin with the bytes of a part, and whether those are all that there are.
  ///
  /// The page begins with them, or has none: what was asked for lies within the part or is its end.
  private func keys(
    of page: ListPage, beginningWith bytes: some Collection<UInt8>
  ) -> (places: Range<Int>, isEnd: Bool) {
    let keys = page.objects
    let end = firstPlace(in: keys.records.indices) {
      !keys.text[keys.records[$0].key.range].starts(with: bytes)
    }
    return (0..<end, end < keys.records.count || !page.isTruncated)
  }

  private mutating func acceptBeginning(_ page: ListPage) {
    let run = KeyRun(page.objects, page.objects.records.indices)
    lengthen(0, with: run)
    token = page.isTruncated ? page.nextContinuationToken : nil
    if run == nil, case .token = position {
      // The token may have led past the end: what follows the last key tells.
      return
    }
    guard page.isTruncated else { return end(.exact(tree.parts[0].run?.count ?? 0)) }
    tree.parts[0].isLengthened = requestCount >= Self.pagesInRow
  }

  private mutating func acceptMore(_ page: ListPage) {
    guard let run = tree.parts[place].run else { return }
    let (places, isEnd) = keys(of: page, beginningWith: run.last[..<tree.parts[place].depth])
    lengthen(place, with: KeyRun(page.objects, places))
    tree.parts[place].isLengthened = true
    if isEnd { tree.parts[place].state = .counted(tree.parts[place].run?.count ?? 0) }
  }

  private mutating func lengthen(_ part: Int, with next: KeyRun?) {
    guard let next else { return }
    if tree.parts[part].run?.append(next) == nil { tree.parts[part].run = next }
  }

  /// Takes in what follows a branch: with nothing in the part, its keys part there, else before that.
  private mutating func acceptBeyond(_ page: ListPage) {
    guard let branch = climbed else { return }
    let depth = tree.parts[place].depth
    let bytes = tree.branches[branch].prefix
    guard !keys(of: page, beginningWith: bytes[..<depth]).places.isEmpty,
      let first = page.objects.firstKey
    else { return settle(on: branch) }
    let common = commonPrefixCount(bytes, first.bytes)
    tree.parts.append(
      ProbeTree.Part(depth: common + 1, run: tree.parts[place].run, state: .branch(branch)))
    tree.branches.append(
      ProbeTree.Branch(
        prefix: Array(bytes[..<common]), counted: 0, parts: [tree.parts.count - 1]))
    let above = tree.branches.count - 1
    addParts(of: page, to: above)
    climbed = above
    if common == depth { settle(on: above) }
  }

  mutating func settle(on branch: Int) {
    tree.parts[place].state = .branch(branch)
    climbed = nil
  }

  /// Adds the parts of a branch that a page begins with: all but the last are seen whole.
  private mutating func addParts(of page: ListPage, to branch: Int) {
    let prefix = tree.branches[branch].prefix
    let (places, isEnd) = keys(of: page, beginningWith: prefix)
    if isEnd { tree.branches[branch].isComplete = true }
    guard var run = KeyRun(page.objects, places) else { return }
    guard !isEnd else {
      tree.branches[branch].counted += run.count
      return
    }
    tree.branches[branch].counted += run.dropKeys(sharingFewerThan: prefix.count + 1)
    tree.parts.append(ProbeTree.Part(depth: prefix.count + 1, run: run))
    tree.branches[branch].parts.append(tree.parts.count - 1)
  }
}
