internal import Arguments
internal import Restore
internal import Vocabulary

/// Which versions are brought back, and of which bucket.
enum RestoreSource: Sendable {
  /// Those that a manifest names.
  case manifest(path: String, quote: ManifestQuote?, bucket: String)
  /// What a bucket held at a moment, below a prefix.
  case moment(Moment, LiveBucket, keepsPrefix: Bool)

  /// The bucket that has them.
  var bucket: String {
    switch self {
    case .manifest(_, _, let bucket): bucket
    case .moment(_, let bucket, _): bucket.name
    }
  }
}

/// Where versions are brought back to.
enum RestoreTarget: Sendable {
  case folder(String)
  case bucket(CopyTarget)
}

extension RestoreArguments {
  /// From where to where; a usage error for a command line that leaves that open.
  func route() throws(UsageError) -> (RestoreSource, RestoreTarget) {
    let (source, rest) = try source()
    let target = try target(rest)
    guard case .bucket(let place) = target, case .moment(_, let bucket, keepsPrefix: false) = source
    else { return (source, target) }
    return (source, .bucket(place.taking(from: bucket.name, below: bucket.prefix)))
  }

  private func source() throws(UsageError) -> (RestoreSource, places: ArraySlice<String>) {
    switch (manifest, moment) {
    case (let path?, nil):
      guard let bucket else {
        throw Self.incomplete("the bucket that has the versions: '--bucket'")
      }
      return (.manifest(path: path, quote: quote, bucket: bucket), places[...])
    case (nil, let moment?):
      let (bucket, rest) = try liveBucket()
      return (.moment(moment, bucket, keepsPrefix: keepsPrefix), rest)
    case (nil, nil):
      throw Self.incomplete("to know which versions: a manifest, or a moment by '--as-of'")
    case (_?, _?):
      throw UsageError(
        "A manifest and '--as-of' both say which versions are meant.", hint: "leave out one of them"
      )
    }
  }

  /// `s3://BUCKET/PREFIX` as the first place, or `--bucket` alone.
  private func liveBucket() throws(UsageError) -> (LiveBucket, places: ArraySlice<String>) {
    // With a folder by its option, what stands alone is the source.
    let takesPlace = bucket == nil || places.count > (folder == nil ? 1 : 0)
    guard takesPlace else { return (LiveBucket(name: bucket ?? "", prefix: .start), places[...]) }
    guard let text = places.first else {
      throw Self.incomplete("the bucket that has the versions: s3://BUCKET/PREFIX")
    }
    let target = try ArgumentValues.listTarget(text)
    guard bucket == nil || bucket == target.bucket else {
      throw UsageError(
        "Two buckets are named: \(target.bucket) and \(bucket ?? "").",
        hint: "leave out '--bucket': with '--as-of' the first argument names the bucket")
    }
    return (LiveBucket(name: target.bucket, prefix: target.prefix), places.dropFirst())
  }

  private func target(_ places: ArraySlice<String>) throws(UsageError) -> RestoreTarget {
    guard let target = folder ?? places.first else {
      throw Self.incomplete("a folder or a bucket to restore into")
    }
    guard places.count <= (folder == nil ? 1 : 0) else {
      throw folder == nil
        ? UsageError(
          "Unexpected argument '\(places.dropFirst().first ?? "")'.",
          hint: manifest == nil
            ? "the arguments are the source and the target"
            : "with a manifest, the one argument is the target")
        : UsageError(
          "The target is named twice.",
          hint: "leave out either '--directory' or the last argument")
    }
    guard target.hasPrefix("s3://") else { return .folder(target) }
    guard folder == nil else {
      throw UsageError(
        "'--directory' takes a folder, and \(target) is a bucket.",
        hint: "name the bucket to restore into as the last argument, without an option")
    }
    let place = try ArgumentValues.listTarget(target)
    return .bucket(CopyTarget(bucket: place.bucket, prefix: place.prefix))
  }

  /// `what` is missing.
  private static func incomplete(_ what: String) -> UsageError {
    UsageError(
      "'restore' needs \(what).",
      hint: """
        s3audit restore -m manifest.csv -b BUCKET -r FOLDER, or \
        s3audit restore --as-of 2026-11-20 s3://BUCKET/PREFIX/ s3://TARGET/PREFIX/
        """)
  }
}
