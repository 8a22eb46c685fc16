internal import Vocabulary

/// Keys that follow one another in a listing, as their last key sees them: how many of them share how
/// many bytes with it.
///
///     a/1 a/2 b/1 b/2   →  last b/2; 2 keys share no byte with it, 1 shares 2, and b/2 all 3
///
/// That is all that a walk needs of a page, and it is small.
struct KeyRun: Equatable, Sendable {
  /// The first key, or what all keys begin with where that one was dropped.
  private(set) var first: [UInt8]
  private(set) var last: [UInt8]
  /// Ascending in the bytes that are shared; the last is the last key itself.
  private var shares: [(bytes: Int, keys: Int64)]

  /// The keys of a page at these places, which are in order; nil for none.
  init?(_ page: ObjectPage, _ places: Range<Int>) {
    guard let lastPlace = places.last else { return nil }
    let last = page.key(at: lastPlace).bytes
    first = page.key(at: places.lowerBound).bytes
    self.last = last
    shares = []
    // In order, each key shares no less with the last one than the key before: so the places where they
    // share more are searched for, and not every key is read.
    var place = places.lowerBound
    while place < places.upperBound {
      let bytes = commonPrefixCount(page.key(at: place).bytes, last)
      let next = firstPlace(in: place + 1..<places.upperBound) {
        commonPrefixCount(page.key(at: $0).bytes, last) > bytes
      }
      shares.append((bytes, Int64(next - place)))
      place = next
    }
  }

  var count: Int64 { shares.reduce(0) { $0 + $1.keys } }

  /// How many bytes all of them have in common.
  var commonBytes: Int { shares[0].bytes }

  /// Appends what follows in the listing.
  mutating func append(_ next: KeyRun) {
    let bound = commonPrefixCount(last, next.last)
    var earlier: [(bytes: Int, keys: Int64)] = []
    for share in shares {
      let bytes = min(share.bytes, bound)
      if earlier.last?.bytes == bytes {
        earlier[earlier.count - 1].keys += share.keys
      } else {
        earlier.append((bytes, share.keys))
      }
    }
    for share in next.shares {
      if earlier.last?.bytes == share.bytes {
        earlier[earlier.count - 1].keys += share.keys
      } else {
        earlier.append(share)
      }
    }
    shares = earlier
    last = next.last
  }

  /// Takes off the keys that share fewer bytes with the last one; returns how many they are.
  mutating func dropKeys(sharingFewerThan bytes: Int) -> Int64 {
    let count = shares.prefix { $0.bytes < bytes }.reduce(0) { $0 + $1.keys }
    shares.removeAll { $0.bytes < bytes }
    if count > 0 { first = Array(last.prefix(bytes)) }
    return count
  }

  static func == (left: KeyRun, right: KeyRun) -> Bool {
    left.last == right.last
      && left.shares.elementsEqual(right.shares) { $0.bytes == $1.bytes && $0.keys == $1.keys }
  }
}

/// What walks have found of the tree that the keys are.
struct ProbeTree: Sendable {
  /// All keys that begin with the same bytes.
  struct Part: Sendable {
    /// How many bytes that is.
    var depth: Int
    /// The keys seen at its beginning; nil before any was.
    var run: KeyRun?
    /// Whether it was asked what follows these, with which there are enough.
    var isLengthened = false
    /// Whether it says nothing of the other parts of its branch, being much larger.
    var isApart = false
    var state = State.open
  }

  enum State: Equatable, Sendable {
    case open
    case counted(Int64)
    /// Its keys go on in different ways there.
    case branch(Int)
  }

  /// Where keys that begin with the same bytes go on in different ways.
  struct Branch: Sendable {
    /// What all of them begin with.
    var prefix: [UInt8]
    /// Keys of parts that were counted when they were found.
    var counted: Int64
    /// The others, in their order; the last is where the search for more goes on.
    var parts: [Int]
    /// Whether there are no parts but these.
    var isComplete = false
  }

  /// The first is the whole.
  var parts: [Part]
  var branches: [Branch] = []

  init(depth: Int) { parts = [Part(depth: depth)] }

  /// How many keys a part has and the square of how far off that may be, as far as walks came through;
  /// nil where none did.
  func sampled(_ part: Int) -> (size: Double, variance: Double)? {
    switch parts[part].state {
    case .open: return nil
    case .counted(let count): return (Double(count), 0)
    case .branch(let index):
      guard branches[index].isComplete else { return nil }
      let sample = sample(of: index)
      guard sample.isSeen else { return nil }
      let size = Double(branches[index].counted) + sample.apart + Double(sample.count) * sample.mean
      return (size, sample.variance)
    }
  }

  /// What a walk says of a branch that took one of its parts, which has this size.
  func size(ofBranch index: Int, by part: Int, _ size: Double) -> Double {
    let sample = sample(of: index)
    let ofOthers = parts[part].isApart ? sample.mean : size
    return Double(branches[index].counted) + sample.apart + Double(sample.count) * ofOthers
  }

  /// What is known of the parts of a branch.
  private struct Sample {
    /// The keys of parts that stand for themselves.
    var apart = 0.0
    /// The others, of which some stand for all, and their size on the average.
    var count = 0
    var mean = 0.0
    var isSeen = true
    var variance = 0.0
  }

  private func sample(of index: Int) -> Sample {
    var sample = Sample()
    var sizes: [Double] = []
    var inner = 0.0
    for part in branches[index].parts {
      let found = sampled(part)
      if let found, parts[part].isApart {
        sample.apart += found.size
        sample.variance += found.variance
        continue
      }
      sample.count += 1
      guard let found else { continue }
      sizes.append(found.size)
      inner += found.variance
    }
    guard sample.count > 0 else { return sample }
    guard !sizes.isEmpty else {
      sample.isSeen = false
      return sample
    }
    let (all, seen) = (Double(sample.count), Double(sizes.count))
    let mean = sizes.reduce(0, +) / seen
    // One size says nothing of how sizes differ: the others may be nothing or twice as much.
    let spread =
      seen > 1 ? sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (seen - 1) : mean * mean
    sample.mean = mean
    sample.variance += all * all * ((1 - seen / all) * spread / seen + inner / (seen * seen))
    return sample
  }

  /// Keys of a part that were seen; there are no fewer.
  func seen(_ part: Int) -> Int64 {
    switch parts[part].state {
    case .counted(let count): count
    case .open: parts[part].run?.count ?? 0
    case .branch(let branch):
      branches[branch].parts.reduce(branches[branch].counted) { $0 + seen($1) }
    }
  }

  /// Whether there may be keys behind the last one that was seen of a part.
  func goesOn(_ part: Int) -> Bool {
    switch parts[part].state {
    case .counted: false
    case .open: true
    case .branch(let branch):
      !branches[branch].isComplete || branches[branch].parts.last.map { goesOn($0) } ?? false
    }
  }

  // MARK: - Guesses

  /// How many keys a part likely has: what walks found, and where none came through, what is known of its
  /// branches, each with as many parts as the one above.
  func likelySize(of part: Int, parts countAbove: Int = 1) -> Double {
    switch parts[part].state {
    case .open: return Double(parts[part].run?.count ?? 0)
    case .counted(let count): return Double(count)
    case .branch(let index):
      let branch = branches[index]
      let all = branch.isComplete ? branch.parts.count : max(countAbove, branch.parts.count)
      let outlier = outlier(of: index)
      let isApart = { (part: Int) in parts[part].isApart || part == outlier }
      let apart = branch.parts.filter(isApart)
      let others = branch.parts.filter { !isApart($0) }
      var sum = Double(branch.counted)
      for part in apart { sum += likelySize(of: part, parts: all) }
      let known = bestKnown(others)
      guard !known.isEmpty else { return sum }
      let sizes = known.map { likelySize(of: $0, parts: all) }
      return sum + Double(all - apart.count) * sizes.reduce(0, +) / Double(sizes.count)
    }
  }

  /// Those of which most is known: walks came through, else there is more than their beginning.
  private func bestKnown(_ parts: [Int]) -> [Int] {
    let seen = parts.filter { sampled($0) != nil }
    guard seen.isEmpty else { return seen }
    let climbed = parts.filter { self.parts[$0].state != .open }
    return climbed.isEmpty ? parts : climbed
  }

  // MARK: - Parts that stand out

  /// How many levels more than most parts one must have to stand out: each is about ten or sixteen times
  /// as many keys.
  private static let levelsOfOutlier = 1

  /// Branches one after another at a part's beginning: the more, the larger it is.
  private func levels(of part: Int) -> Int {
    guard case .branch(let branch) = parts[part].state else { return 0 }
    return 1 + (branches[branch].parts.first.map { levels(of: $0) } ?? 0)
  }

  /// A part of a branch that is clearly larger than most of those that are known, and was not walked
  /// through yet.
  func outlier(of branch: Int) -> Int? {
    let known = branches[branch].parts.filter { parts[$0].state != .open }
    let levels = known.map { self.levels(of: $0) }
    guard !levels.isEmpty else { return nil }
    let median = levels.sorted()[(levels.count - 1) / 2]
    return zip(known, levels).first { part, levels in
      levels >= median + Self.levelsOfOutlier && sampled(part) == nil
    }?.0
  }

  /// Whether there is such a part in it, where walks came through.
  func hasOutlier(_ part: Int) -> Bool {
    guard case .branch(let branch) = parts[part].state, sampled(part) != nil else { return false }
    return outlier(of: branch) != nil || branches[branch].parts.contains { hasOutlier($0) }
  }
}

/// The first place of which something holds that holds of all after it; the end where there is none.
func firstPlace(in places: Range<Int>, where holds: (Int) -> Bool) -> Int {
  var (low, high) = (places.lowerBound, places.upperBound)
  while low < high {
    let middle = (low + high) / 2
    if holds(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
