internal import SQLite

/// Why an index cannot be used, with the file's name and, where there is one, the way out.
package enum IndexError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case notAnIndex(path: String)
  case newer(path: String, writtenBy: String, version: Int, known: Int)
  case older(path: String, version: Int, known: Int)
  case changedMigration(path: String, name: String)
  case cannotCreate(path: String, reason: String)
  case busy(path: String, pid: Int32?)
  case damaged(path: String, reason: String)
  case noBucket(pattern: String, known: [String], ofAccounts: Bool = false)
  case noAccount(pattern: String, known: [String])
  case noStorageClass(name: String, known: [String])

  package var description: String {
    switch self {
    case .missing(let path):
      "there is no index at \(path)"
    case .notAnIndex(let path):
      "\(path) is not an s3audit index"
    case .newer(let path, let program, let version, let known):
      "\(path) was written by s3audit \(program) (schema \(version)); this program knows schema \(known)"
    case .older(let path, let version, let known):
      "\(path) has schema \(version) and cannot be upgraded to \(known) here, because it cannot be written"
    case .changedMigration(let path, let name):
      "\(path) was made with another text of migration \(name)"
    case .cannotCreate(let path, let reason):
      "cannot create \(path): \(reason)"
    case .busy(let path, let pid):
      "another sync\(pid.map { " (process \($0))" } ?? "") is writing \(path)"
    case .damaged(let path, let reason):
      "\(path) is damaged: \(reason)"
    case .noBucket(let pattern, _, let ofAccounts):
      "no bucket \(ofAccounts ? "of these accounts" : "in the index") matches '\(pattern)'"
    case .noAccount(let pattern, _):
      "no account in the index matches '\(pattern)'"
    case .noStorageClass(let name, _):
      "no object in the index has the storage class '\(name)', nor is it one of AWS"
    }
  }

  /// What the user can do about it.
  package var hint: String? {
    switch self {
    case .missing: "run 's3audit sync' to make one, or name another with --index"
    case .notAnIndex: "name another file with --index; this one is left as it is"
    case .newer: "use that version, or name another file with --index"
    case .older: "run 's3audit sync' once as a user who may write it"
    case .changedMigration: "the program or the file was altered; sync into a new file with --index"
    case .cannotCreate: "name a file in a folder that you may write with --index"
    case .busy: "wait for it, or sync into another file with --index"
    case .damaged: "move the file away and sync again: everything in it can be listed anew"
    case .noBucket(_, let known, let ofAccounts):
      known.isEmpty
        ? "the index holds no buckets yet; run 's3audit sync'"
        : "\(ofAccounts ? "they have" : "the index holds"): \(Self.some(known))"
    case .noAccount(_, let known):
      known.isEmpty
        ? "the index knows no accounts; 's3audit sync' finds them out"
        : "the index holds: \(Self.some(known))"
    case .noStorageClass(_, let known):
      known.isEmpty
        ? "the index holds no objects yet; run 's3audit sync'"
        : "the index holds: \(known.joined(separator: ", "))"
    }
  }

  /// The first few of them.
  private static func some(_ known: [String]) -> String {
    "\(known.prefix(5).joined(separator: ", "))\(known.count > 5 ? " …" : "")"
  }
}
