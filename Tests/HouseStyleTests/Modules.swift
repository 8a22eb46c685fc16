/// The modules and the arrows between them, as Package.swift and Sources/README.md tell them.
struct Modules {
  typealias Arrows = [String: Set<String>]

  /// The dependencies in Package.swift.
  private(set) var declared: Arrows = [:]
  /// The modules in the order in which Package.swift declares them.
  private(set) var order: [String] = []
  /// The arrows in the table of Sources/README.md.
  private(set) var documented: Arrows = [:]

  init() throws {
    try readPackage()
    try readTable()
  }

  /// The module maps of C libraries.
  var systemLibraries: [String] {
    order.filter { name in
      name.hasPrefix("C") && name.dropFirst().first?.isUppercase == true
    }
  }

  /// Everything that can be reached from a module by arrows.
  static func reach(from name: String, by arrows: Arrows) -> Set<String> {
    var reached: Set<String> = []
    var waiting = Array(arrows[name] ?? [])
    while let next = waiting.popLast() {
      if reached.insert(next).inserted { waiting += arrows[next] ?? [] }
    }
    return reached
  }

  /// The modules of this package that a module's files import, each with a file that does.
  func imports(of name: String) throws -> [String: String] {
    let folder = name == "Migrations" ? "Migrations/" : "Sources/\(name)/"
    var found: [String: String] = [:]
    for file in Tree.sources where file.path.hasPrefix(folder) {
      for line in try file.codeLines {
        let words = line.split { $0 == " " || $0 == "." }
        guard let place = words.firstIndex(of: "import"), place + 1 < words.count else { continue }
        let module = String(words[place + 1])
        if declared[module] != nil { found[module] = file.path }
      }
    }
    return found
  }

  private mutating func readPackage() throws {
    let text = try Tree.File(path: "Package.swift").text
    let declaration =
      #/(?:\b(?:system|module)\(|\.(?:executableT|t)arget\(\s*name: )\s*"(\w+)"(?:,\s*(?:dependencies: )?\[([^\]]*)\])?/#
    for match in text.matches(of: declaration) {
      order.append(String(match.1))
      declared[String(match.1)] = Self.words(match.2 ?? "")
    }
  }

  private mutating func readTable() throws {
    let text = try Tree.File(path: "Sources/README.md").text
    for row in text.matches(of: #/(?m)^\| (`.*?) \|.*\| ?(.*?) \|$/#) {
      let names = row.1.matches(of: #/`(\w+)`/#).map { String($0.1) }
      let cells = row.2.split(separator: ";")
      for (place, name) in names.enumerated() {
        let cell = cells.count == names.count ? cells[place] : row.2
        documented[name] = targets(in: cell, above: name)
      }
    }
  }

  /// `SQLite, Vocabulary`, `nothing`, or `all above but Simulator`.
  private func targets(in cell: Substring, above name: String) -> Set<String> {
    guard cell.hasPrefix("all above") else { return Self.words(cell).intersection(order) }
    let above = order.prefix { $0 != name }
    return Set(above).subtracting(Self.words(cell)).subtracting(systemLibraries)
  }

  private static func words(_ text: Substring) -> Set<String> {
    Set(text.split { !$0.isLetter && !$0.isNumber }.map(String.init))
  }
}
