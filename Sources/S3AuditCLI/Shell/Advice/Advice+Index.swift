internal import Index
internal import Vocabulary

/// `Warning: …` about an index whose file alone is not all of it.
func behindItsLogText(_ indexPath: String) -> String {
  let path = indexPath.escapingControls()
  return """
    Warning: another program is in the middle of reading \(path): a part of the index stays in \
    \(path)-wal, and whoever looks at the file alone, as in a copy of it, is answered wrongly
    Help:  end that program's statement or transaction, then sync again; until then copy both files

    """
}

extension IndexError {
  /// What the user can do about it.
  var hint: String? {
    switch self {
    case .missing: "run 's3audit sync' to make one, or name another with --index"
    case .notAnIndex:
      "name another file with --index; this one is left as it is. If it was one, 's3audit check' says so"
    case .foreignFile(let path, _):
      "name another file with --index, or move \(path) away if nobody needs it; it is left as it is"
    case .newer: "use that version, or name another file with --index"
    case .older, .otherViews: "run 's3audit sync' once as a user who may write it"
    case .changedMigration: "the program or the file was altered; sync into a new file with --index"
    case .cannotCreate: "name a file in a folder that you may write with --index"
    case .notWritable: "run it as the user whose index it is, or name one of your own with --index"
    case .cannotLock: "let this user write that file, or name another index with --index"
    case .busy: "wait for it, or name another file with --index"
    case .damaged: "restore a backup, or let 's3audit check --repair' save what can be read"
    case .badSetting(_, let name, _, _): "set it right with 's3audit setting set \(name)'"
    case .noBucket(_, let known, let ofAccounts, let inRegions):
      known.isEmpty
        ? "the index holds no buckets yet; run 's3audit sync'"
        : "\(inRegions ? "there are" : ofAccounts ? "they have" : "the index holds"): \(Self.some(known))"
    case .noRegion(_, let known, let ofAccounts):
      known.isEmpty
        ? "no region of any bucket is known; 's3audit sync' finds out those that the server tells"
        : "\(ofAccounts ? "theirs are" : "the regions are"): \(known.joined(separator: ", "))"
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

extension RescueError {
  /// What the user can do about it.
  var hint: String {
    switch self {
    case .unreadable:
      "restore a backup; without one, move the file away and sync anew: syncs, changes and history are lost then"
    case .noRoom: "free space on that disk: nothing has changed"
    }
  }
}

extension OtherIndexError {
  /// What the user can do about it.
  var hint: String {
    switch self {
    case .isOwn: "name the file of another index"
    case .otherVersion(let path), .unfinished(let path):
      "nothing was imported; 's3audit status --index \(path.escapingControls())' by this version brings it up to date"
    case .unsound(let path, _):
      "nothing of it was imported; 's3audit check --repair --index \(path.escapingControls())' mends it"
    }
  }
}

extension BackupError {
  /// What the user can do about it.
  var hint: String {
    switch self {
    case .isIndex: "name a file of its own"
    case .isFolder(let target): "name a file in it: \(target.escapingControls())/s3audit.sqlite3"
    case .notABackup: "name another file, or move that one away"
    case .isInUse: "a backup goes to a file that nobody has open: name another"
    case .cannotWrite: "name a file in a folder that exists and that you may write"
    case .noRoom: "free space on that disk, or name a file on another"
    case .busy: "wait for it, or name another file"
    case .unsound:
      "'s3audit check' says what is wrong, and 's3audit check --repair' saves what can be read"
    }
  }
}
