package import Foundation

/// Python 3, for tests that need another process to do some lines.
package enum Python {
  private static let path = ["/usr/bin/python3", "/usr/local/bin/python3"]
    .first(where: FileManager.default.isExecutableFile)

  package static var isThere: Bool { path != nil }

  /// A process that has not begun yet, with what its script finds behind its name; nil where there is no Python.
  package static func process(_ script: String, _ argument: String) -> Process? {
    path.map { path in
      let process = Process()
      process.executableURL = URL(filePath: path)
      process.arguments = ["-c", script, argument]
      return process
    }
  }
}
