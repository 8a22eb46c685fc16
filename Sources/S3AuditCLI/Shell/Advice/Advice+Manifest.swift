internal import Restore

extension ManifestError {
  /// What the user can do about it.
  var hint: String? {
    switch kind {
    case .ambiguous, .unclosedQuote, .bytesBehindQuote:
      "if it has no header, say what quotes its fields with --manifest-quote rfc or backslash"
    case .utf16: "convert it: iconv -f UTF-16 -t UTF-8"
    case .otherBucket(let bucket, _):
      "version ids belong to one bucket: give --bucket \(bucket), or a manifest of this bucket"
    case .empty: "a manifest names at least one key; 's3audit manifest create' makes one"
    default: nil
    }
  }
}
