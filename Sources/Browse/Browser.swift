internal import Index
internal import Vocabulary

/// A terminal browser as a value: events go in, what is to be done comes out, and what is to be seen is drawn from it
/// (`Screen`).
///
/// ```swift
/// var browser = Browser(at: .everything, view: ViewSettings(), size: Size(columns: 80, rows: 24))
/// for effect in browser.begin() { … }            // .read(1, .level(.everything, …))
/// browser.handle(.reply(1, .level(level)))       // .read(2, .growth(…))
/// browser.handle(.key(.right))                    // .read(3, .level(.below(…), …))
/// ```
///
/// It knows no index and no terminal. Each request has a number; answers to older ones are passed over. Levels that were
/// gone through are kept with their cursors.
package struct Browser: Sendable {
  /// What the lower lines and the middle of the screen are used for.
  enum Mode: Equatable {
    case list
    /// Keys go into the filter.
    case filter
    /// The first line that is shown.
    case help(Int)
    /// Facts of the row of this name.
    case facts(Facts, of: [UInt8], top: Int)
  }

  /// What is being read.
  struct Reading {
    enum Goal {
      case open, up(from: [UInt8]), refresh, growth, facts

      /// Whether somebody waits for it: growth comes by the way.
      var isAwaited: Bool { if case .growth = self { false } else { true } }
    }

    var number: Int
    var goal: Goal
    /// What it is about, for people.
    var title: [UInt8]
    var counted: Int64 = 0
    /// Whether it has taken so long that it is worth a word.
    var isSlow = false
  }

  /// From the outermost to the one on the screen.
  private(set) var levels: [Level] = []
  package internal(set) var view: ViewSettings
  var mode = Mode.list
  private(set) var reading: Reading?
  var filter = ""
  /// A sentence about the last key.
  var message: String?
  /// Addresses that are printed on leaving, in the order in which they were chosen.
  package private(set) var chosen: [[UInt8]] = []
  private(set) var size: Size
  private let start: Place
  private var lastNumber = 0

  package init(at start: Place, view: ViewSettings, size: Size) {
    self.start = start
    self.view = view
    self.size = size
  }

  /// How many objects of a level are read at a time.
  static let objectsStep = 1_000

  /// What is to be done first.
  package mutating func begin() -> [Effect] {
    read(level: start, as: .open)
  }

  /// Whether there is nothing to be seen yet.
  package var isBlank: Bool { levels.isEmpty && message == nil && !(reading?.isSlow ?? false) }

  /// Whether another level is about to be shown, in a moment: keys that come meanwhile are meant for that one.
  package var isAboutToShow: Bool {
    guard let reading, !reading.isSlow else { return false }
    switch reading.goal {
    case .open, .up: return true
    case .refresh, .growth, .facts: return false
    }
  }

  /// Whether ticks are of use: something is being read.
  package var wantsTicks: Bool { reading != nil }

  /// Rows of levels that have room on the screen.
  var listRows: Int { max(1, size.rows - 4) }

  package mutating func handle(_ event: Event) -> [Effect] {
    switch event {
    case .key(let key):
      message = nil
      return press(key)
    case .resize(let size):
      self.size = size
      change { $0.scroll(screenRows: $1) }
      return [.redraw]
    case .tick:
      reading?.isSlow = true
      return []
    case .reply(let number, let answer):
      guard let reading, reading.number == number else { return [] }
      return take(answer, for: reading)
    }
  }

  /// Changes the level on the screen, which gets the rows there are for it.
  mutating func change(_ body: (inout Level, Int) -> Void) {
    guard let last = levels.indices.last else { return }
    body(&levels[last], listRows)
  }

  mutating func rearrange() {
    let (view, filter) = (view, filter)
    change { level, rows in
      level.arrange(view, filter: filter)
      level.scroll(screenRows: rows)
    }
  }
}

// MARK: - Reading

extension Browser {
  mutating func read(
    _ request: Request, as goal: Reading.Goal, title: [UInt8]
  ) -> [Effect] {
    lastNumber += 1
    reading = Reading(number: lastNumber, goal: goal, title: title)
    return [.read(lastNumber, request)]
  }

  mutating func read(
    level place: Place, as goal: Reading.Goal, objects: Int = Browser.objectsStep,
    isAnew: Bool = false
  ) -> [Effect] {
    read(
      .level(place, view.objectOrder, objects: objects, isAnew: isAnew), as: goal,
      title: place.title)
  }

  /// Reads what has become visible and was not read yet.
  mutating func readGrowth() -> [Effect] {
    guard reading == nil, let level = levels.last, level.growth?.days != view.growthDays else {
      return []
    }
    return read(.growth(level.place, days: view.growthDays), as: .growth, title: level.place.title)
  }

  /// Leaves what is being read; what was there stays.
  mutating func stopReading() -> [Effect] {
    guard reading != nil else { return [] }
    reading = nil
    return levels.isEmpty ? [.stopReading, .leave] : [.stopReading]
  }

  private mutating func take(_ answer: Reply, for reading: Reading) -> [Effect] {
    switch answer {
    case .counted(let count):
      self.reading?.counted = count
      return []
    case .failed(let text):
      self.reading = nil
      message = text
      if case .growth = reading.goal {
        // Not to be asked again for the same.
        change { [view] level, _ in level.growth = Growth(days: view.growthDays) }
      }
      if case .facts = reading.goal { mode = .list }
      return []
    case .growth(let growth):
      self.reading = nil
      change { level, _ in level.growth = growth }
      return readGrowth()
    case .facts(let facts):
      if !facts.isUnfinished { self.reading = nil }
      if case .facts(_, let name, let top) = mode { mode = .facts(facts, of: name, top: top) }
      return readGrowth()
    case .level(let content):
      show(content, for: reading)
      guard !content.isUnfinished else { return [] }
      self.reading = nil
      return readGrowth()
    }
  }

  private mutating func show(_ content: ReadLevel, for reading: Reading) {
    switch reading.goal {
    case .refresh:
      // What is there is better than half of what comes.
      guard !content.isUnfinished else { return }
      let (view, filter) = (view, filter)
      change { level, rows in
        level.replace(content, view, filter: filter)
        level.scroll(screenRows: rows)
      }
    case .up(let name):
      filter = ""
      levels = [Level(content, view, cursorName: name)]
      change { $0.scroll(screenRows: $1) }
      self.reading?.goal = .refresh
    case .open, .growth, .facts:
      filter = ""
      levels.append(Level(content, view))
      // What else comes of it is of the same level.
      self.reading?.goal = .refresh
    }
  }
}

// MARK: - Levels

extension Browser {
  /// Opens the row under the cursor, or reads further objects.
  mutating func open() -> [Effect] {
    guard let level = levels.last else { return [] }
    if level.isOnRest {
      return read(
        level: level.place, as: .refresh, objects: level.objectsShown + Self.objectsStep)
    }
    guard let row = level.selected else { return [] }
    guard let place = level.place(of: row) else {
      message = "an object has nothing in it; i tells its facts"
      return []
    }
    return read(level: place, as: .open)
  }

  /// Goes back to where this level is a row, with the cursor on that row.
  mutating func goUp() -> [Effect] {
    guard let level = levels.last else { return stopReading() }
    let wasReading = reading != nil
    reading = nil
    if levels.count > 1 {
      levels.removeLast()
      filter = ""
      // It may have been left sorted otherwise, on another screen.
      rearrange()
      return (wasReading ? [.stopReading] : []) + readGrowth()
    }
    guard let above = level.content.above else {
      message = "this is the top"
      return wasReading ? [.stopReading] : []
    }
    return read(level: above, as: .up(from: level.place.name(in: above)))
  }

  /// Reads the level on the screen again, and forgets what it was read with.
  mutating func reread() -> [Effect] {
    guard let level = levels.last else { return read(level: start, as: .open, isAnew: true) }
    // Those before it are of an older moment.
    levels = [level]
    change { level, _ in level.growth = nil }
    return read(
      level: level.place, as: .refresh, objects: max(Self.objectsStep, level.objectsShown),
      isAnew: true)
  }

  /// After another order of rows: of a level that has objects which were not read, others may come first.
  mutating func sort(by key: ViewSettings.SortKey) -> [Effect] {
    let before = view.objectOrder
    view.sort(by: key)
    rearrange()
    message = view.sortText
    guard let level = levels.last, level.content.objectsLeft > 0, view.objectOrder != before
    else { return [] }
    return read(
      level: level.place, as: .refresh, objects: max(Self.objectsStep, level.objectsShown))
  }

  mutating func askForFacts() -> [Effect] {
    guard let level = levels.last, let row = level.selected, let subject = level.subject(of: row)
    else { return [] }
    mode = .facts(Facts([], isUnfinished: true), of: row.name, top: 0)
    return read(.facts(subject), as: .facts, title: row.name)
  }

  /// Has the address under the cursor printed on leaving, or not after all.
  mutating func choose() {
    guard let level = levels.last, let row = level.selected else { return }
    guard let address = level.address(of: row) else {
      message = "an account has no address"
      return
    }
    if let place = chosen.firstIndex(of: address) {
      chosen.remove(at: place)
      message = "will not be printed"
    } else {
      chosen.append(address)
      message = "will be printed on leaving"
    }
  }
}

extension Place {
  /// What its row is called in the level above.
  fileprivate func name(in above: Place) -> [UInt8] {
    switch self {
    case .everything: return []
    case .account(let account): return Array(account.label.utf8)
    case .below(let bucket, let prefix):
      guard case .below(_, let start) = above else { return Array(bucket.name.utf8) }
      return Array(prefix.bytes.dropFirst(start.bytes.count))
    }
  }
}
