import Index
import Vocabulary

@testable import Browse

let now = Timestamp(year: 2026, month: 11, day: 20)
let sampleBucket = BucketAddress(endpoint: "", name: "logs")

func hoursAgo(_ hours: Int64) -> Timestamp {
  Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch - hours * 3_600_000)
}

func prefix(_ name: String, _ bytes: Int64?, objects: Int64? = 1, modified: Timestamp? = nil) -> Row
{
  Row(.prefix, name: Array(name.utf8), objects: objects, bytes: bytes, modified: modified)
}

func object(_ name: String, _ bytes: Int64, modified: Timestamp = now) -> Row {
  object(Array(name.utf8), bytes, modified: modified)
}

func object(_ name: [UInt8], _ bytes: Int64, modified: Timestamp = now) -> Row {
  Row(
    .object(storageClass: "STANDARD"), name: name, objects: 1, bytes: bytes, modified: modified)
}

/// A level of the bucket `logs`, with rows in the order of their names.
func level(
  _ prefix: String, _ rows: [Row], left: Int64 = 0, state: BucketState = .complete,
  syncedAt: Timestamp? = hoursAgo(1)
) -> ReadLevel {
  let place = Place.below(sampleBucket, Key(prefix))
  return ReadLevel(
    place, above: place.above(bucketsIn: .everything),
    rows: rows.sorted { $0.name.lexicographicallyPrecedes($1.name) },
    objects: rows.compactMap(\.objects).saturatedSum() + left,
    bytes: rows.compactMap(\.bytes).saturatedSum(),
    freshness: Freshness(state: state, syncedAt: syncedAt), objectsLeft: left, now: now)
}

/// The same of the whole bucket.
func level(
  _ rows: [Row], left: Int64 = 0, state: BucketState = .complete, syncedAt: Timestamp? = hoursAgo(1)
) -> ReadLevel {
  level("", rows, left: left, state: state, syncedAt: syncedAt)
}

/// A browser whose requests a test answers.
struct Session {
  var browser: Browser
  /// What it wanted to be done last.
  private(set) var effects: [Effect] = []
  /// The last request, with its number.
  private(set) var request: (number: Int, Request)?
  private var all: [Request] = []

  init(
    _ first: ReadLevel? = nil, size: Size = Size(columns: 80, rows: 24),
    at place: Place = .below(sampleBucket, .start)
  ) {
    browser = Browser(at: place, view: ViewSettings(), size: size)
    take(browser.begin())
    if let first { reply(.level(first)) }
  }

  mutating func reply(_ reply: Reply) {
    guard let number = request?.number else { return }
    take(browser.handle(.reply(number, reply)))
  }

  mutating func handle(_ event: Event) { take(browser.handle(event)) }

  mutating func press(_ keys: Keystroke...) {
    for key in keys { take(browser.handle(.key(key))) }
  }

  mutating func type(_ text: String) {
    for scalar in text.unicodeScalars { take(browser.handle(.key(.character(scalar)))) }
  }

  private mutating func take(_ effects: [Effect]) {
    self.effects = effects
    for effect in effects {
      if case .read(let number, let request) = effect {
        self.request = (number, request)
        all.append(request)
      }
    }
  }

  /// Levels that were asked for, the last one last.
  var levelsAsked: [Place] {
    all.compactMap { if case .level(let place, _, _, _) = $0 { place } else { nil } }
  }

  /// The names on the screen, in order.
  var names: [String] {
    guard let level = browser.levels.last else { return [] }
    return level.order.map { String(decoding: level.content.rows[$0].name, as: UTF8.self) }
  }

  var selected: String? {
    (browser.levels.last?.selected?.name).map { String(decoding: $0, as: UTF8.self) }
  }

  var title: String {
    browser.levels.last.map { String(decoding: $0.place.title, as: UTF8.self) } ?? ""
  }

  /// What a terminal shows, without styles.
  func screen(usesColor: Bool = false) -> [String] {
    Screen(browser, usesColor: usesColor).lines.map { line in
      String(decoding: line, as: UTF8.self).replacing(#/\x{1B}\[[0-9;]*m/#, with: "")
    }
  }
}
