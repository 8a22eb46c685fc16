internal import Arguments
internal import Index
internal import Sync
internal import Vocabulary

// What is said of buckets and prefixes that were named in a way that means something else.

/// `Warning: …` where a prefix was typed like a pattern and nothing begins with it; nil for every other
/// prefix.
func literalPrefixText(_ prefix: Key, in bucket: String) -> String? {
  let pattern = prefix.bytes.first { "*?[".utf8.contains($0) }
  guard let pattern else { return nil }
  let text = prefix.text.escapingControls()
  let mark = Unicode.Scalar(pattern)
  let start = prefix.bytes.prefix { !"*?[".utf8.contains($0) }
  let scope = "s3://\(bucket)/\(String(decoding: start, as: UTF8.self))"
  return """
    Warning: no key in \(bucket.escapingControls()) begins with '\(text)': in a prefix \(mark) is not a \
    pattern but itself
    Help:  keys are chosen by pattern with --key, from the index: s3audit query find \
    \(quoted(scope)) --key \(quoted(prefix.text))

    """
}

private func quoted(_ text: String) -> String {
  "'\(text.replacing("'", with: "'\\''").escapingControls())'"
}

/// `Error: …` about buckets that a sync left out because their region is not known; empty for none.
func unknownRegionsText(_ buckets: [BucketSelection.UnknownRegion]) -> String {
  guard !buckets.isEmpty else { return "" }
  let names = buckets.prefix(bucketsShownMax).map { bucket in
    let reason = bucket.reason.map { ": \($0.escapingControls())" } ?? ""
    return "  s3://\(bucket.name.escapingControls())\(reason)\n"
  }
  let rest = buckets.count - names.count
  let are = buckets.count == 1 ? "is" : "are"
  let count = counted(Int64(buckets.count), "bucket")
  return "Error: nobody says in which region \(count) \(are); left out:\n" + names.joined()
    + (rest > 0 ? "  and \(rest) more\n" : "")
    + "Help:  leave out --in-region, or add --in-region '' for buckets without a known region\n"
}

extension Context {
  /// Warns of buckets that a question about regions left out because theirs is not known; true where
  /// there are any.
  func warn(ofUnknownRegion buckets: [BucketSummary]) -> Bool {
    guard !buckets.isEmpty else { return false }
    let names = buckets.prefix(bucketsShownMax).map { "  \($0.name.escapingControls())\n" }
    let rest = buckets.count - names.count
    if !options.output.isQuiet {
      Terminal.writeError(
        "Warning: the region of \(counted(Int64(buckets.count), "bucket")) is not known; left out:\n"
          + names.joined() + (rest > 0 ? "  and \(rest) more\n" : "")
          + "Help:  add --in-region '' for buckets without a known region\n")
    }
    return true
  }
}

private let bucketsShownMax = 10

extension BucketSelection.NoRegionMatch {
  /// What the user can do about it.
  var hint: String {
    regions.isEmpty
      ? "the server names no region of any of them"
      : "they are in: \(regions.joined(separator: ", "))"
  }
}
