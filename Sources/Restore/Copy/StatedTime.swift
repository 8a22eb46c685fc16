/// The time of a file's last change that a program wrote beside the object when it uploaded it.
///
/// ```
/// x-amz-meta-mtime: 1753780000.123456789        rclone and s3fs: seconds, perhaps with a fraction
/// x-amz-meta-s3cmd-attrs: atime:…/mtime:1753780000/uid:0/…     s3cmd
/// ```
enum StatedTime {
  /// In nanoseconds since 1970; nil where nothing is written, or nothing that is a time.
  static func nanoseconds(_ header: (String) -> String?) -> Int64? {
    if let text = header("x-amz-meta-mtime"), let time = nanoseconds(text[...]) { return time }
    let attributes = header("x-amz-meta-s3cmd-attrs")?.split(separator: "/") ?? []
    return attributes.lazy.compactMap { attribute in
      attribute.hasPrefix("mtime:") ? nanoseconds(attribute.dropFirst("mtime:".count)) : nil
    }.first
  }

  private static func nanoseconds(_ text: Substring) -> Int64? {
    let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = halves.first, let seconds = Int64(whole) else { return nil }
    let digits = halves.count == 2 ? halves[1].prefix(9) : ""
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      halves.count == 1 || !digits.isEmpty
    else { return nil }
    let padded = digits + String(repeating: "0", count: 9 - digits.count)
    guard let fraction = Int64(padded) else { return nil }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isOver) = product.addingReportingOverflow(
      whole.hasPrefix("-") ? -fraction : fraction)
    return overflow || isOver ? nil : sum
  }
}
