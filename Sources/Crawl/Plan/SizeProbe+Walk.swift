internal import S3
internal import Vocabulary

extension SizeProbe {
  /// Of a part of which only so few pages were seen, what follows is asked for before its branches are
  /// looked for.
  private static let pagesMin = 0.4
  /// A probe takes no more requests than a listing, but for so many.
  private static let requestsMin = 32
  /// What it takes to find the branch of a part, on an average.
  private static let requestsPerClimb = 3

  /// Walks on until something has to be asked.
  mutating func goOn() {
    while outcome == nil {
      if let bound = nextBound() {
        guard requestCount < requestsMax else { return conclude() }
        asked = bound
        position = .after(bound)
        if case .beginning = question, let token { position = .token(token) }
        return
      }
    }
  }

  /// The key to ask after; nil when the walk went on without, or came to its end.
  private mutating func nextBound() -> Key? {
    let part = tree.parts[place]
    if place != 0, survey?.isEmpty == false {
      guard part.state != .open else { return boundOfOpen(part) }
      survey?.removeLast()
      place = 0
      return nil
    }
    switch part.state {
    case .counted:
      endWalk()
      return nil
    case .branch(let branch):
      if !tree.branches[branch].isComplete { return boundOfNext(branch) }
      sizes.alphabets.noteAll(after: tree.branches[branch].prefix)
      if survey == nil { survey = partsToSurvey(branch) }
      if let surveyed = survey?.last {
        place = surveyed
        return nil
      }
      guard let next = choose(of: branch) else {
        endWalk()
        return nil
      }
      place = next
      way.append(next)
      return nil
    case .open: return boundOfOpen(part)
    }
  }

  /// The parts of the first branch, where they are so few that half of the requests find out where each of
  /// them has its branch: that tells which of them stand out.
  private func partsToSurvey(_ branch: Int) -> [Int] {
    let parts = tree.branches[branch].parts.filter { tree.parts[$0].state == .open }
    return parts.count * Self.requestsPerClimb * 2 <= requestsMax - requestCount ? parts : []
  }

  private mutating func boundOfNext(_ branch: Int) -> Key? {
    let depth = tree.branches[branch].prefix.count
    guard let last = tree.branches[branch].parts.last, let model = model(of: last) else {
      tree.branches[branch].isComplete = true
      return nil
    }
    guard let bound = bound(beyond: model[...depth], within: depth) else {
      tree.branches[branch].isComplete = true
      return nil
    }
    question = .next(branch: branch)
    return bound
  }

  private mutating func boundOfOpen(_ part: ProbeTree.Part) -> Key? {
    guard let run = part.run else { return nil }
    if place == 0, !part.isLengthened {
      question = .beginning
      return Key(run.last)
    }
    if !part.isLengthened, Double(run.count) < Self.pagesMin * sizes.pageKeys {
      question = .more
      return Key(run.last)
    }
    let branch = climbed ?? addBranch(of: run)
    let bytes = tree.branches[branch].prefix
    guard bytes.count > part.depth, let bound = bound(beyond: bytes[...], within: part.depth)
    else {
      settle(on: branch)
      return nil
    }
    climbed = branch
    question = .beyond
    return bound
  }

  /// The branch at which the keys of a run part.
  private mutating func addBranch(of run: KeyRun) -> Int {
    var rest = run
    let depth = run.commonBytes
    let counted = rest.dropKeys(sharingFewerThan: depth + 1)
    tree.branches.append(
      ProbeTree.Branch(prefix: Array(run.last[..<depth]), counted: counted, parts: []))
    if depth < run.last.count {
      tree.parts.append(ProbeTree.Part(depth: depth + 1, run: rest))
      tree.branches[tree.branches.count - 1].parts = [tree.parts.count - 1]
    }
    return tree.branches.count - 1
  }

  /// Some key of a part.
  private func model(of part: Int) -> [UInt8]? {
    if let run = tree.parts[part].run { return run.last }
    guard case .branch(let branch) = tree.parts[part].state else { return nil }
    return tree.branches[branch].prefix
  }

  /// The least text after all keys that begin with the bytes; nil where none shares `depth` of them.
  private mutating func bound(beyond bytes: ArraySlice<UInt8>, within depth: Int) -> Key? {
    var bytes = Array(bytes)
    guard Key(boundAtOrAfter: bytes) != nil else {
      end(.unknown(.keysWithoutText))
      return nil
    }
    guard bytes.count > depth, let last = bytes.last, last < 255 else { return nil }
    bytes[bytes.count - 1] = last + 1
    guard let bound = Key(boundAtOrAfter: bytes) else { return nil }
    return bound.bytes.starts(with: bytes[..<depth]) ? bound : nil
  }

  /// The part to walk into: one that stands out, else one that no walk saw, else the least certain one.
  private mutating func choose(of branch: Int) -> Int? {
    let parts = tree.branches[branch].parts
    if let outlier = tree.outlier(of: branch) {
      tree.parts[outlier].isApart = true
      return outlier
    }
    if let part = parts.first(where: { tree.hasOutlier($0) }) { return part }
    let unseen = parts.filter { tree.sampled($0) == nil }
    if !unseen.isEmpty { return unseen[random.below(unseen.count)] }
    let variances = parts.map { tree.sampled($0)?.variance ?? 0 }
    return zip(parts, variances).max { $0.1 < $1.1 }?.0
  }

  private mutating func endWalk() {
    var size = 0.0
    if case .counted(let count) = tree.parts[place].state { size = Double(count) }
    if case .branch(let branch) = tree.parts[place].state {
      size = Double(tree.branches[branch].counted)
    }
    for (part, next) in zip(way, way.dropFirst()).reversed() {
      guard case .branch(let branch) = tree.parts[part].state else { continue }
      size = tree.size(ofBranch: branch, by: next, size)
    }
    walks.append(size)
    place = 0
    way = [0]
    let pages = max(tree.likelySize(of: 0), sizes.estimate(of: 0, in: tree)) / sizes.pageKeys
    let isWorthMore = requestCount < Self.requestsMin || Double(requestCount) < pages
    if !isWorthMore || tree.sampled(0)?.variance == 0 && !tree.hasOutlier(0) { conclude() }
  }

  /// Says what is known when the requests are spent.
  private mutating func conclude() {
    guard case .branch(let first) = tree.parts[0].state, tree.branches[first].isComplete else {
      return end(.unknown(.tooFewRequests))
    }
    guard !witnesses.promiseMore || tree.goesOn(0) else { return end(.unknown(.contradiction)) }
    let estimate = SizeEstimate(
      walked: tree.likelySize(of: 0), walks: walks, guessed: sizes.estimate(of: 0, in: tree),
      seen: tree.seen(0), requests: requestCount)
    end(.estimate(estimate))
  }
}

/// A small random generator that a seed repeats exactly.
///
/// SplitMix64 (Steele, Lea, Flood 2014).
struct ProbeRandom: Sendable {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A number in `0..<limit`, which is small.
  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
  }
}
