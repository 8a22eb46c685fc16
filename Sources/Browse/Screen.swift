internal import Index
internal import Report
internal import Vocabulary

/// What a browser shows, as the lines of a terminal.
///
/// ```text
/// s3://logs/                                             2/3
///        size   share                 objects   growth  name
///     1.5 GiB  75.0 % [##########]      1,204  +0.5 GiB  2026/
/// ~ 512.0 MiB  25.0 % [###       ]         33         –  tmp/
/// ```
///
/// A pure function: no line is wider than the terminal, and nothing that a key, a bucket or an error says reaches it as
/// it is.
package struct Screen {
  private let browser: Browser
  private let usesColor: Bool
  private let size: Size

  package init(_ browser: Browser, usesColor: Bool) {
    self.browser = browser
    self.usesColor = usesColor
    size = browser.size
  }

  /// Bytes to be written for each line, from the top; as many as the terminal has rows.
  package var lines: [[UInt8]] {
    guard !size.isTooSmall else { return tooSmall }
    var lines = [title]
    switch browser.mode {
    case .list, .filter: lines += list
    case .help(let top): lines += panel(HelpText.lines.map { text($0) }, from: top)
    case .facts(let facts, _, let top): lines += panel(factLines(facts), from: top)
    }
    while lines.count < size.rows - 2 { lines.append(ScreenLine(columns: size.columns)) }
    return (lines.prefix(size.rows - 2) + [foot, lastLine]).map(\.bytes)
  }

  private var tooSmall: [[UInt8]] {
    let least = Size.least
    let words =
      "\(size.columns)x\(size.rows) is too small: \(least.columns)x\(least.rows) is needed, q leaves"
    var line = ScreenLine(columns: size.columns)
    line.add(sentence: words)
    return [line.bytes] + Array(repeating: [], count: max(0, size.rows - 1))
  }

  private func text(_ text: String, _ style: Style = .plain) -> ScreenLine {
    var line = ScreenLine(columns: size.columns)
    line.add(sentence: text, style)
    return line
  }
}

// MARK: - Lines around the rows

extension Screen {
  private var title: ScreenLine {
    var line = ScreenLine(columns: size.columns)
    guard let level = browser.levels.last else {
      line.add(name: Array("s3audit".utf8), .bold)
      return line
    }
    let rows = level.content.rows.count
    let shown = level.order.count
    let all = shown == rows ? "" : " of \(groupedDecimal(Int64(rows)))"
    let place =
      "\(groupedDecimal(Int64(min(level.cursor + 1, shown))))/\(groupedDecimal(Int64(shown)))\(all)"
    var name = level.place.title
    if case .facts(_, let row, _) = browser.mode { name += Array(" ".utf8) + row }
    line.add(name: name, widthMax: max(10, size.columns - place.utf8.count - 2), .bold)
    if place.utf8.count + 2 <= line.room {
      line.add(right: place, width: line.room)
    }
    return line
  }

  /// What the level holds, and how far that can be believed: the most important first, as the rest may have no room.
  private var foot: ScreenLine {
    var line = ScreenLine(columns: size.columns)
    guard let level = browser.levels.last else { return line }
    let content = level.content
    let freshness = content.freshness
    let synced = freshness.syncedAt.map { "synced \($0.minuteText)" } ?? "never synced"
    let total = content.bytes.map { browser.view.unit.text($0) } ?? "– bytes"
    let objects = content.objects.map { "\(groupedDecimal($0)) object\($0 == 1 ? "" : "s")" }
    let parts = [total, freshness.state.rawValue, synced, objects ?? "– objects"]
    for (number, part) in parts.enumerated() {
      let text = (number == 0 ? "" : "  ") + part
      guard text.unicodeScalars.count <= line.room else { continue }
      line.add(text, number == 1 ? style(of: freshness.state) : .plain)
    }
    return line
  }

  private func style(of state: BucketState) -> Style {
    let style: Style =
      switch state {
      case .complete: .plain
      case .partial: .yellow
      case .denied, .never: .red
      }
    return style.unless(!usesColor)
  }

  private var lastLine: ScreenLine {
    if browser.mode == .filter || !browser.filter.isEmpty && browser.message == nil {
      return filterLine
    }
    if let reading = browser.reading, reading.isSlow, reading.goal.isAwaited {
      var line = text("reading, \(groupedDecimal(reading.counted)) objects so far; Esc leaves ")
      line.add(name: reading.title)
      return line
    }
    // Cut in the middle, as paths stand at either end of errors.
    if let message = browser.message { return named(message) }
    if let bucket = browser.levels.last?.content.bucket, let error = bucket.error,
      bucket.freshness.state != .complete
    {
      return named(error)
    }
    return text("? help  q leave  → open  ← up  / filter  i facts", .dim)
  }

  private func named(_ text: String) -> ScreenLine {
    var line = ScreenLine(columns: size.columns)
    line.add(name: Array(text.utf8))
    return line
  }

  private var filterLine: ScreenLine {
    var line = text("/")
    line.add(name: Array(browser.filter.utf8), widthMax: max(1, line.room - 1))
    if browser.mode == .filter { line.add(" ", .reverse) }
    let left = browser.levels.last?.content.objectsLeft ?? 0
    let note = "  of what was read; \(groupedDecimal(left)) objects were not"
    if left > 0, note.utf8.count <= line.room { line.add(note, .dim) }
    return line
  }

  private func panel(_ lines: [ScreenLine], from top: Int) -> [ScreenLine] {
    [ScreenLine(columns: size.columns)] + lines.dropFirst(top).prefix(browser.listRows)
  }

  private func factLines(_ facts: Facts) -> [ScreenLine] {
    let width = facts.lines.lazy.map(\.label.utf8.count).max() ?? 0
    let lines = facts.lines.map { fact in
      var line = ScreenLine(columns: size.columns)
      line.add(fact.label, .dim)
      // Sentences have no label, and need the room.
      line.pad(to: fact.label.isEmpty ? 2 : width + 2)
      line.add(name: fact.value)
      return line
    }
    return facts.isUnfinished ? lines + [text("… reading", .dim)] : lines
  }
}

extension Timestamp {
  /// To the minute: `2026-11-29 03:00Z`.
  var minuteText: String {
    let text = iso8601
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))Z"
  }
}

// MARK: - Rows

extension Screen {
  /// The heading, and the rows that are on the screen.
  private var list: [ScreenLine] {
    guard let level = browser.levels.last else { return [] }
    let numbers = level.top..<min(level.lineCount, level.top + browser.listRows)
    let texts = numbers.compactMap { number in
      number < level.order.count
        ? RowText(level.content.rows[level.order[number]], in: level, browser.view) : nil
    }
    let columns = RowColumns(texts, browser.view, screen: size.columns)
    var lines = [columns.heading(growthDays: browser.view.growthDays)]
    for (text, number) in zip(texts, numbers) {
      var line = columns.line(text, usesColor: usesColor && number != level.cursor)
      if number == level.cursor { line.reverse() }
      lines.append(line)
    }
    if numbers.upperBound > level.order.count { lines.append(restLine(of: level)) }
    if level.lineCount == 0 {
      let words = level.content.rows.isEmpty ? "nothing is here" : "no name has this in it"
      lines.append(text("  \(words)", .dim))
    }
    return lines
  }

  private func restLine(of level: Level) -> ScreenLine {
    let left = level.content.objectsLeft
    let next = min(left, Int64(Browser.objectsStep))
    var line = text(
      "  \(groupedDecimal(left)) more objects; → reads \(groupedDecimal(next)) of them")
    if level.isOnRest { line.reverse() }
    return line
  }
}
