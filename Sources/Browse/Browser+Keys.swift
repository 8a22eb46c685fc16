internal import Vocabulary

extension Browser {
  /// What a key does.
  mutating func press(_ key: Keystroke) -> [Effect] {
    if key == .redraw { return [.redraw] }
    switch mode {
    case .filter: return pressInFilter(key)
    case .help, .facts: return pressOnPanel(key)
    case .list: return pressInList(key)
    }
  }

  private mutating func pressInList(_ key: Keystroke) -> [Effect] {
    if move(key) { return [] }
    switch key {
    case .right, .enter, .character("l"): return open()
    case .left, .backspace, .character("h"): return goUp()
    case .escape: return leaveWhatIsUnderWay()
    case .character(let character): return command(character)
    default: return []
    }
  }

  /// Leaves a count that one waits for, else the filter, else growth, which nobody waits for.
  private mutating func leaveWhatIsUnderWay() -> [Effect] {
    let isAwaited = reading.map { $0.goal.isAwaited } ?? false
    guard !isAwaited, !filter.isEmpty else { return stopReading() }
    filter = ""
    rearrange()
    return []
  }

  private mutating func command(_ character: Unicode.Scalar) -> [Effect] {
    switch character {
    case "q": return [.leave]
    case "n": return sort(by: .name)
    case "s": return sort(by: .size)
    case "C": return sort(by: .count)
    case "M": return sort(by: .modified)
    case "r": return changeGrowth()
    case "c":
      view.showsCounts.toggle()
      message = view.showsCounts ? "with counts of objects" : "without counts of objects"
    case "p": view.share = view.share.next
    case "u":
      view.unit = view.unit.next
      message = "unit: \(view.unit.rawValue)"
    case "i": return askForFacts()
    case "/": mode = .filter
    case "y": choose()
    case "R": return reread()
    case "?": mode = .help(0)
    default: message = "? shows the keys"
    }
    return []
  }

  private mutating func changeGrowth() -> [Effect] {
    let choices = ViewSettings.growthChoices
    let place = choices.firstIndex(of: view.growthDays) ?? 0
    view.growthDays = choices[(place + 1) % choices.count]
    message = "growth since \(view.growthDays) days ago"
    // A level that is being read has it read afterwards.
    if reading.map({ !$0.goal.isAwaited }) ?? false { return stopReading() + readGrowth() }
    return readGrowth()
  }

  private mutating func pressInFilter(_ key: Keystroke) -> [Effect] {
    switch key {
    case .escape:
      filter = ""
      mode = .list
    case .enter: mode = .list
    case .backspace:
      if filter.isEmpty { mode = .list } else { filter.unicodeScalars.removeLast() }
    case .character(let scalar):
      guard filter.utf8.count < Self.filterBytesMax else { return [] }
      filter.unicodeScalars.append(scalar)
    default:
      _ = move(key)
      return []
    }
    rearrange()
    return []
  }

  /// No key has more.
  private static let filterBytesMax = 1_024

  /// Moves the cursor; false for a key that moves nothing.
  private mutating func move(_ key: Keystroke) -> Bool {
    guard let level = levels.last else { return false }
    let page = listRows
    let line: Int
    switch key {
    case .up, .character("k"): line = level.cursor - 1
    case .down, .character("j"): line = level.cursor + 1
    case .pageUp: line = level.cursor - page
    case .pageDown: line = level.cursor + page
    case .home, .character("g"): line = 0
    case .end, .character("G"): line = level.lineCount - 1
    default: return false
    }
    change { $0.move(to: line, screenRows: $1) }
    return true
  }

  private mutating func pressOnPanel(_ key: Keystroke) -> [Effect] {
    switch key {
    case .character("q"): return [.leave]
    case .up, .character("k"): scrollPanel(by: -1)
    case .down, .character("j"): scrollPanel(by: 1)
    case .pageUp: scrollPanel(by: -listRows)
    case .pageDown: scrollPanel(by: listRows)
    case .home, .character("g"): scrollPanel(by: -Self.panelLinesMax)
    case .end, .character("G"): scrollPanel(by: Self.panelLinesMax)
    default:
      mode = .list
      guard let reading, case .facts = reading.goal else { return readGrowth() }
      return stopReading() + readGrowth()
    }
    return []
  }

  private static let panelLinesMax = 10_000

  private mutating func scrollPanel(by lines: Int) {
    func moved(_ top: Int, of count: Int) -> Int { max(0, min(top + lines, count - listRows)) }
    switch mode {
    case .help(let top): mode = .help(moved(top, of: HelpText.lines.count))
    case .facts(let facts, let name, let top):
      mode = .facts(facts, of: name, top: moved(top, of: facts.lines.count))
    case .list, .filter: break
    }
  }
}
