#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Where the official test vectors are read from: `S3AUDIT_VECTORS`, default `../shared/vectors`.
///
/// They are never copied into this repository. Tests that need them carry
/// `.enabled(if: Vectors.havePart("credentials"), Vectors.notice("credentials"))` so that a skip is
/// visible. Where the part is there, a suite that finds no case in it fails: each has a test that says so.
package enum Vectors {
  package static let directory: String =
    ProcessInfo.processInfo.environment["S3AUDIT_VECTORS"] ?? defaultDirectory

  /// Whether a folder or file of the vectors is there; `path` is relative to their folder.
  package static func havePart(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: directory + "/" + path)
  }

  /// What a skip says where that part is absent.
  package static func notice(_ path: String) -> String {
    "test vectors are absent: set S3AUDIT_VECTORS to the folder that holds \(path)"
  }

  /// The bytes of one vector file; `path` is relative to the vectors folder.
  package static func data(_ path: String) throws -> Data {
    try Data(contentsOf: URL(filePath: directory + "/" + path))
  }

  /// The sorted names inside one vector folder; empty when it is absent.
  package static func names(in path: String) -> [String] {
    // An absent folder means that the suite is skipped, which its trait says.
    ((try? FileManager.default.contentsOfDirectory(atPath: directory + "/" + path)) ?? []).sorted()
  }

  private static var defaultDirectory: String {
    // Tests/TestSupport/Vectors.swift -> the checkout -> its sibling.
    let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/" + checkout + "/../shared/vectors"
  }
}
