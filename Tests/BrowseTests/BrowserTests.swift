import Index
import Testing
import Vocabulary

@testable import Browse

/// What each key does.
@Suite struct BrowserTests {
  private static let rows = [
    prefix("a/", 30, objects: 2, modified: hoursAgo(9)), prefix("b/", 50, objects: 1),
    prefix("c/", 20, objects: 9, modified: hoursAgo(2)), object("d", 40, modified: hoursAgo(5)),
  ]

  @Test func asksForTheFirstLevelAndThenForItsGrowth() {
    var session = Session()
    #expect(
      session.request?.1
        == .level(.below(sampleBucket, .start), .largest, objects: 1_000, isAnew: false))
    session.reply(.level(level(Self.rows)))
    #expect(session.names == ["b/", "d", "a/", "c/"])
    #expect(session.request?.1 == .growth(.below(sampleBucket, .start), days: 7))
    session.reply(.growth(Growth(days: 7)))
    #expect(session.effects == [] && !session.browser.wantsTicks)
  }

  @Test(arguments: [
    (Keystroke.down, "d"), (.character("j"), "d"), (.end, "c/"), (.character("G"), "c/"),
    (.pageDown, "c/"), (.up, "b/"), (.home, "b/"),
  ])
  func moves(key: Keystroke, to name: String) {
    var session = Session(level(Self.rows))
    session.press(key)
    #expect(session.selected == name)
    session.press(.end, .character("k"))
    #expect(session.selected == "a/")
    session.press(.character("g"))
    #expect(session.selected == "b/")
    session.press(.down, .down, .pageUp)
    #expect(session.selected == "b/")
  }

  @Test(arguments: [
    ("s", ["c/", "a/", "d", "b/"]), ("n", ["a/", "b/", "c/", "d"]), ("C", ["c/", "a/", "b/", "d"]),
    ("M", ["c/", "d", "a/", "b/"]), ("nn", ["d", "c/", "b/", "a/"]),
    ("CC", ["b/", "d", "a/", "c/"]),
    // What is not known comes last, either way.
    ("MM", ["a/", "d", "c/", "b/"]), ("ns", ["b/", "d", "a/", "c/"]),
  ])
  func sorts(keys: String, names: [String]) {
    var session = Session(level(Self.rows))
    session.press(.down)
    session.type(keys)
    #expect(session.names == names)
    #expect(session.selected == "d", "the cursor stays on its row")
  }

  @Test(arguments: [Keystroke.right, .enter, .character("l")])
  func opensAndComesBackToItsPlace(key: Keystroke) {
    var session = Session(level(Self.rows))
    session.press(.end, key)
    #expect(
      session.request?.1
        == .level(.below(sampleBucket, Key("c/")), .largest, objects: 1_000, isAnew: false))
    #expect(session.title == "s3://logs/", "what was there stays until there is something else")
    session.reply(.level(level("c/", [object("x", 1)])))
    #expect(session.title == "s3://logs/c/" && session.selected == "x")
    let count = session.levelsAsked.count
    session.press(.left)
    #expect(session.title == "s3://logs/" && session.selected == "c/")
    #expect(session.levelsAsked.count == count, "it is kept")
  }

  @Test(arguments: [Keystroke.left, .backspace, .character("h")])
  func goesUpFromWhereItBegan(key: Keystroke) {
    var session = Session(
      level("a/b/", [object("x", 1)]), at: .below(sampleBucket, Key("a/b/")))
    session.press(key)
    #expect(session.levelsAsked.last == .below(sampleBucket, Key("a/")))
    session.reply(.level(level("a/", [prefix("a/", 9), prefix("b/", 1)])))
    #expect(session.title == "s3://logs/a/" && session.selected == "b/")
    session.press(key)
    session.reply(.level(level([prefix("a/", 9), prefix("z/", 10)])))
    #expect(session.selected == "a/")
    session.press(key)
    #expect(session.levelsAsked.last == .everything)
    session.reply(
      .level(
        ReadLevel(
          .everything, above: nil, rows: [], objects: 0, bytes: 0,
          freshness: Freshness(state: .complete, syncedAt: now), now: now)))
    session.press(key)
    #expect(session.screen().last?.contains("top") == true)
  }

  /// A tick or a reply ends it: no key waits for what takes long.
  @Test func keysWaitForALevelThatComesAtOnce() {
    var session = Session()
    #expect(session.browser.isAboutToShow)
    session.reply(.level(level(Self.rows)))
    #expect(!session.browser.isAboutToShow, "growth is nothing to wait for")
    session.press(.right)
    #expect(session.browser.isAboutToShow)
    session.handle(.tick)
    #expect(!session.browser.isAboutToShow)
  }

  @Test func anObjectHasNothingInIt() {
    var session = Session(level([object("x", 1)]))
    let count = session.levelsAsked.count
    session.press(.right)
    #expect(session.levelsAsked.count == count && session.screen().last?.contains("facts") == true)
  }

  @Test func readsFurtherObjectsOnTheLastLine() {
    var session = Session(level([object("x", 9), object("y", 8)], left: 5))
    session.press(.end)
    #expect(session.selected == nil)
    session.press(.right)
    #expect(
      session.request?.1
        == .level(.below(sampleBucket, .start), .largest, objects: 1_002, isAnew: false))
    let more = ["x", "y", "z"].enumerated().map { object($1, 9 - Int64($0)) }
    session.reply(.level(level(more)))
    #expect(session.selected == "z", "the cursor is on the first that is new")
  }

  @Test func asksForTheObjectsThatComeFirstInAnotherOrder() {
    var session = Session(level([object("x", 9)], left: 5))
    session.type("n")
    #expect(
      session.request?.1
        == .level(.below(sampleBucket, .start), .key, objects: 1_000, isAnew: false))
    var whole = Session(level([object("x", 9)]))
    let count = whole.levelsAsked.count
    whole.type("n")
    #expect(whole.levelsAsked.count == count, "all are there")
  }

  @Test func growthChoices() {
    var session = Session(level(Self.rows))
    session.reply(.growth(Growth(days: 7, before: [.name(Array("a/".utf8)): 10])))
    #expect(session.browser.levels.last?.growth(of: Self.rows[0]) == 20)
    #expect(session.browser.levels.last?.growth(of: Self.rows[1]) == nil)
    for days in [30, 90, 7] {
      session.type("r")
      #expect(session.request?.1 == .growth(.below(sampleBucket, .start), days: days))
      session.reply(.growth(Growth(days: days, otherwise: 0)))
    }
    #expect(session.browser.levels.last?.growth(of: Self.rows[1]) == 50)
  }

  @Test func growthOfWhatIsNotCompleteIsNotKnown() {
    var session = Session(level(Self.rows, state: .partial))
    session.reply(.growth(Growth(days: 7, otherwise: 0)))
    #expect(session.browser.levels.last?.growth(of: Self.rows[0]) == nil)
  }
}

/// Keys that open something over the rows, and what is under way.
@Suite struct BrowserModeTests {
  private static let rows = [prefix("alpha/", 3), prefix("Beta/", 2), object("日本/語", 1)]

  @Test func filtersAsItIsTyped() {
    var session = Session(level(Self.rows))
    session.type("/BE")
    #expect(session.names == ["Beta/"])
    session.press(.backspace, .backspace)
    #expect(session.names.count == 3)
    session.type("語q")
    #expect(session.names == [] && session.browser.mode == .filter, "q is a letter here")
    session.press(.backspace, .enter)
    #expect(session.names == ["日本/語"] && session.browser.mode == .list)
    session.press(.escape)
    #expect(session.names.count == 3)
  }

  @Test func escapeEndsTheFilter() {
    var session = Session(level(Self.rows))
    session.type("/alp")
    session.press(.escape)
    #expect(session.names.count == 3 && session.browser.mode == .list)
    session.type("/")
    session.press(.backspace)
    #expect(session.browser.mode == .list)
  }

  @Test func aFilterIsOfOneLevel() {
    var session = Session(level(Self.rows))
    session.type("/alp")
    session.press(.enter, .right)
    session.reply(.level(level("alpha/", [object("x", 1)])))
    #expect(session.names == ["x"])
    session.press(.left)
    #expect(session.names.count == 3 && session.selected == "alpha/")
  }

  @Test func showsACountAfterATickAndLeavesItByEscape() {
    var session = Session(level(Self.rows))
    session.press(.right)
    session.reply(.counted(20_000))
    #expect(!session.screen().joined().contains("20,000"), "what is quick does not flicker")
    session.handle(.tick)
    session.reply(.counted(40_000))
    #expect(session.screen().last?.contains("40,000") == true)
    #expect(session.screen().last?.contains("Esc") == true)
    let number = session.request?.number ?? 0
    session.press(.escape)
    #expect(session.effects == [.stopReading])
    session.handle(.reply(number, .level(level("alpha/", []))))
    #expect(session.title == "s3://logs/", "what comes too late is not shown")
  }

  @Test func escapeBeforeThereIsAnythingLeaves() {
    var session = Session()
    session.press(.escape)
    #expect(session.effects == [.stopReading, .leave])
  }

  @Test func showsWhatIsKnownWhileObjectsAreLookedFor() {
    var session = Session()
    var half = level([prefix("a/", 5)], left: 3)
    half.isUnfinished = true
    session.reply(.level(half))
    #expect(session.names == ["a/"] && session.browser.wantsTicks)
    session.reply(.level(level([prefix("a/", 5), object("x", 7)])))
    #expect(session.names == ["x", "a/"])
    #expect(session.selected == "a/")
  }

  @Test func aFailureStaysOnTheScreenAndNothingIsLost() {
    var session = Session(level(Self.rows))
    session.press(.right)
    session.reply(.failed("another file is there\u{1B}[2J"))
    #expect(session.names.count == 3 && !session.browser.wantsTicks)
    #expect(session.screen().last?.contains("another file is there\\e[2J") == true)
  }

  @Test func growthThatFailsIsNotAskedForAgain() {
    var session = Session(level(Self.rows))
    session.reply(.failed("no"))
    #expect(session.effects == [] && !session.browser.wantsTicks)
  }

  @Test func factsCloseAndLeaveWhatTheyRead() {
    var session = Session(level(Self.rows))
    session.type("i")
    #expect(session.request?.1 == .facts(.place(.below(sampleBucket, Key("alpha/")))))
    session.reply(.facts(Facts([Facts.Line("state", "complete")], isUnfinished: true)))
    #expect(session.screen().joined().contains("complete") && session.browser.wantsTicks)
    session.press(.escape)
    #expect(session.browser.mode == .list)
    #expect(session.effects.first == .stopReading)
    session.press(.end)
    session.type("i")
    #expect(session.request?.1 == .facts(.object(sampleBucket, Key("日本/語"))))
  }

  @Test func printsWhatWasChosen() {
    var session = Session(level(Self.rows))
    session.type("y")
    session.press(.end)
    session.type("y")
    #expect(
      session.browser.chosen == [Array("s3://logs/alpha/".utf8), Array("s3://logs/日本/語".utf8)])
    session.type("y")
    #expect(session.browser.chosen == [Array("s3://logs/alpha/".utf8)])
    session.type("q")
    #expect(session.effects == [.leave])
  }

  @Test func rereadsTheLevelAndForgetsThoseBefore() {
    var session = Session(level(Self.rows))
    session.press(.right)
    session.reply(.level(level("alpha/", [object("x", 1), object("y", 2)])))
    session.press(.down)
    session.type("R")
    #expect(
      session.request?.1
        == .level(.below(sampleBucket, Key("alpha/")), .largest, objects: 1_000, isAnew: true))
    session.reply(.level(level("alpha/", [object("w", 9), object("x", 3), object("y", 2)])))
    #expect(session.names == ["w", "x", "y"] && session.selected == "x")
    session.press(.left)
    #expect(session.levelsAsked.last == .below(sampleBucket, .start), "it may have changed too")
  }

  @Test func helpShowsEveryKeyAndScrolls() {
    var session = Session(level(Self.rows), size: Size.least)
    session.type("?")
    var text = session.screen().joined()
    for _ in 0..<30 {
      session.press(.down)
      text += session.screen().joined()
    }
    for key in [
      "j k", "PgUp", "Home", "Enter", "Bksp", "s n C M", "7, 30, 90", "percent", "unit", "facts",
      "filter", "s3://", "anew", "leave",
    ] {
      #expect(text.contains(key), "\(key)")
    }
    session.type("x")
    #expect(session.browser.mode == .list)
  }

  @Test func countsShareAndUnitAreShownOrNot() {
    var session = Session(level([prefix("a/", 2_048, objects: 1_234)]))
    #expect(session.screen()[2].contains("1,234") && session.screen()[2].contains("2.0 KiB"))
    session.type("c")
    #expect(!session.screen()[2].contains("1,234"))
    #expect(session.screen()[2].contains("100.0 %") && session.screen()[2].contains("[####"))
    session.type("p")
    #expect(session.screen()[2].contains("100.0 %") && !session.screen()[2].contains("[####"))
    session.type("p")
    #expect(!session.screen()[2].contains("100.0 %") && session.screen()[2].contains("[####"))
    session.type("pu")
    #expect(session.screen()[2].contains("2,048 B"))
  }
}
