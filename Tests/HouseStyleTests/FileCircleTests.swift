import Testing

/// The files of a module hang together in one direction, but for small knots of a type and its parts.
///
/// A helper in a stranger's file ties every file that calls it to all that the stranger uses: so
/// sixteen files of the command line once hung in one circle, through the file that lists commands.
@Suite struct FileCircleTests {
  /// A type, the parts it is made of and what they share: more is a knot.
  private static let filesMax = 5

  @Test(arguments: FileCircleTests.modules)
  func circlesAreSmall(module: String) throws {
    let files = Tree.sources.filter { $0.path.hasPrefix("Sources/\(module)/") }
    let graph = try FileGraph(files.map { ($0.path, try $0.codeLines) })
    for circle in graph.circles where circle.count > Self.filesMax {
      Issue.record("one circle of \(circle.count) files: \(circle.joined(separator: ", "))")
    }
  }

  static let modules = Set(
    Tree.sources.compactMap { file -> String? in
      let parts = file.path.split(separator: "/")
      return parts.first == "Sources" ? String(parts[1]) : nil
    }
  ).sorted()

  @Test func findsACircleThroughAHelper() throws {
    let graph = try FileGraph([
      ("a", ["struct A { let b: B }", "func helper() {}"]), ("b", ["struct B { let c = C() }"]),
      ("c", ["package struct C {", "  init() { helper() }", "}"]), ("d", ["let d = A()"]),
    ])
    #expect(graph.circles == [["a", "b", "c"]])
  }

  @Test func wordsInTextAndMembersAreNoUse() throws {
    let graph = try FileGraph([
      ("a", ["struct A { let text = \"b\"; let c = 1 }", "let d = x.b", "f(c: 1)"]),
      ("b", ["let b = A()"]), ("c", ["private let helper = A()", "let c = b"]),
    ])
    #expect(graph.circles == [])
  }
}

/// Which files of a module name what is declared at the top of which others.
struct FileGraph {
  private let paths: [String]
  private let uses: [Set<Int>]

  init(_ files: [(path: String, lines: [Substring])]) throws {
    paths = files.map(\.path)
    var owners: [Substring: Set<Int>] = [:]
    for (index, file) in files.enumerated() {
      for line in file.lines {
        if let name = Self.declared(by: line) { owners[name, default: []].insert(index) }
      }
    }
    uses = files.enumerated().map { index, file in
      var used: Set<Int> = []
      for word in Set(file.lines.flatMap(Self.names)) {
        used.formUnion(owners[word] ?? [])
      }
      return used.subtracting([index])
    }
  }

  /// The sets of two files and more that all reach each other, each in order of path.
  var circles: [[String]] {
    let reached = paths.indices.map(reach)
    var seen: Set<Int> = []
    return paths.indices.compactMap { index in
      guard !seen.contains(index), reached[index].contains(index) else { return nil }
      let circle = reached[index].filter { reached[$0].contains(index) }
      seen.formUnion(circle)
      return circle.map { paths[$0] }.sorted()
    }
  }

  private func reach(from start: Int) -> Set<Int> {
    var reached: Set<Int> = []
    var waiting = Array(uses[start])
    while let next = waiting.popLast() {
      if reached.insert(next).inserted { waiting += uses[next] }
    }
    return reached
  }

  private static let kinds: Set<Substring> = [
    "struct", "class", "enum", "actor", "protocol", "typealias", "func", "let", "var",
  ]

  /// The name that a line declares at the top of its file; nil for a private one.
  private static func declared(by line: Substring) -> Substring? {
    guard let first = line.first, !first.isWhitespace, !line.hasPrefix("extension") else {
      return nil
    }
    let words = words(of: line)
    guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count,
      !words[..<kind].contains(where: { $0 == "private" || $0 == "fileprivate" })
    else { return nil }
    return words[kind + 1]
  }

  /// The words of a line that may name what another file declares: nothing that the line declares
  /// itself, and no label.
  private static func names(in line: Substring) -> [Substring] {
    let words = words(of: line)
    return words.indices.filter { place in
      let isDeclared = place > 0 && kinds.contains(words[place - 1])
      return !isDeclared && line[words[place].endIndex...].first != ":"
    }.map { words[$0] }
  }

  /// The words of a line that are no part of a text and no member behind a point.
  private static func words(of line: Substring) -> [Substring] {
    var words: [Substring] = []
    var start: Substring.Index?
    var isInText = false
    var previous: Character = " "
    for index in line.indices {
      let character = line[index]
      if character == "\"", previous != "\\" { isInText.toggle() }
      let isPart = character == "_" || character.isLetter || character.isNumber
      if isPart, start == nil, !isInText, previous != "." { start = index }
      if !isPart, let begun = start {
        words.append(line[begun..<index])
        start = nil
      }
      previous = isPart && start == nil ? previous : character
    }
    if let start { words.append(line[start...]) }
    return words
  }
}
