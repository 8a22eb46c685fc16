/// A regular expression as a machine that may be at several places at once (Thompson 1968).
///
/// `a|b*` at its end: node 0 leads to 1 and 2 without reading, node 1 reads `a`, node 2 reads `b` or leads on.
struct RegexProgram {
  enum Node {
    /// Reads a scalar that the atom means, then goes on.
    case read(atom: Int, next: Int)
    /// Goes on at all of them.
    case fork([Int])
    /// Goes on where nothing has been read.
    case start(next: Int)
    /// Goes on where there is nothing left.
    case end(next: Int)
    case match
  }

  /// One that repeats a lot is left to the standard library.
  private static let nodesMax = 5_000

  private(set) var nodes: [Node] = [.match]
  private(set) var first = 0
  let atoms: [RegexAtom]
  /// What the standard library says of each atom that is a pattern.
  let patterns: [LibraryRegex?]

  /// Why an expression has no machine, and is left to the standard library.
  enum Unfit: Error {
    /// It is no regular language.
    case irregular
    /// It repeats too much.
    case large
  }

  /// - Throws: `Unfit` for what only the standard library can match.
  init(_ text: String) throws(Unfit) {
    var parser = RegexParser(text)
    guard let tree = parser.tree() else { throw parser.isTooLarge ? .large : .irregular }
    atoms = parser.atoms
    var patterns: [LibraryRegex?] = []
    for atom in atoms {
      guard case .pattern(let text) = atom else {
        patterns.append(nil)
        continue
      }
      guard let pattern = LibraryRegex(text) else { throw .irregular }
      patterns.append(pattern)
    }
    self.patterns = patterns
    guard let first = add(tree, before: 0) else { throw .large }
    self.first = first
  }

  /// Whether an atom means a scalar.
  func does(_ atom: Int, mean scalar: Unicode.Scalar) -> Bool {
    switch atoms[atom] {
    case .scalar(let value): value == scalar.value
    case .pattern: patterns[atom]?.contains(scalar) ?? false
    }
  }

  private mutating func add(_ node: Node) -> Int? {
    guard nodes.count < Self.nodesMax else { return nil }
    nodes.append(node)
    return nodes.count - 1
  }

  /// Adds what leads through the tree to `next`; returns where it begins, or nil if it is too large.
  private mutating func add(_ tree: RegexTree, before next: Int) -> Int? {
    switch tree {
    case .atom(let atom): return add(.read(atom: atom, next: next))
    case .start: return add(.start(next: next))
    case .end: return add(.end(next: next))
    case .sequence(let parts):
      var place = next
      for part in parts.reversed() {
        guard let before = add(part, before: place) else { return nil }
        place = before
      }
      return place
    case .either(let branches):
      var places: [Int] = []
      for branch in branches {
        guard let place = add(branch, before: next) else { return nil }
        places.append(place)
      }
      return add(.fork(places))
    case .repeated(let part, let least, let most): return add(part, least, most, before: next)
    }
  }

  private mutating func add(
    _ part: RegexTree, _ least: Int, _ most: Int?, before next: Int
  ) -> Int? {
    var place = next
    if let most {
      // a{0,2} is (a(a)?)?: each may be left out with all that follow it.
      for _ in 0..<(most - least) {
        guard let inner = add(part, before: place), let fork = add(.fork([inner, next])) else {
          return nil
        }
        place = fork
      }
    } else {
      guard let loop = add(.fork([next])), let inner = add(part, before: loop) else { return nil }
      nodes[loop] = .fork([inner, next])
      place = loop
    }
    for _ in 0..<least {
      guard let before = add(part, before: place) else { return nil }
      place = before
    }
    return place
  }
}
