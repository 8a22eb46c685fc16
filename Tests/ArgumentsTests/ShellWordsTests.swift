import Testing

@testable import Arguments

@Suite struct ShellWordsTests {
  @Test(arguments: ParserTests.nastyValues) func quotingRoundTrips(value: String) {
    let line = "name " + singleQuoted(value) + " " + singleQuoted(value) + " last"
    #expect(
      shellWords(line)?.map { Array($0.utf8) }
        == ["name", value, value, "last"].map { Array($0.utf8) })
  }

  @Test(.enabled(if: ShellProgram.isInstalled("bash"), "bash is not installed"))
  func quotesAsShellReads() throws {
    let program = try #require(ShellProgram("bash"))
    for value in ParserTests.nastyValues {
      let result = try program.run([], on: "printf '<%s>' \(singleQuoted(value))")
      #expect(Array(result.output.utf8) == Array("<\(value)>".utf8))
    }
  }

  @Test(arguments: [
    ("a  b\tc", ["a", "b", "c"]), ("a 'b c'\"d e\"f", ["a", "b cd ef"]), ("''", [""]),
    (#""a\"b\c""#, [#"a"b\c"#]), ("a | b", ["a"]), ("a > b", ["a"]), ("a # b", ["a"]),
    ("a#b", ["a#b"]), ("a \\\n  b", ["a", "b"]), ("a\\ b", ["a b"]), ("", []),
  ])
  func splitsWords(line: String, words: [String]) {
    #expect(shellWords(line) == words)
  }

  @Test(arguments: ["'a", "\"a", "a\\", "\"a\\"]) func refusesOpenQuote(line: String) {
    #expect(shellWords(line) == nil)
  }

  @Test(arguments: [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("bukcet", "bucket", 2)])
  func measuresEditDistance(left: String, right: String, expected: Int) {
    #expect(editDistance(left, right) == expected)
    #expect(editDistance(right, left) == expected)
  }

  @Test(arguments: [
    ("-5", true), ("-1.5", true), ("-.5", true), ("-", false), ("-.", false), ("-5.", false),
    ("-a", false), ("5", false), ("-1.2.3", false), ("--5", false),
  ])
  func recognizesNegativeNumbers(text: String, expected: Bool) {
    #expect(isNegativeNumber(text) == expected)
  }
}
