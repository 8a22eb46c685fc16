import AWS
import Foundation
import TestSupport
import Testing

@Suite struct EnvironmentTests {
  @Test func takesBlankVariablesAsUnset() {
    let environment = Environment(variables: ["A": " \t", "B": " b ", "C": ""])
    #expect(environment["A"] == nil)
    #expect(environment["B"] == "b")
    #expect(environment["C"] == nil)
    #expect(environment["D"] == nil)
  }

  // The system may have to ask over the network who the user is.
  @Test(arguments: [("/home/me", "/home/me", 0), (" ", "/from/users", 1), (nil, "/from/users", 1)])
  func looksForAHomeOnlyWhereNoneIsSet(variable: String?, home: String, lookUps: Int) {
    var count = 0
    func lookUp() -> String {
      count += 1
      return "/from/users"
    }
    let environment = Environment(
      variables: variable.map { ["HOME": $0] } ?? [:], home: lookUp())
    #expect(environment.home == home)
    #expect(count == lookUps)
  }

  private let readFile = Environment.process().readFile

  @Test func readsFilesOfTheProcess() throws {
    let folder = try TemporaryFolder()
    try Data("[default]".utf8).write(to: URL(filePath: folder.file("config")))
    #expect(try readFile(folder.file("config")) == Array("[default]".utf8))
    #expect(try readFile("/dev/null") == [])
  }

  @Test func takesAFileThatIsNotThereForNone() throws {
    let folder = try TemporaryFolder()
    #expect(try readFile(folder.file("absent")) == nil)
  }

  @Test func refusesAFolderWhereAFileShouldBe() throws {
    let folder = try TemporaryFolder()
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try readFile(folder.path) })
    #expect(error.message == "cannot read \(folder.path): Is a directory")
    #expect(error.kind == .fileRefused(path: folder.path, reason: "Is a directory"))
  }

  @Test func refusesAFileWithoutEnd() {
    #expect(throws: ConfigurationError.self) { try readFile("/dev/zero") }
  }
}
