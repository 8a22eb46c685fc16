internal import Crawl
internal import Index
internal import S3
internal import Sync
internal import Vocabulary

/// `Error: …` about a bucket that could not be listed.
func crawlErrorText(_ failure: CrawlFailure, of bucket: String) -> String {
  // An error of S3 says itself what was tried, and on what.
  let start =
    failure.error is S3Error ? "" : "cannot list s3://\(bucket.escapingControls()): "
  return "Error: \(start)\(failure)\n"
}

/// `Help: …` after buckets whose listing was denied; `ofSeveral` when others could be left out.
func denialHelp(isAnonymous: Bool, ofSeveral: Bool) -> String {
  guard !isAnonymous else {
    return "Help:  without credentials only public buckets can be listed\n"
  }
  return ofSeveral
    ? "Help:  s3audit needs s3:ListBucket on a bucket; leave others out with --exclude\n"
    : "Help:  s3audit needs s3:ListBucket on the bucket\n"
}

extension CrawlFailure {
  /// Whether a denial may be mended by a permission: not where somebody on the way has refused.
  var isAboutPermissions: Bool {
    guard case .askWhoIsOnTheWay = (error as? S3Error)?.hint else { return true }
    return false
  }
}

extension BucketSelection.NoMatch {
  /// What is wrong, in the words of the command line.
  var words: String {
    pattern == nil ? "--include and --exclude leave no bucket to list" : description
  }

  /// What the user can do about it.
  var hint: String {
    let who = accounts == 1 ? ("the account has", "it has") : ("the accounts have", "they have")
    guard let bucketNames else { return "they leave out every bucket that was named" }
    guard !bucketNames.isEmpty else { return "\(who.0) no buckets" }
    let shown = bucketNames.prefix(5).joined(separator: ", ")
    return "\(who.1): \(shown)\(bucketNames.count > 5 ? " …" : "")"
  }
}

extension LateRestart {
  /// What the user can do about it.
  var hint: String? {
    switch self {
    case .forgotten, .vouchedFor: "use --sorted, which can begin again at any time"
    case .outOfOrder: nil
    }
  }
}

extension SpillError {
  /// What the user can do about it.
  var hint: String {
    let need = "--sorted keeps on disk what is listed before its turn"
    return isDiskFull
      ? need + ": free space there, or set TMPDIR to a folder with more" : need + " (TMPDIR)"
  }
}

extension SortingError {
  /// What the user can do about it.
  var hint: String {
    "free space in the folder of temporary files, or set TMPDIR to one with more"
  }
}
