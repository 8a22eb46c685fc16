package import Vocabulary

/// Cuts a bucket into ranges with about as many keys each, from a few pages of its listing: a pure value, without I/O
/// or clock.
///
/// It goes through the keys in steps. A page tells how fast keys advance, and the next page is asked for where so
/// many more are likely to have passed, as one number is added to another:
///
///     object-000123000 … object-000123999      1,000 keys advance by 1,000
///     after object-000163999                   so 40,000 keys further on
///
/// A step stays in what the keys begin with up to that number, or leads to what follows it, which is then seen from
/// its beginning: so it is no matter how unlike each other folders are. First the steps grow with what was found,
/// which tells how much there is; then the longest are halved. Requests that are left then go to what was passed over
/// in the belief that it was little: it may be a folder of nearly all keys.
package struct RangeSweep: Sendable {
  /// A page that was seen, and how many keys there may be up to the next.
  struct Stop: Sendable {
    /// All keys after it and up to `through` were seen.
    var after: Key
    /// Nil where nothing follows.
    var through: Key?
    /// Every so many-th of the keys, the last always.
    var keys: [Key]
    var count: Double
    /// How many may be passed over before the next stop.
    var passed = 0.0
    /// Whether the next stop follows at once, or no step leads between.
    var isClosed = false
    /// Whether it was asked how far what begins alike goes on.
    var isTried = false

    /// How many keys each of those stands for that are kept.
    var each: Double { count / Double(max(1, keys.count)) }
  }

  let prefix: Key
  let goal: RangeGoal
  private(set) var stops: [Stop] = []
  package private(set) var requestCount = 0
  /// After which key to ask next; nil when the plan can be made.
  package private(set) var question: Key? = .start
  /// The stop before the question, what is expected between them, and what the keys begin with that the step stays in.
  private var place: Int?
  private var expected = 0.0
  private var head: [UInt8] = []
  /// Whether the end has not been seen.
  private(set) var isGrowing = true
  /// How many keys there were for each unit of a number, by its place among the numbers of a key.
  private var sizes: [Int: [Double]] = [:]

  private static let requestsPerRange = 4
  private static let sizesMax = 32
  /// Fewer keys are shown by the next page.
  private static let pageKeys = 1_000.0
  /// Stops of which all keys are kept.
  private static let wholeStops = 256

  package init(prefix: Key, goal: RangeGoal) {
    self.prefix = prefix
    self.goal = goal
  }

  /// How many keys there are, as far as is known.
  package var total: Double { stops.reduce(0) { $0 + $1.count + $1.passed } }

  /// How many keys there are, where all were seen.
  package var exactCount: Int64? {
    guard !isGrowing, stops.allSatisfy({ $0.isClosed && $0.passed == 0 }) else { return nil }
    return Int64(stops.reduce(0) { $0 + $1.count })
  }

  var rangeCount: Int { goal.count(of: Int64(min(total, 1e15))) }

  /// How much of what was found the next step takes while the end has not been seen.
  private var growth: Double {
    switch goal {
    case .ranges(let count): max(0.4, 16 / Double(count))
    case .objectsPerRange: 1
    }
  }

  private var requestsMax: Int {
    switch goal {
    case .ranges(1): 1
    case .ranges(let count): count * Self.requestsPerRange
    case .objectsPerRange: max(rangeCount * Self.requestsPerRange, isGrowing ? 32 : 4)
    }
  }

  // MARK: - Answers

  /// Takes in the keys that follow the question's: all there are, where `isEnd`.
  ///
  /// Precondition: they ascend, and come after it and below the prefix; there are some unless `isEnd`.
  package mutating func accept(_ keys: [Key], isEnd: Bool) {
    guard let asked = question else { return }
    requestCount += 1
    let next = (place ?? -1) + 1
    var stop = stop(keys, after: asked, isEnd: isEnd, before: next)
    if let place, let before = stops[place].through {
      let first = stop.keys.first ?? (next < stops.count ? stops[next].keys.first : nil)
      let old = stops[place].passed
      var skipped = asked > before ? expected : 0
      if skipped > 0, let first, !first.bytes.starts(with: head) {
        skipped = limited(skipped, behind: place, before, first)
      }
      // Of where keys end before that nothing is known.
      if first == nil { skipped *= 0.8 }
      stops[place].passed = skipped
      stops[place].isClosed = asked == before
      if !isGrowing {
        stop.passed = max(0, old - expected - stop.count)
        if skipped > 0 {
          reconsider(&stop, first, from: before, asked, next, skipped)
        } else if stop.count > old {
          foresee(&stop, next)
        }
      }
    }
    if stop.through == nil || next < stops.count && stop.through == stops[next].after {
      (stop.passed, stop.isClosed) = (0, true)
    }
    stops.insert(stop, at: next)
    goOn(from: next)
  }

  /// The stop that a page makes: what an earlier one shows is left to that.
  private func stop(_ keys: [Key], after asked: Key, isEnd: Bool, before next: Int) -> Stop {
    var keys = keys
    var through = isEnd ? nil : keys.last
    if next < stops.count, through.map({ $0 >= stops[next].after }) ?? true {
      let end = stops[next].after
      through = end
      keys.removeAll { $0 > end }
    }
    let count = Double(keys.count)
    if stops.count > Self.wholeStops {
      let last = keys.count - 1
      keys = keys.indices.filter { $0 % 8 == 0 || $0 == last }.map { keys[$0] }
    }
    return Stop(after: asked, through: through, keys: keys, count: count)
  }

  /// Guesses anew what follows a stop that a step has led to.
  private func reconsider(
    _ stop: inout Stop, _ first: Key?, from before: Key, _ asked: Key, _ next: Int,
    _ skipped: Double
  ) {
    guard let through = stop.through, through.bytes.starts(with: head),
      let number = KeyNumber.all(in: before.bytes).first(where: { $0.run.lowerBound == head.count })
    else { return }
    let rate = expected / max(number.distance(from: before.bytes, to: asked.bytes), 1e-9)
    if next < stops.count, stops[next].after.bytes.starts(with: head) {
      // Both ends are of one number: keys are taken to go on as they did.
      let end = stops[next]
      let left = rate * max(0, number.distance(from: through.bytes, to: end.after.bytes))
      stop.passed = end.keys.isEmpty && end.through == nil ? left / 2 : left
    } else if first?.bytes.starts(with: head) ?? false, let place {
      // It went on: there may be as much again, as far as the number has room.
      let found = found(of: head, upTo: place) + skipped + stop.count
      stop.passed = max(stop.passed, min(found, rate * number.room(in: through.bytes)))
    }
  }

  /// Guesses what follows a page that holds more than was expected up to the next stop: as much again as is known to
  /// begin like its end, as far as the number behind that has room.
  private func foresee(_ stop: inout Stop, _ next: Int) {
    guard let through = stop.through, let place else { return }
    for number in KeyNumber.all(in: through.bytes).reversed()
    where number.run.lowerBound >= prefix.bytes.count {
      guard let (head, alike, distance) = stop.growth(of: number, in: through.bytes), distance >= 2
      else { continue }
      let end = next < stops.count ? stops[next].after.bytes : []
      let isOneNumber = end.starts(with: head) && end.count > head.count
      let room =
        isOneNumber ? number.distance(from: through.bytes, to: end) : number.room(in: through.bytes)
      let more = max(0, alike / distance * room)
      stop.passed = isOneNumber ? more : min(found(of: head, upTo: place) + alike, more)
      return
    }
  }

  /// What a step passed over that led out of what the keys before began with: no more than others like it had.
  private mutating func limited(
    _ count: Double, behind place: Int, _ before: Key, _ first: Key
  ) -> Double {
    let numbers = KeyNumber.all(in: before.bytes)
    let common = commonPrefixCount(before.bytes, first.bytes)
    let index = numbers.firstIndex(where: { $0.run.contains(common) })
    let number = index.map { numbers[$0] }.flatMap { $0.isNumber ? $0 : nil }
    let level = number == nil ? -1 - numbers.count { $0.run.upperBound <= common } : index ?? 0
    let end = index.map { numbers[$0].run.upperBound } ?? common + 1
    let found = found(of: Array(before.bytes.prefix(end)), upTo: place)
    let passed = typicalSize(level).map { min(count, max($0 - found, found / 4)) } ?? count / 2
    let units = number.map { max(1, $0.distance(from: before.bytes, to: first.bytes)) } ?? 1
    sizes[level, default: []].append((found + passed) / units)
    if sizes[level]?.count ?? 0 > Self.sizesMax { sizes[level]?.removeFirst() }
    return passed
  }

  /// How many keys are known to begin so, up to a stop.
  private func found(of head: [UInt8], upTo place: Int) -> Double {
    var found = 0.0
    for index in stride(from: place, through: 0, by: -1) {
      let stop = stops[index]
      found += Double(stop.keys.count { $0.bytes.starts(with: head) }) * stop.each
      guard stop.keys.first?.bytes.starts(with: head) ?? false else { break }
      if index != place { found += stop.passed }
    }
    return found
  }

  func typicalSize(_ level: Int) -> Double? {
    guard let known = sizes[level]?.sorted(), !known.isEmpty else { return nil }
    return known[known.count / 2]
  }

  // MARK: - Questions

  private mutating func goOn(from last: Int) {
    question = nil
    if isGrowing, stops[last].through == nil { isGrowing = false }
    guard requestCount < requestsMax else { return }
    guard !isGrowing else { return ask(behind: last, max(total * growth, 1)) }
    let least = min(total / Double(max(1, rangeCount)) / 2, 1.5 * Self.pageKeys)
    let open = stops.indices.filter { !stops[$0].isClosed && stops[$0].passed > least }
    if let largest = open.max(by: { stops[$0].passed < stops[$1].passed }) {
      let passed = stops[largest].passed
      ask(behind: largest, passed < 2 * Self.pageKeys ? 0 : max(least / 2, passed / 2))
    } else if let untried = stops.indices.first(where: { stops[$0].isUntried }) {
      ask(behind: untried, max(2 * Self.pageKeys, stops[untried].count * 2))
    } else if let unseen = stops.indices.filter({ stops[$0].isUnseen })
      .max(by: { stops[$0].passed < stops[$1].passed })
    {
      ask(behind: unseen, 0)
    }
  }

  private mutating func ask(behind index: Int, _ count: Double) {
    guard let through = stops[index].through else { return }
    if !isGrowing { stops[index].isTried = true }
    place = index
    (question, expected, head) = (through, 0, [])
    let end = index + 1 < stops.count ? stops[index + 1].after : nil
    var (count, isWide) = (count, true)
    while count > Self.pageKeys / 2 {
      if let step = step(behind: stops[index], count, isWide: isWide), step.bound > through,
        isGrowing || !step.isExit, end.map({ step.bound < $0 }) ?? true
      {
        return (question, expected, head) = (step.bound, step.keys, step.head)
      }
      if isWide { isWide = false } else { count /= 2 }
    }
    guard !isGrowing, stops[index].passed > 2 * Self.pageKeys else { return }
    // What cannot be cut is taken to be little.
    stops[index].isClosed = true
    stops[index].passed = 2 * Self.pageKeys
    goOn(from: index)
  }
}

extension RangeSweep.Stop {
  /// Whether nobody knows what follows it.
  fileprivate var isUnseen: Bool { !isClosed && through != nil }
  fileprivate var isUntried: Bool { isUnseen && !isTried && passed > 0 }

  /// How many keys of a page begin as its end does up to a number of that, and how far the number grew among them.
  func growth(
    of number: KeyNumber, in end: [UInt8]
  ) -> (head: [UInt8], keys: Double, distance: Double)? {
    let head = Array(end[..<number.run.lowerBound])
    guard let start = keys.first(where: { $0.bytes.starts(with: head) }) else { return nil }
    return (
      head, Double(keys.count { $0.bytes.starts(with: head) }) * each,
      number.distance(from: start.bytes, to: end)
    )
  }
}
