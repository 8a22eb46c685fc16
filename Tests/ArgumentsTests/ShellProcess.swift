import Foundation
import TestSupport

/// A program of the system that some tests ask for its opinion.
struct ShellProgram: Sendable {
  var path: String

  /// The first one on PATH; nil when it is not installed.
  init?(_ name: String) {
    let directories = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
    let candidates = directories.map { "\($0)/\(name)" }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
      return nil
    }
    path = found
  }

  static func isInstalled(_ name: String) -> Bool { ShellProgram(name) != nil }

  /// Everything it prints when it is run on a file with this content, and its exit status.
  func run(_ arguments: [String], on content: String) throws -> (output: String, status: Int32) {
    let folder = try TemporaryFolder()
    let file = folder.file("content")
    try Data(content.utf8).write(to: URL(filePath: file))
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments + [file]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    withExtendedLifetime(folder) {}
    return (String(decoding: output, as: UTF8.self), process.terminationStatus)
  }
}
