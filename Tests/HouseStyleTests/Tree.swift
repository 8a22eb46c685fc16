import Foundation
import Testing

/// The checkout that this test was built from, as text.
enum Tree {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// One file; `path` is relative to the root.
  struct File: CustomTestStringConvertible, Sendable {
    var path: String

    var testDescription: String { path }

    var text: String {
      get throws { try String(contentsOf: root.appending(path: path), encoding: .utf8) }
    }

    var lines: [Substring] {
      get throws { try text.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    /// The lines without their `//` comments; string literals are left alone.
    var codeLines: [Substring] {
      get throws { try lines.map(code(of:)) }
    }
  }

  /// The files in some folders whose names end in one of `suffixes`, in order of path.
  static func files(in folders: [String], suffixes: [String]) -> [File] {
    folders.flatMap { folder -> [File] in
      let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      let paths = (names?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
      return paths.filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(
          atPath: root.appending(path: path).path, isDirectory: &isFolder)
          && !isFolder.boolValue && suffixes.contains { path.hasSuffix($0) }
          && !path.contains("/__pycache__/") && !path.hasSuffix(".DS_Store")
      }.sorted().map(File.init)
    }
  }

  static let sources = files(in: ["Sources", "Migrations"], suffixes: [".swift"])
  static let swift = files(in: ["Sources", "Migrations", "Tests"], suffixes: [".swift"])
  static let migrations = files(in: ["Migrations"], suffixes: [".sql"])
    .filter { $0.path != "Migrations/views.sql" }

  /// Everything that people wrote: pictures are made.
  static let texts =
    files(
      in: ["Sources", "Migrations", "Tests", "scripts", ".ci"],
      suffixes: [""]
    ).filter { !$0.path.hasSuffix(".png") }
    + ["Package.swift", "README.md", ".gitignore"].map(File.init)

  /// What stands before `//`, unless that is inside a string literal.
  private static func code(of line: Substring) -> Substring {
    var isInString = false
    var previous: Character = " "
    for index in line.indices {
      let character = line[index]
      if character == "\"", previous != "\\" { isInString.toggle() }
      if character == "/", previous == "/", !isInString {
        return line[..<line.index(before: index)]
      }
      previous = character
    }
    return line
  }
}
