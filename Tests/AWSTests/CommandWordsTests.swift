import AWS
import Testing

@Suite struct CommandWordsTests {
  // As Python's shlex.split has it.
  @Test(
    arguments: [
      ("a b", ["a", "b"]),
      (#"  a  b\ c "#, ["a", "b c"]),
      ("a\tb\r\nc", ["a", "b", "c"]),
      ("'a b'c", ["a bc"]),
      (#""a \" \\ \n $x""#, [#"a " \ \n $x"#]),
      ("a ''", ["a", ""]),
      ("a''", ["a"]),
      (#"a\'b"#, ["a'b"]),
      (#""it's""#, ["it's"]),
      (#"'a\b'"#, [#"a\b"#]),
      ("a#b #c", ["a#b", "#c"]),
      ("'é ü' ~/x $HOME *", ["é ü", "~/x", "$HOME", "*"]),
      ("a https://x.test/?b=1&c=2;d", ["a", "https://x.test/?b=1&c=2;d"]),
      ("a b=1 '|' \">\" \\; '&&' k=>v", ["a", "b=1", "|", ">", ";", "&&", "k=>v"]),
    ] as [(String, [String])])
  func splitsAsTheCLIDoes(text: String, words: [String]) throws {
    let command = try CommandWords(splitting: text)
    #expect(command.words == words)
    #expect(!command.needsShell)
    #expect(command.programName == words[0])
  }

  @Test(arguments: [
    "a | b", "a|b", "a || b", "a && b", "a; b", "a ;b", "a &", "a > b", "a >b", "a 2>/dev/null",
    "a 2>&1", "a < b", "A=1 a", "_A2='x y' a",
  ])
  func leavesOperatorsToAShell(text: String) throws {
    let command = try CommandWords(splitting: text)
    #expect(command.needsShell)
    #expect(command.programName == "a")
  }

  @Test(
    arguments: [
      ("'a", .openQuote), ("a \"b", .openQuote), (#"a "b\""#, .openQuote), (#"a \"#, .openEscape),
      ("", .empty), (" \t\n", .empty),
    ] as [(String, CommandWords.Problem)])
  func refusesWhatDoesNotEnd(text: String, problem: CommandWords.Problem) {
    #expect(throws: problem) { try CommandWords(splitting: text) }
  }
}
