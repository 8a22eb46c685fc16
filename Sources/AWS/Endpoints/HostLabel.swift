/// RFC 1123 in lower case: 1 to 63 letters, digits and hyphens, no hyphen at either end.
func isHostLabel(_ text: some StringProtocol) -> Bool {
  (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
}

/// RFC 1123 in either case: 1 to 63 letters, digits and hyphens, no hyphen at either end; of each
/// label between dots, if those are allowed.
func isHostLabel(_ text: some StringProtocol, allowsDots: Bool) -> Bool {
  let labels = allowsDots ? text.split(separator: ".", omittingEmptySubsequences: false) : nil
  guard let labels else { return isASCII(text) && isHostLabel(text.lowercased()) }
  return labels.allSatisfy { isASCII($0) && isHostLabel($0.lowercased()) }
}

/// Whether a bucket's name may be part of a host name.
func isVirtualHostable(_ bucket: String, allowsDots: Bool) -> Bool {
  bucket.utf8.count >= 3 && isASCII(bucket) && bucket.lowercased() == bucket
    && !looksLikeIPv4(bucket) && isHostLabel(bucket, allowsDots: allowsDots)
}
