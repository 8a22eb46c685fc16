import Testing

/// Calls and constructs that the house does not use, each with what it uses instead.
@Suite struct CodeTests {
  /// A construct, and the files that may use it.
  struct Ban: CustomTestStringConvertible, Sendable {
    var pattern: String
    var instead: String
    var exceptions: Set<String> = []

    var testDescription: String { pattern }
  }

  static let bans = [
    Ban(pattern: #"\btry!"#, instead: "try, and throw"),
    Ban(pattern: #"\bas!"#, instead: "as?"),
    Ban(
      pattern: #"\bfatalError\("#, instead: "precondition for a programmer's error, throw otherwise"
    ),
    Ban(pattern: #"String\(format:"#, instead: "interpolation: it is Foundation's"),
    Ban(pattern: #"\bTask\.detached\b"#, instead: "a task group"),
    Ban(
      pattern: #"\bTask(<.*>)?\s*(\([^)]*\)\s*)?\{"#, instead: "a task group",
      exceptions: ["Sources/S3AuditCLI/Shell/Process/Interrupt.swift"]),
    Ban(
      pattern: #"^\s*(@\w+ |\w+ )*import (\w+ )?Foundation"#,
      instead: "System, Vocabulary/JSON or Signing: Foundation is a fifth of the program"),
    Ban(
      pattern:
        #"\b(public|open)\s+(actor|class|enum|extension|final|func|init|let|protocol|static|struct|var)\b"#,
      instead: "package"),
    Ban(
      pattern: #"\bprint\("#, instead: "Terminal",
      exceptions: ["Sources/Simulator/Daemon/SimulatorCommand.swift"]),
  ]

  @Test(arguments: bans)
  func neverUses(_ ban: Ban) throws {
    let regex = try Regex(ban.pattern)
    for file in Tree.sources where !ban.exceptions.contains(file.path) {
      for (number, line) in try file.codeLines.enumerated() where line.contains(regex) {
        Issue.record("\(file.path):\(number + 1) uses \(ban.pattern): use \(ban.instead)")
      }
    }
  }

  @Test(arguments: ["@unchecked Sendable", "nonisolated(unsafe)"])
  func unsafePromisesAreArgued(_ promise: String) throws {
    for file in Tree.sources {
      let lines = try file.lines
      for (number, line) in try file.codeLines.enumerated() where line.contains(promise) {
        let near = lines[max(0, number - 12)...min(lines.count - 1, number + 3)]
        #expect(near.contains { $0.contains("Safety:") }, "\(file.path):\(number + 1)")
      }
    }
  }

  @Test func lostErrorsAreArgued() throws {
    for file in Tree.sources {
      let lines = try file.lines
      for (number, line) in try file.codeLines.enumerated() where line.contains("try?") {
        let near = lines[max(0, number - 8)...number]
        #expect(near.contains { $0.contains("//") }, "\(file.path):\(number + 1) says not why")
      }
    }
  }

  /// Without an executor of its own an actor's SQLite, or its sorting on disk, would run on the cooperative pool, where pages
  /// are parsed.
  @Test func actorsWithAConnectionHaveAQueueOfTheirOwn() throws {
    let declaration = #/^( *)(package |private |fileprivate )?(final )?actor (\w+)/#
    var count = 0
    for file in Tree.sources {
      let lines = try file.codeLines
      for (number, line) in lines.enumerated() {
        guard let match = line.firstMatch(of: declaration) else { continue }
        let body = lines[(number + 1)...].prefix { $0 != match.1 + "}" }
        guard
          body.contains(where: {
            $0.contains(#/\b(let|var) \w+(: | = try )(Connection|RunWriter|RunMerge)\b/#)
          })
        else { continue }
        count += 1
        #expect(
          body.contains { $0.contains("unownedExecutor") },
          "\(file.path): \(match.4) runs SQLite, or sorts on disk, on the cooperative pool")
      }
    }
    #expect(count >= 4)
  }

  @Test(arguments: Tree.swift)
  func staysShort(_ file: Tree.File) throws {
    let count = try file.lines.count
    #expect(count <= 401, "\(count) lines: does it still have one subject?")
  }
}
