import Testing

/// What string literals may not say, because a type or another module says it.
@Suite struct LiteralTests {
  @Test func readsLiterals() {
    let text = #"""
      let a = "one \(f("two") + "\(3)") end" // "no"
      /* "no" */ let b = #"raw "quoted" \n"#
      let c = """
        first
        \("second")
        """
      """#
    #expect(
      StringLiterals(of: text).all.map(\.text) == [
        "two", "", "one  end", "raw \"quoted\" \\n", "second", "\n  first\n  \n  ",
      ])
    #expect(StringLiterals(of: text).all.map(\.line) == [1, 1, 1, 2, 5, 3])
  }

  // MARK: - Options and commands

  /// The modules that speak to people who type commands.
  private static let commandLine: Set = [
    "Arguments", "Answers", "S3AuditCLI", "Simulator", "s3audit", "s3sim",
  ]

  /// Every module below them.
  static let lowerModules = (try? Modules().order.filter { !commandLine.contains($0) }) ?? []

  /// What looks like an option or a command and is none of ours.
  private static let others = [
    // What the program's files are called.
    #"an s3audit index"#,
    // Directory buckets and access points of Outposts end in these (User Guide, naming rules).
    #"--(x|xa|op)-s3$"#,
    // The commands of the AWS CLI that make or show credentials.
    #"\baws +((configure|sso|login)\b *)*(--profile\b)?"#,
  ]

  private static func naming(_ text: String) throws -> Bool {
    let rest = try others.reduce(text) { try $0.replacing(Regex($1), with: "") }
    return rest.contains(#/--[a-z]|s3audit [a-z]/#)
  }

  @Test(arguments: [
    ("name another with --index", true), ("run 's3audit sync'", true), ("f--x-s3", false),
    ("--x-s3 with --region", true), ("f is not an s3audit index", false),
    ("run: aws sso login --profile p", false), ("s3audit.writer", false), ("a -- b", false),
    ("use aws configure or s3audit sync", true), ("is 'laws --x'", true),
    ("aws s3audit sync", true),
    ("aws sso login --profile p --x", true),
  ])
  func tellsOursFromOthers(text: String, isOurs: Bool) throws {
    #expect(try Self.naming(text) == isOurs)
  }

  @Test func knowsTheLowerModules() {
    #expect(Self.lowerModules.contains("Index") && Self.lowerModules.contains("AWS"))
  }

  /// A browser that shows the same error has no options: their names belong to the command line.
  @Test(arguments: lowerModules)
  func speaksOfNoOption(module: String) throws {
    for file in Tree.sources where file.path.hasPrefix("Sources/\(module)/") {
      for literal in try file.stringLiterals where try Self.naming(literal.text) {
        Issue.record("\(file.path):\(literal.line) names an option or a command: give it a kind")
      }
    }
  }

  // MARK: - States in SQL

  /// The words that a table's `state` may hold, as the migrations list them.
  static let stateWords: Set<String> = {
    let texts = (try? Tree.migrations.map { try $0.text }) ?? []
    let lists = texts.flatMap { $0.matches(of: #/CHECK \(state IN \(([^)]*)\)/#).map(\.1) }
    return Set(lists.flatMap { $0.matches(of: #/'(\w+)'/#).map { String($0.1) } })
  }()

  private static func isSQL(_ text: String) -> Bool {
    text.contains(#/\b(SELECT|INSERT|UPDATE|DELETE|WHERE|VALUES)\b|\bstate\s*(=|<>|IN|NOT)/#)
  }

  @Test func knowsTheStates() {
    #expect(Self.stateWords.isSuperset(of: ["partial", "running", "abandoned", "interrupted"]))
    #expect(Self.isSQL("UPDATE crawl SET id = 1") && Self.isSQL("state <> 'complete'"))
    #expect(!Self.isSQL("The state is 'complete' or 'partial'."))
  }

  @Test func statementsBindStates() throws {
    for file in Tree.sources {
      for literal in try file.stringLiterals where Self.isSQL(literal.text) {
        let words = literal.text.matches(of: #/'(\w+)'/#).map { String($0.1) }
        for word in words where Self.stateWords.contains(word) {
          Issue.record(
            "\(file.path):\(literal.line) has '\(word)' in SQL: bind an enum's raw value")
        }
      }
    }
  }

  @Test func oneFileWritesARowOfABucket() throws {
    let home = "Sources/Index/Write/BucketRow.swift"
    let write = #/\b(UPDATE|INTO|DELETE FROM) bucket\b/#
    for file in Tree.sources where file.path != home {
      for literal in try file.stringLiterals where literal.text.contains(write) {
        Issue.record("\(file.path):\(literal.line) writes table bucket: that is for \(home)")
      }
    }
  }
}
