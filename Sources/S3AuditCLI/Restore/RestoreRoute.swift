internal import Arguments
internal import Restore
internal import Vocabulary

/// Which versions are brought back, and of which bucket.
enum RestoreSource {
  /// Those that a manifest names.
  case manifest(path: String, quote: ManifestQuote?, bucket: String)

  /// The bucket that has them.
  var bucket: String {
    switch self {
    case .manifest(_, _, let bucket): bucket
    }
  }

  /// All of them, read before anything is made.
  func wanted() throws -> WantedFiles {
    switch self {
    case .manifest(let path, let quote, _):
      try WantedFiles.read(
        try ManifestReader(path: path, quote: quote) { () throws(ManifestError) in
          try ManifestFile(path: path)
        }, path: path)
    }
  }
}

/// Where versions are brought back to.
enum RestoreTarget {
  case folder(String)
  case bucket(CopyTarget)
}

extension RestoreArguments {
  /// From where to where; a usage error for a command line that leaves that open.
  func route() throws(UsageError) -> (RestoreSource, RestoreTarget) {
    guard let manifest, let bucket, let target = folder ?? places.first else {
      throw UsageError(
        "'restore' needs a manifest, a bucket and a place to restore to.",
        hint: """
          s3audit restore -m manifest.csv -b BUCKET -r FOLDER, or \
          s3audit restore -m manifest.csv -b BUCKET s3://TARGET/PREFIX/
          """)
    }
    guard folder == nil || places.isEmpty else {
      throw UsageError(
        "The folder is named twice.", hint: "leave out either '--directory' or the last argument")
    }
    let source = RestoreSource.manifest(path: manifest, quote: quote, bucket: bucket)
    return (source, try Self.target(target, isFolder: folder != nil))
  }

  /// `s3://BUCKET/PREFIX`, or a folder.
  private static func target(
    _ text: String, isFolder: Bool
  ) throws(UsageError) -> RestoreTarget {
    guard !isFolder, text.hasPrefix("s3://") else { return .folder(text) }
    let target = try ArgumentValues.listTarget(text)
    return .bucket(CopyTarget(bucket: target.bucket, prefix: target.prefix))
  }
}
