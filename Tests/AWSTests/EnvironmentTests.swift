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

  @Test func readsFilesOfTheProcess() throws {
    let folder = try TemporaryFolder()
    try Data("[default]".utf8).write(to: URL(filePath: folder.file("config")))
    let read = Environment.process().readFile
    #expect(try read(folder.file("config")) == Array("[default]".utf8))
    #expect(try read(folder.file("absent")) == nil)
    #expect(try read("/dev/null") == [])
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try read(folder.path) })
    #expect(error.message == "cannot read \(folder.path): Is a directory")
    #expect(error.kind == .fileRefused(path: folder.path, reason: "Is a directory"))
    #expect(throws: ConfigurationError.self) { try read("/dev/zero") }
  }
}
