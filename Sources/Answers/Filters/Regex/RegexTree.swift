/// A regular expression as a tree, of those that a `KeyAutomaton` can match.
///
/// Something that stands for one scalar, such as `.`, `[^/]` or `\d`, is kept as it was written: the standard library
/// says which scalars it means, so that there is one opinion of that. Greed is not kept: it changes what is
/// matched, not whether there is a match.
indirect enum RegexTree: Equatable {
  /// One scalar, by the place of its atom in `RegexParser.atoms`.
  case atom(Int)
  /// `^`
  case start
  /// `$`
  case end
  case sequence([RegexTree])
  case either([RegexTree])
  case repeated(RegexTree, least: Int, most: Int?)
}

/// What stands for one scalar.
enum RegexAtom: Hashable {
  case scalar(UInt32)
  /// A pattern for the standard library, with the options that hold for all of the expression.
  case pattern(String)
}

/// Reads a regular expression that the standard library has accepted already.
///
/// Whatever it is not sure of, it leaves to the library's engine: its only error is nil.
struct RegexParser {
  private(set) var atoms: [RegexAtom] = []
  private var places: [RegexAtom: Int] = [:]
  private var rest: Substring.UnicodeScalarView
  /// `(?i)`, or nothing: it stands before every pattern of an atom.
  private var options = ""
  private var depth = 0
  /// Whether it was left to the library because of its size alone.
  private(set) var isTooLarge = false

  /// Deeper groups are left to the library; none that a person writes is.
  private static let depthMax = 100
  /// What `{n}` says at most.
  private static let countMax = 1_000

  init(_ text: String) { rest = text[...].unicodeScalars }

  /// The whole expression.
  mutating func tree() -> RegexTree? {
    for option in ["(?i)", "(?s)", "(?is)", "(?si)"] where rest.starts(with: option.unicodeScalars)
    {
      options = option
      rest.removeFirst(option.unicodeScalars.count)
      break
    }
    guard let tree = alternatives(), rest.isEmpty else { return nil }
    return tree
  }

  private mutating func alternatives() -> RegexTree? {
    guard depth < Self.depthMax else {
      isTooLarge = true
      return nil
    }
    depth += 1
    defer { depth -= 1 }
    var branches: [RegexTree] = []
    repeat {
      guard let branch = sequence() else { return nil }
      branches.append(branch)
    } while take("|")
    return branches.count == 1 ? branches[0] : .either(branches)
  }

  private mutating func sequence() -> RegexTree? {
    var parts: [RegexTree] = []
    while let next = rest.first, next != "|", next != ")" {
      guard let part = part(), let counted = quantified(part) else { return nil }
      parts.append(counted)
    }
    return .sequence(parts)
  }

  private mutating func part() -> RegexTree? {
    guard let next = rest.popFirst() else { return nil }
    switch next {
    case "^": return .start
    case "$": return .end
    case "(": return group()
    case "[": return characterClass().map { atom(.pattern("[" + $0)) }
    case ".": return atom(.pattern("."))
    case "\\": return escape()
    case "*", "+", "?", "{", "}", "]": return nil
    default: return literal(next)
    }
  }

  /// A scalar that means itself; one that forms a character with the next is left to the library, as it
  /// counts both as one.
  private mutating func literal(_ scalar: Unicode.Scalar) -> RegexTree? {
    if let next = rest.first, !(scalar.isASCII && next.isASCII) || scalar == "\r" {
      var pair = String.UnicodeScalarView()
      pair.append(scalar)
      pair.append(next)
      guard String(pair).count == 2 else { return nil }
    }
    guard options.isEmpty else {
      // Letters have cases; what has a meaning in patterns does not come here.
      return scalar.properties.isCased
        ? atom(.pattern(String(scalar))) : atom(.scalar(scalar.value))
    }
    return atom(.scalar(scalar.value))
  }

  private mutating func group() -> RegexTree? {
    if take("?") {
      guard take(":") || takeName() else { return nil }
    } else if rest.first == "*" {
      return nil
    }
    guard let inner = alternatives(), take(")") else { return nil }
    return inner
  }

  /// `<name>` or `P<name>`, but not `<=` or `<!`, which look behind.
  private mutating func takeName() -> Bool {
    _ = take("P")
    guard take("<"), let first = rest.first, first.properties.isAlphabetic,
      let end = rest.firstIndex(of: ">")
    else { return false }
    rest = rest[rest.index(after: end)...]
    return true
  }

  /// What follows `\`: punctuation for itself, the best known classes and scalars by number.
  private mutating func escape() -> RegexTree? {
    guard let next = rest.popFirst() else { return nil }
    switch next {
    case "d", "D", "w", "W", "s", "S", "t", "n", "r", "f":
      return atom(.pattern("\\" + String(next)))
    case "A": return .start
    case "z": return .end
    case "x": return hexadecimal(digits: 2)
    case "u": return hexadecimal(digits: 4)
    default:
      guard next.isASCII, !next.properties.isAlphabetic, next.properties.numericType == nil,
        next.value > 0x20, next.value != 0x7F
      else { return nil }
      return atom(.scalar(next.value))
    }
  }

  private mutating func hexadecimal(digits: Int) -> RegexTree? {
    let text = String(rest.prefix(digits))
    guard text.utf8.count == digits, let value = UInt32(text, radix: 16), text.first != "+",
      Unicode.Scalar(value) != nil
    else { return nil }
    rest.removeFirst(digits)
    return atom(
      options.isEmpty ? .scalar(value) : .pattern("\\x{\(String(value, radix: 16))}"))
  }

  /// The text of a class behind its `[`, to its `]`; nil where one may be within another.
  private mutating func characterClass() -> String? {
    var text = String.UnicodeScalarView()
    if rest.first == "^" { text.append(rest.removeFirst()) }
    var isFirst = true
    while let next = rest.popFirst() {
      switch next {
      case "[": return nil
      case "]":
        guard !isFirst else { return nil }
        text.append(next)
        // What is written with two scalars is one member of a class, and no single scalar.
        let isOfSingles = String(text).count == text.count
        return isOfSingles && rest.first.map { $0.isASCII } ?? true ? String(text) : nil
      case "\\":
        guard let escaped = rest.popFirst(),
          "dDwWsStnrf".unicodeScalars.contains(escaped)
            || (escaped.isASCII && !escaped.properties.isAlphabetic
              && escaped.properties.numericType == nil)
        else { return nil }
        text.append(next)
        text.append(escaped)
      default: text.append(next)
      }
      isFirst = false
    }
    return nil
  }

  private mutating func quantified(_ part: RegexTree) -> RegexTree? {
    var part = part
    while let bounds = takeQuantifier() {
      guard let bounds = bounds.range else { return nil }
      part = .repeated(part, least: bounds.least, most: bounds.most)
      // Lazy or greedy, it matches or not; one that gives nothing back is no regular language.
      if take("?") { continue }
      if rest.first == "+" { return nil }
    }
    return part
  }

  private struct Quantifier {
    /// Nil where it is not one that is sure.
    var range: (least: Int, most: Int?)?
  }

  private mutating func takeQuantifier() -> Quantifier? {
    if take("*") { return Quantifier(range: (0, nil)) }
    if take("+") { return Quantifier(range: (1, nil)) }
    if take("?") { return Quantifier(range: (0, 1)) }
    guard take("{") else { return nil }
    guard let least = takeNumber() else { return Quantifier() }
    if take("}") { return Quantifier(range: (least, least)) }
    guard take(",") else { return Quantifier() }
    if take("}") { return Quantifier(range: (least, nil)) }
    guard let most = takeNumber(), most >= least, take("}") else { return Quantifier() }
    return Quantifier(range: (least, most))
  }

  private mutating func takeNumber() -> Int? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    guard !digits.isEmpty else { return nil }
    guard let number = Int(String(digits)), number <= Self.countMax else {
      isTooLarge = true
      return nil
    }
    rest.removeFirst(digits.count)
    return number
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func atom(_ atom: RegexAtom) -> RegexTree {
    let written: RegexAtom =
      if case .pattern(let text) = atom { .pattern(options + text) } else { atom }
    if let place = places[written] { return .atom(place) }
    places[written] = atoms.count
    atoms.append(written)
    return .atom(atoms.count - 1)
  }
}
