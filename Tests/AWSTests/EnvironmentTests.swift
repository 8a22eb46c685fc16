import AWS
import Foundation
import Testing

@Suite struct EnvironmentTests {
  @Test func takesBlankVariablesAsUnset() {
    let environment = Environment(variables: ["A": " \t", "B": " b ", "C": ""])
    #expect(environment["A"] == nil)
    #expect(environment["B"] == "b")
    #expect(environment["C"] == nil)
    #expect(environment["D"] == nil)
  }

  @Test func readsFilesOfTheProcess() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("[default]".utf8).write(to: folder.appending(path: "config"))
    let read = Environment.process().readFile
    #expect(try read(folder.appending(path: "config").path) == Array("[default]".utf8))
    #expect(try read(folder.appending(path: "absent").path) == nil)
    #expect(try read("/dev/null") == [])
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try read(folder.path) })
    #expect(error.message == "cannot read \(folder.path): Is a directory")
    #expect(throws: ConfigurationError.self) { try read("/dev/zero") }
  }
}
