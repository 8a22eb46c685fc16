import Arguments
import Testing

@Suite struct ManPageTests {
  private let page = sample.manPage(date: "2026-11-20")

  @Test func describesEveryCommandAndOption() {
    #expect(page.hasPrefix(".TH SAMPLE 1 2026-11-20 \"sample 1.2.3\""))
    for title in ["sync", "query top", "query sql", "completions"] {
      #expect(page.contains(".SS \"\(title)\"\n"))
    }
    #expect(page.contains(".B \"\\-c, \\-\\-concurrency <count>\"\n"))
    #expect(page.contains(".SH \"ENVIRONMENT\"\n.TP\n.B \"AWS_PROFILE\"\n"))
    #expect(page.contains("  sample sync \\-c 2 s3://a \\(aqs3://b c\\(aq\n"))
  }

  @Test func keepsLinesFromBecomingRequests() {
    var tool = sample
    tool.root.discussion = ".PP is a request\n'so is this\\n"
    let page = tool.manPage(date: "2026-11-20")
    #expect(page.contains("\n\\&.PP is a request\n\\&\\(aqso is this\\en\n"))
  }

  @Test(.enabled(if: ShellProgram.isInstalled("groff"), "groff is not installed"))
  func pleasesGroff() throws {
    let program = try #require(ShellProgram("groff"))
    let result = try program.run(["-man", "-ww", "-z", "-Kutf8"], on: page)
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  @Test(.enabled(if: ShellProgram.isInstalled("mandoc"), "mandoc is not installed"))
  func pleasesMandoc() throws {
    let program = try #require(ShellProgram("mandoc"))
    let result = try program.run(["-T", "lint", "-W", "warning"], on: page)
    #expect(result.output == "")
  }
}
