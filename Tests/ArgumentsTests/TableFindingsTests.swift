import Arguments
import Testing

/// A way to spoil the sample's table, and part of the finding it causes.
struct Defect: Sendable, CustomTestStringConvertible {
  var finding: String
  var introduce: @Sendable (inout CommandLineTool<SampleOptions>) -> Void

  var testDescription: String { finding }

  init(
    _ finding: String, introduce: @escaping @Sendable (inout CommandLineTool<SampleOptions>) -> Void
  ) {
    self.finding = finding
    self.introduce = introduce
  }
}

@Suite struct TableFindingsTests {
  @Test func findsNothingInSoundTable() {
    #expect(sample.tableFindings() == [])
  }

  static let optionDefects = [
    Defect("option '--quiet' appears twice") { $0.root.options.append($0.root.options[2]) },
    Defect("the option '-h' appears twice") { $0.root.options[0].short = "h" },
    Defect("the option '--help' appears twice") { $0.root.options[0].long = "help" },
    Defect("has help without a final period") { $0.root.options[0].help = "Credentials" },
    Defect("is a switch with choices") { $0.root.options[2].choices = ["a"] },
    Defect("default that is not among") { $0.root.options[1].defaultText = "xml" },
    Defect("has the choice 'csv' twice") { $0.root.options[1].choices.append("csv") },
    Defect("not named in lower-case words") { $0.root.options[0].long = "Pro_file" },
    Defect("short name that is not") { $0.root.options[0].short = "=" },
    Defect("placeholder that is not lower-case") { $0.root.options[0].value = "<name>" },
    Defect("group that is not upper case") { $0.root.options[0].group = "Output" },
  ]

  static let commandDefects = [
    Defect("abstract does not end") { $0.root.subcommands[0].abstract = "Crawl" },
    Defect("'sync' appears twice") { $0.root.subcommands.append($0.root.subcommands[0]) },
    Defect("'help' is built in") { $0.root.subcommands[0].name = "help" },
    Defect("a group cannot take") {
      $0.root.positionals = [Positional(name: "word", help: "A word.")]
    },
    Defect("'<shell>' has help without") { $0.root.subcommands[2].positionals[0].help = "Shell" },
    Defect("is required after an optional one") {
      $0.root.subcommands[2].positionals.swapAt(0, 1)
    },
    Defect("is repeated but not last") {
      $0.root.subcommands[2].positionals[0].isRepeated = true
    },
    Defect("is refused: Unknown option '--loud'.") {
      $0.root.subcommands[0].examples = [Example("Loudly", "sample sync --loud")]
    },
    Defect("leaves a quote open") {
      $0.root.subcommands[0].examples = [Example("Quoted", "sample sync 'a")]
    },
  ]

  @Test(arguments: optionDefects + commandDefects) func finds(_ defect: Defect) {
    var tool = sample
    defect.introduce(&tool)
    let findings = tool.tableFindings()
    #expect(findings.contains { $0.contains(defect.finding) }, "\(findings)")
  }
}
