internal import Synchronization
internal import Vocabulary

/// Matches keys against a regular expression in one pass, a table look-up a byte.
///
/// Several threads may ask; they take turns.
final class KeyAutomaton: Sendable {
  private let states: Mutex<AutomatonStates>

  init(_ program: RegexProgram) { states = Mutex(AutomatonStates(program)) }

  /// Whether the expression is found anywhere in a key; bytes that are no UTF-8 are U+FFFD each.
  func matches(_ key: Span<UInt8>) -> Bool {
    states.withLock { $0.matches(key) }
  }
}

/// The sets of places at which a program can be, each made when a key first leads to it.
///
/// The table has a row a state and a column a kind of scalar: for `[a-f]x` there are three kinds, of which the
/// scalars are in `[a-f]`, in `x`, and in neither. A program of n nodes may have 2ⁿ states; when there are too
/// many, they are forgotten and made again as needed.
struct AutomatonStates {
  private typealias State = Int32
  private static let unknown: State = -1
  /// Whatever follows, it is found.
  private static let found: State = -2
  /// Whatever follows, it is not.
  private static let lost: State = -3

  private static let statesMax = 2_000
  /// How many nodes all states have together: 4 MB.
  private static let nodesMax = 500_000
  private static let othersMax = 20_000

  private let program: RegexProgram
  /// For each ASCII scalar, and for each other that came up, which kind it is.
  private var kindOfASCII: [Int]
  private var kindOfOthers: [UInt32: Int] = [:]
  /// By the atoms that mean a kind's scalars.
  private var kinds: [[Bool]: Int] = [:]
  private var atomsOfKind: [[Bool]] = []

  /// How many kinds the table has room for.
  private var columns = 0
  private var table: [State] = []
  /// The nodes that a state can read at, in order.
  private var nodesOfState: [[Int]] = []
  private var nodesKept = 0
  private var matchesAtEnd: [Bool] = []
  private var stateOfNodes: [[Int]: State] = [:]
  private var first: State = 0

  // Marks of the nodes that a step has been at, by its number.
  private var visits: [Int]
  private var visit = 0

  init(_ program: RegexProgram) {
    self.program = program
    visits = Array(repeating: 0, count: program.nodes.count)
    kindOfASCII = []
    for value in 0..<UInt8(128) {
      kindOfASCII.append(kind(of: Unicode.Scalar(value)))
    }
    forgetStates()
  }

  // MARK: - Matching

  mutating func matches(_ key: Span<UInt8>) -> Bool {
    var state = first
    var place = 0
    while place < key.count {
      let byte = key[place]
      let kind: Int
      if byte < 0x80 {
        kind = kindOfASCII[Int(byte)]
        place += 1
      } else {
        kind = kindOfOther(key, &place)
      }
      guard state >= 0 else { return state == Self.found }
      var next = table[Int(state) * columns + kind]
      if next == Self.unknown { next = makeStep(from: &state, by: kind) }
      guard next >= 0 else { return next == Self.found }
      state = next
    }
    return state >= 0 ? matchesAtEnd[Int(state)] : state == Self.found
  }

  /// The kind of the scalar that begins at `place`, which moves behind it.
  private mutating func kindOfOther(_ key: Span<UInt8>, _ place: inout Int) -> Int {
    let scalar: Unicode.Scalar
    switch decodeScalar(in: key, at: place) {
    case .scalar(let read, let length):
      scalar = read
      place += length
    case .invalid:
      scalar = "\u{FFFD}"
      place += 1
    }
    if let kind = kindOfOthers[scalar.value] { return kind }
    if kindOfOthers.count >= Self.othersMax { kindOfOthers.removeAll(keepingCapacity: true) }
    let kind = kind(of: scalar)
    kindOfOthers[scalar.value] = kind
    return kind
  }

  private mutating func kind(of scalar: Unicode.Scalar) -> Int {
    let atoms = program.atoms.indices.map { program.does($0, mean: scalar) }
    if let kind = kinds[atoms] { return kind }
    kinds[atoms] = atomsOfKind.count
    atomsOfKind.append(atoms)
    return atomsOfKind.count - 1
  }

  // MARK: - States

  /// Where a state leads by a kind of scalar; the state's own number may change, when others are forgotten.
  private mutating func makeStep(from state: inout State, by kind: Int) -> State {
    if atomsOfKind.count > columns || nodesOfState.count >= Self.statesMax
      || nodesKept >= Self.nodesMax
    {
      let nodes = nodesOfState[Int(state)]
      let atEnd = matchesAtEnd[Int(state)]
      forgetStates()
      state = self.state(of: nodes, matchesAtEnd: atEnd)
    }
    var step = Step()
    visit += 1
    for node in nodesOfState[Int(state)] {
      guard case .read(let atom, let next) = program.nodes[node], atomsOfKind[kind][atom] else {
        continue
      }
      follow(next, atStart: false, &step)
    }
    // It may begin anywhere.
    follow(program.first, atStart: false, &step)
    let next = self.state(after: &step)
    table[Int(state) * columns + kind] = next
    return next
  }

  private mutating func forgetStates() {
    // Room for kinds that are still to come: each that finds none forgets all states.
    columns = atomsOfKind.count + 8
    table = []
    nodesOfState = []
    nodesKept = 0
    matchesAtEnd = []
    stateOfNodes = [:]
    var step = Step()
    visit += 1
    follow(program.first, atStart: true, &step)
    first = state(after: &step)
  }

  /// What a step leads to.
  private struct Step {
    var nodes: [Int] = []
    var isFound = false
    var matchesAtEnd = false
  }

  private mutating func state(after step: inout Step) -> State {
    if step.isFound { return Self.found }
    if step.nodes.isEmpty && !step.matchesAtEnd { return Self.lost }
    step.nodes.sort()
    return state(of: step.nodes, matchesAtEnd: step.matchesAtEnd)
  }

  private mutating func state(of nodes: [Int], matchesAtEnd atEnd: Bool) -> State {
    // No node has this number: it tells apart what else is the same.
    let name = atEnd ? nodes + [-1] : nodes
    if let state = stateOfNodes[name] { return state }
    let state = State(nodesOfState.count)
    stateOfNodes[name] = state
    nodesOfState.append(nodes)
    nodesKept += nodes.count
    matchesAtEnd.append(atEnd)
    table += repeatElement(Self.unknown, count: columns)
    return state
  }

  /// Follows what leads on without reading, from a node that this step was not at.
  private mutating func follow(_ node: Int, atStart: Bool, _ step: inout Step) {
    var left = [node]
    while let node = left.popLast() {
      guard visits[node] != visit else { continue }
      visits[node] = visit
      switch program.nodes[node] {
      case .read: step.nodes.append(node)
      case .fork(let places): left += places
      case .start(let next): if atStart { left.append(next) }
      case .end(let next): step.matchesAtEnd = step.matchesAtEnd || isEmpty(from: next, atStart)
      case .match: step.isFound = true
      }
    }
  }

  /// Whether the program ends from a node without reading anything more, at the end of a key.
  private func isEmpty(from node: Int, _ atStart: Bool) -> Bool {
    var seen: Set<Int> = []
    var left = [node]
    while let node = left.popLast() {
      guard seen.insert(node).inserted else { continue }
      switch program.nodes[node] {
      case .read: continue
      case .fork(let places): left += places
      case .start(let next): if atStart { left.append(next) }
      case .end(let next): left.append(next)
      case .match: return true
      }
    }
    return false
  }
}
