internal import SQLite

/// Why an index cannot be used, with the file's name.
package enum IndexError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case notAnIndex(path: String)
  /// A file of others stands where the index needs one of its own.
  case foreignFile(path: String, indexPath: String)
  case newer(path: String, writtenBy: String, version: Int, known: Int)
  case older(path: String, version: Int, known: Int)
  case otherViews(path: String, madeBy: String)
  case changedMigration(path: String, name: String)
  case cannotCreate(path: String, reason: String)
  /// Another user's index, or one in a folder that takes no files beside it.
  case notWritable(path: String)
  case cannotLock(path: String, reason: String)
  case busy(path: String, pid: Int32?)
  case damaged(path: String, reason: String)
  case badSetting(path: String, name: String, value: String?, choices: String)
  case noBucket(
    pattern: String, known: [String], ofAccounts: Bool = false, inRegions: Bool = false)
  case noRegion(pattern: String, known: [String], ofAccounts: Bool = false)
  case noAccount(pattern: String, known: [String])
  case noStorageClass(name: String, known: [String])

  package var description: String {
    switch self {
    case .missing(let path):
      "there is no index at \(path)"
    case .notAnIndex(let path):
      "\(path) is not an s3audit index"
    case .foreignFile(let path, let indexPath):
      "\(path) is not of s3audit, and is where the index \(indexPath) needs a file of its own"
    case .newer(let path, let program, let version, let known):
      "\(path) was written by s3audit \(program) (schema \(version)); this program knows schema \(known)"
    case .older(let path, let version, let known):
      "\(path) has schema \(version) and cannot be upgraded to \(known) here, because it cannot be written"
    case .otherViews(let path, let program):
      "\(path) has the views of s3audit \(program) and cannot be given this program's here, because it cannot be written"
    case .changedMigration(let path, let name):
      "\(path) was made with another text of migration \(name)"
    case .cannotCreate(let path, let reason):
      "cannot create \(path): \(reason)"
    case .notWritable(let path):
      "this user may not write \(path), or not make files beside it"
    case .cannotLock(let path, let reason):
      "cannot lock \(path): \(reason)"
    case .busy(let path, let pid):
      "another command\(pid.map { " (process \($0))" } ?? "") is writing \(path)"
    case .damaged(let path, let reason):
      "\(path) is damaged: \(reason)"
    case .badSetting(let path, let name, let value, let choices):
      "the setting \(name) of \(path) \(value.map { "is '\($0)'" } ?? "is missing"), not \(choices)"
    case .noBucket(let pattern, _, let ofAccounts, let inRegions):
      "no bucket \(Self.place(ofAccounts, inRegions)) matches '\(pattern)'"
    case .noRegion(let pattern, _, let ofAccounts):
      "no bucket \(Self.place(ofAccounts, false)) is in a region that matches '\(pattern)'"
    case .noAccount(let pattern, _):
      "no account in the index matches '\(pattern)'"
    case .noStorageClass(let name, _):
      "no object in the index has the storage class '\(name)', nor is it one of AWS"
    }
  }

  private static func place(_ ofAccounts: Bool, _ inRegions: Bool) -> String {
    switch (ofAccounts, inRegions) {
    case (false, false): "in the index"
    case (true, false): "of these accounts"
    case (false, true): "in these regions"
    case (true, true): "of these accounts in these regions"
    }
  }
}
