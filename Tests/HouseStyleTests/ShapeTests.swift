import Testing

/// How long functions may be.
@Suite struct ShapeTests {
  private static let linesMax = 60

  private static let sample = """
    protocol P {
      func required(
        _ x: Int
      ) -> Int
      var both: Int { get set }
    }
    struct S: P {
      var stored = 1
      var computed: Int {
        get { stored }
        set {
          stored = newValue
        }
      }
      init?(text: String) { return nil }
      @discardableResult
      package static func long<T>(
        _ x: T
      ) -> Int
      where T: Equatable {
        let text = \"\"\"
          func inside() {
          }
          \"\"\"
        func nested() {
          _ = text
        }
        return 1
      }
      deinit {
      }
    }
    """

  @Test func readsDeclarationsWithBodies() {
    let functions = FunctionLengths(
      of: Self.sample.split(separator: "\n", omittingEmptySubsequences: false)
    ).all
    #expect(
      functions == [
        .init(line: 9, lines: 6), .init(line: 11, lines: 3), .init(line: 17, lines: 13),
        .init(line: 22, lines: 2), .init(line: 25, lines: 3), .init(line: 30, lines: 2),
      ])
  }

  @Test func findsTheFunctions() throws {
    let count = try Tree.sources.reduce(0) { try $0 + FunctionLengths(of: $1.lines).all.count }
    #expect(count > 1_500)
  }

  @Test(arguments: Tree.sources)
  func functionsFitOnAScreen(_ file: Tree.File) throws {
    for function in FunctionLengths(of: try file.lines).all where function.lines > Self.linesMax {
      Issue.record("\(file.path):\(function.line) has \(function.lines) lines: divide it")
    }
  }
}
