package import S3
package import Vocabulary

/// What is left to list of a bucket, as ranges that are listed side by side.
///
/// A pure value: free slots and answers go in, requests and steps for the sink come out. It knows
/// no clock, no server and no index. Ranges tile the key space at every moment. A range is cut in two
/// when there is a slot free for its second part: where the index has marks, at one of them, else
/// at a key that is guessed from what was listed. The first request of a new range is its first
/// page, so only a range without keys wastes one.
///
/// A server that does not list what follows a key, or not in order, cannot be listed side by side:
/// then everything is listed again from the beginning, one page after another; where only some keys are
/// asked for, that is a fault. Where ranges meet, their answers have to agree (`Seam`).
package struct Frontier: Sendable {
  /// One request to send: the answer to it goes to `accept`.
  package struct Request: Equatable, Sendable {
    package var position: PagePosition
    fileprivate var piece: Int
    /// It asks where the next range begins, to settle a contradiction; its page goes to no sink.
    fileprivate var isProbe = false
  }

  /// A range that is being listed.
  struct Piece: Sendable {
    var id: Int
    var walk: any PageWalk
    var isInFlight = false
    /// Answers that were taken.
    var pages = 0
    /// Answers in a row that were impossible.
    var faults = 0
    var density: KeyDensity?
    /// The last key, or the likely first one of a range that has not answered yet.
    var model: [UInt8]?
    /// Whether it begins at a key that nobody has seen.
    var isGuess = false
    /// What is to be learnt from a range that was cut off to look beyond the keys seen so far; nil for
    /// any other range.
    var exploration: Exploration?
    /// Once the range has listed this many pages, it is explored again on its own, even where other
    /// ranges were.
    var pagesBeforeExploration = 8
    /// Cuts in a row with nothing behind them.
    var emptyCuts = 0
    /// The range is not cut before it has listed this many pages.
    var pagesBeforeCut = 0
    /// The next wait after empty cuts, in pages.
    var wait = 4
    /// Pages left; nil when it has to be estimated anew.
    var estimate: Double?
    var seam = Seam()
    /// Whether a request for what follows a key was refused once.
    var wasRefused = false

    var range: CrawlRange { walk.range }
    var hasToAsk: Bool { !isInFlight && (seam.waiting == nil || seam.wantsProbe) }
  }

  /// The end of the keys that share the bytes of `key` up to and including `position`.
  struct Exploration: Sendable {
    var key: [UInt8]
    var position: Int
  }

  /// Requests that `next` gave out, and how many of their ranges turned out to hold nothing.
  package private(set) var requestCount = 0
  package private(set) var emptyCount = 0
  /// Answers that were taken.
  private(set) var pageCount = 0
  private let kind: ListingKind
  /// When the crawl began, by this machine's clock; nil where nobody says.
  private let begunAt: Timestamp?
  /// Whether other keys than those of the first ranges may not be listed.
  private let isConfined: Bool
  /// Whether the bucket is listed one page after another.
  package private(set) var isSerial: Bool
  /// Whether a request for what follows a key was answered.
  private var hasStartedAfter = false
  /// How the server refused to start after a key, which is why the bucket is listed by token alone.
  private var startAfterRefusal: S3Error.ParameterRefusal?
  /// Whether the next page has to be preceded by a restart of the sink.
  ///
  /// Checkpoints are given up only when there is a first page to put in their place: a server that
  /// refuses the serial listing too leaves them as they are.
  private var owesRestart = false
  let prefix: Key
  var pieces: [Piece] = []
  var alphabets = KeyAlphabets()
  var explored: Set<KeyAlphabets.Place> = []
  var guessing = GuessBudget()
  let marks: MarkedKeys
  /// The beginnings of ranges, by the key after which each begins; kept while the range that ends
  /// there is listed.
  var beginnings: [Key: Beginning] = [:]
  private var lastID = 0
  /// The greatest key that was listed side by side: a listing page after page must reach it too.
  private var greatest = Key.start
  /// Answers in a row that held nothing and promised more, over all ranges.
  private var emptyPages = 0
  /// How far two clocks may differ where requests are signed (API Reference, RequestTimeTooSkewed).
  private static let clockSkewMilliseconds: Int64 = 15 * 60_000
  /// How often the same request is sent before a fault counts: it may be a slip of the server's.
  private static let faultsMax = 3

  /// Takes up the ranges of a plan.
  ///
  /// `takesStartAfter` is false where the server is known to refuse requests for what follows a key:
  /// then ranges can neither be listed side by side nor be taken up half way. With `isConfined` the ranges
  /// are all that may be listed, and such a server is a fault.
  ///
  /// Precondition: a server that is known to refuse such requests is not asked for confined ranges.
  package init(
    _ ranges: [CrawlRange], of kind: ListingKind = .objects, prefix: Key, marks: [KeyMark] = [],
    isSerial: Bool = false, takesStartAfter: Bool = true, isConfined: Bool = false,
    begunAt: Timestamp? = nil
  ) {
    precondition(takesStartAfter || !isConfined, "a range is only asked for where that is possible")
    self.kind = kind
    self.isConfined = isConfined
    guessing.isThrifty = isConfined
    self.begunAt = begunAt
    self.prefix = prefix
    self.isSerial = isSerial || !takesStartAfter
    self.marks = MarkedKeys(marks)
    for range in ranges {
      if !range.firstEntries.isEmpty {
        beginnings[range.lo] = .stored(range.firstEntries.map(EntryName.init))
      }
      if !range.isDone { add(range) }
    }
    guard !takesStartAfter else { return }
    startAfterRefusal = .denied
    if pieces.contains(where: { $0.walk.position.startsAfterKey }) { beginAnew() }
  }

  package var isDone: Bool { pieces.isEmpty }

  /// How the server refused to start after a key, once it has answered without; nil while it has not.
  package var overcomeRefusal: S3Error.ParameterRefusal? { owesRestart ? nil : startAfterRefusal }

  /// What to ask next: at most `free` requests, and the cuts that they need, which the sink has to
  /// know before it gets a page of the new ranges.
  package mutating func next(
    upTo free: Int
  ) -> (steps: [CrawlStep], requests: [Request]) {
    var requests: [Request] = []
    for index in pieces.indices where requests.count < free && pieces[index].hasToAsk {
      requests.append(request(index))
    }
    var steps: [CrawlStep] = []
    if !isSerial {
      steps = cuts(upTo: free - requests.count)
      for index in pieces.indices.suffix(steps.count) { requests.append(request(index)) }
    }
    requestCount += requests.count
    return (steps, requests)
  }

  private mutating func request(_ index: Int) -> Request {
    pieces[index].isInFlight = true
    guard let hi = pieces[index].range.hi, pieces[index].seam.wantsProbe else {
      return Request(position: pieces[index].walk.position, piece: pieces[index].id)
    }
    return Request(position: .after(hi), piece: pieces[index].id, isProbe: true)
  }

  /// Takes an answer in and returns what the sink has to do about it.
  ///
  /// An answer that cannot be right is asked for again. One that stays wrong is thrown, or turns
  /// the whole crawl serial where that may help.
  package mutating func accept(
    _ page: ListPage, to request: Request
  ) throws(ListingFault) -> [CrawlStep] {
    // The request was sent before the crawl was turned serial, for a range that no longer exists.
    guard let index = pieces.firstIndex(where: { $0.id == request.piece }) else { return [] }
    pieces[index].isInFlight = false
    if request.position.startsAfterKey { hasStartedAfter = true }
    if request.isProbe { return try settle(index, by: page) }
    let lo = pieces[index].range.lo
    let steps = try accept(page, at: index)
    return try steps + acceptWaiting(before: lo)
  }

  /// Goes on with a range by a page, if it can be believed.
  mutating func accept(_ page: ListPage, at index: Int) throws(ListingFault) -> [CrawlStep] {
    var walk = pieces[index].walk
    let coverage: PageCoverage?
    do {
      coverage = try walk.accept(page)
      pieces[index].faults = 0
    } catch {
      pieces[index].faults += 1
      guard pieces[index].faults >= Self.faultsMax else { return [] }
      guard error.mayPassSerially, !isSerial || isConfined else { throw error }
      try fallBack(because: error)
      return []
    }
    try checkEnd(of: walk, page)
    noteBeginning(of: index, page)
    switch verdict(on: page, at: index, isLast: walk.isDone) {
    case .joins: break
    case .isOpen: return []
    case .contradicts:
      try fallBack()
      return []
    }
    pieces[index].walk = walk
    pieces[index].pages += 1
    pageCount += 1
    try checkProgress(page, in: pieces[index].range)
    note(page.objects, at: index)
    let range = pieces[index].range
    if range.isDone { remove(index) }
    guard let coverage else { return [] }
    defer { owesRestart = false }
    return (owesRestart ? [.restart(isOrdered: true)] : []) + [.merge(coverage, into: range)]
  }

  /// A listing one page after another must come as far as the ranges did before it.
  private mutating func checkEnd(of walk: any PageWalk, _ page: ListPage) throws(ListingFault) {
    guard isSerial else {
      greatest = max(greatest, page.objects.lastKey ?? .start)
      return
    }
    guard !walk.isDone || walk.range.cursor >= greatest else {
      throw .endsEarly(after: walk.range.cursor, before: greatest)
    }
  }

  private mutating func remove(_ index: Int) {
    if let hi = pieces[index].range.hi { beginnings[hi] = nil }
    pieces.remove(at: index)
  }

  /// Counts empty pages over all ranges: each walk has patience of its own, and many walks together
  /// would have too much.
  private mutating func checkProgress(
    _ page: ListPage, in range: CrawlRange
  ) throws(ListingFault) {
    let isEmpty = page.objects.records.isEmpty && page.isTruncated
    emptyPages = isEmpty ? emptyPages + 1 : 0
    guard emptyPages <= RangeWalk.emptyPagesMax else {
      throw .tooManyEmptyPages(count: emptyPages, cursor: range.cursor)
    }
  }

  /// Whether an answer to a request no longer matters: the crawl was turned serial after it was sent.
  package func isAbandoned(_ request: Request) -> Bool {
    !pieces.contains { $0.id == request.piece }
  }

  /// Takes in that the server refused a request for good, in a way that may be about its start-after:
  /// some servers do not know that, some policies allow to list from the beginning only.
  ///
  /// Any range may be the first to be refused, also the first range with its second page. What was
  /// answered before is asked once more; then everything is listed again by token, once.
  ///
  /// - Returns: what the sink has to do; nil when the refusal is the bucket's.
  package mutating func refused(
    _ request: Request, _ refusal: S3Error.ParameterRefusal
  ) throws(ListingFault) -> [CrawlStep]? {
    guard let index = pieces.firstIndex(where: { $0.id == request.piece }) else { return [] }
    if refusal == .refused || kind == .objects, try pieces[index].walk.acceptRefusal() {
      pieces[index].isInFlight = false
      return []
    }
    guard request.position.startsAfterKey else { return nil }
    pieces[index].isInFlight = false
    guard startAfterRefusal == nil else { return nil }
    if hasStartedAfter, !pieces[index].wasRefused {
      pieces[index].wasRefused = true
      return []
    }
    guard !isConfined || refusal != .denied else { return nil }
    startAfterRefusal = refusal
    try fallBack()
    return []
  }

  /// Whether an entry was there before the crawl began, so that no answer may be without it.
  func isOld(_ record: ObjectPage.Record) -> Bool {
    begunAt.map { begun in
      let wasWritten = record.lastModified.millisecondsSinceEpoch
      return wasWritten < begun.millisecondsSinceEpoch - Self.clockSkewMilliseconds
    } ?? false
  }

  /// Whether an entry was there when the crawl began, as far as two clocks agree: enough where something is
  /// missing already.
  func wasThere(_ record: ObjectPage.Record) -> Bool {
    begunAt.map { record.lastModified <= $0 } ?? false
  }

  /// Begins again, from the beginning and page after page.
  ///
  /// - Throws: what was asked for cannot be had so.
  mutating func fallBack(because fault: ListingFault? = nil) throws(ListingFault) {
    guard !isConfined else { throw .notApart(fault) }
    beginAnew()
  }

  private mutating func beginAnew() {
    isSerial = true
    owesRestart = true
    pieces = []
    beginnings = [:]
    add(CrawlRange(lo: .start, hi: nil, cursor: .start))
  }

  @discardableResult
  mutating func add(_ range: CrawlRange) -> Int {
    lastID += 1
    // The first key of a range that is taken up half way was listed by an earlier sync.
    if !isSerial, range.lo != .start, range.cursor == range.lo { beginnings[range.lo] = .awaited }
    let walk: any PageWalk =
      switch kind {
      case .objects: RangeWalk(range, prefix: prefix, isStrict: !isSerial || isConfined)
      case .versions: VersionWalk(range, prefix: prefix)
      }
    pieces.append(Piece(id: lastID, walk: walk))
    return pieces.count - 1
  }

  /// Learns from an answer what helps to cut ranges.
  private mutating func note(_ page: ObjectPage, at index: Int) {
    pieces[index].estimate = nil
    alphabets.learn(page)
    let range = pieces[index].range
    let isFirst = pieces[index].pages == 1
    if isFirst, range.isDone, isEmpty(page, within: range) {
      noteEmpty(pieces[index])
    }
    guard let first = page.firstName(after: range.lo)?.key, let last = page.lastKey else { return }
    if isFirst, let exploration = pieces[index].exploration {
      // Between the two nothing branched off.
      let common = commonPrefixCount(first.bytes, exploration.key)
      noteExplored(exploration, from: common + 1)
    }
    guard !range.isDone else { return }
    pieces[index].model = last.bytes
    pieces[index].density =
      (pieces[index].density).flatMap { density in
        isFirst ? nil : density.going(on: last.bytes)
      } ?? KeyDensity(first: first.bytes, last: last.bytes, pages: 1)
  }

  private func isEmpty(_ page: ObjectPage, within range: CrawlRange) -> Bool {
    guard let first = page.firstName(after: range.lo)?.key else { return true }
    return range.hi.map { first > $0 } ?? false
  }

  private mutating func noteEmpty(_ piece: Piece) {
    guard piece.range.lo != .start else { return }
    emptyCount += 1
    if let exploration = piece.exploration {
      noteExplored(exploration, from: 0)
      return
    }
    guard let left = pieces.firstIndex(where: { $0.range.hi == piece.range.lo }) else { return }
    pieces[left].emptyCuts += 1
    guard pieces[left].emptyCuts >= Self.emptyCutsMax else { return }
    pieces[left].emptyCuts = 0
    pieces[left].pagesBeforeCut = pieces[left].pages + pieces[left].wait
    pieces[left].wait *= 2
  }

  private static let emptyCutsMax = 3

  private mutating func noteExplored(_ exploration: Exploration, from first: Int) {
    var place = KeyAlphabets.Place()
    for (position, byte) in exploration.key.enumerated() {
      guard position <= exploration.position else { return }
      if position >= first { explored.insert(place) }
      place = place.after(byte)
    }
  }
}

extension KeyDensity {
  // An old page says little about the keys to come.
  private static let pagesMax = 8.0

  /// Nil when it is time to begin anew.
  fileprivate func going(on last: [UInt8]) -> KeyDensity? {
    pages < Self.pagesMax ? KeyDensity(first: first, last: last, pages: pages + 1) : nil
  }
}

extension ListingFault {
  /// Whether listing one page after another may do without what went wrong.
  fileprivate var mayPassSerially: Bool {
    switch self {
    case .unordered, .notAdvancing, .startAfterIgnored, .tooManyEmptyPages, .endUnproven,
      .repeatedVersion:
      true
    case .outsidePrefix, .rolledUp, .endsEarly, .versionsKeepVanishing, .notApart: false
    }
  }
}
