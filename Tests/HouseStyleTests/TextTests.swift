import Foundation
import Testing

/// What must not stand in any file, and what must stand where.
@Suite struct TextTests {
  @Test func findsTheFiles() {
    #expect(Tree.sources.count > 50)
    #expect(Tree.migrations.count >= 4)
    #expect(Tree.texts.contains { $0.path == "scripts/test" })
  }

  /// Put together here, so that this file has none of them.
  static let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  @Test(arguments: markers)
  func nothingIsLeftToDo(_ marker: String) throws {
    let regex = try Regex("\\b\(marker)\\b")
    for file in Tree.texts {
      for (number, line) in try file.lines.enumerated() where line.contains(regex) {
        Issue.record("\(file.path):\(number + 1) has \(marker)")
      }
    }
  }

  @Test func noFileNamesAPlaceOnOneMachine() throws {
    let folders = ["work", "farm", "root", "Users"].joined(separator: "|")
    let regex = try Regex("(^|[\\s\"'`=(:])/((\(folders))/|tmp/[a-z]-)")
    for file in Tree.texts {
      for (number, line) in try file.lines.enumerated() where line.contains(regex) {
        Issue.record("\(file.path):\(number + 1) names a folder of some machine")
      }
    }
  }

  @Test func migrationsAreShortListedAndExplained() throws {
    let list = try Tree.File(path: "Migrations/Migrations.swift").text
    let package = try Tree.File(path: "Package.swift").text
    for (number, file) in Tree.migrations.enumerated() {
      let name = file.path.dropFirst("Migrations/".count).dropLast(".sql".count)
      let prefix = "v" + String(repeating: "0", count: 3 - "\(number + 1)".count) + "\(number + 1)_"
      #expect(name.hasPrefix(prefix), "they are numbered without gaps")
      #expect(list.contains("Migration(\"\(name)\", PackageResources.\(name)_sql)"), "\(name)")
      #expect(package.contains(".embedInCode(\"\(name).sql\")"), "\(name)")
      #expect(try file.text.utf8.count < 8_192, "\(name): the compiler is slow with longer ones")
      #expect(try file.text.hasPrefix("-- "), "\(name) begins with why")
    }
  }

  /// They are made from one file, so that what is shown stands in one place.
  @Test func viewsAreListedAndExplained() throws {
    let views = try Tree.File(path: "Migrations/views.sql").text
    #expect(views.hasPrefix("-- "))
    #expect(try Tree.File(path: "Package.swift").text.contains(".embedInCode(\"views.sql\")"))
    let manual = try Tree.File(path: "Migrations/README.md").text
    for view in views.matches(of: #/CREATE VIEW (\w+)/#).map(\.1) {
      #expect(manual.contains("### `\(view)`"), "\(view) is not in the manual")
    }
  }

  @Test func topLevelIsTidy() throws {
    let expected: Set = [
      "Package.swift", "Package.resolved", "README.md", "Migrations", "Sources", "Tests", "scripts",
    ]
    let names = try FileManager.default.contentsOfDirectory(atPath: Tree.root.path)
    let others = names.filter { !expected.contains($0) && !$0.hasPrefix(".") }
    #expect(others.isEmpty)
  }

  /// What several of them need stands in `support`, under a name that says what it is.
  @Test func endToEndTestsImportNoTests() throws {
    let files = Tree.files(in: ["Tests/EndToEndTests"], suffixes: [".py"])
    #expect(files.contains { $0.path.hasSuffix("/support/scripted_s3.py") })
    let regex = try Regex("^\\s*(import|from)\\s+(.*,\\s*)?(test_|conftest)")
    for file in files {
      for (number, line) in try file.lines.enumerated() where line.contains(regex) {
        Issue.record("\(file.path):\(number + 1) imports a test")
      }
    }
  }

  @Test func scriptsStopAtErrors() throws {
    for file in Tree.texts where file.path.hasPrefix("scripts/") {
      let lines = try file.lines
      guard lines.first == "#!/bin/sh" else { continue }
      #expect(lines.contains("set -eu"), "\(file.path)")
      #expect(
        FileManager.default.isExecutableFile(atPath: Tree.root.appending(path: file.path).path))
    }
  }
}
