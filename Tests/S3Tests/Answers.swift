/// A ListObjectsV2 answer with these children of the root.
func answer(_ children: String, isTruncated: Bool? = nil) -> [UInt8] {
  let truncated = isTruncated.map { "<IsTruncated>\($0)</IsTruncated>" } ?? ""
  return Array(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(truncated)\(children)\
    </ListBucketResult>
    """.utf8)
}

/// One `<Contents>`, its texts already escaped.
func object(
  key: String, etag: String = "&quot;e&quot;", size: String = "1",
  lastModified: String = "2026-11-20T01:02:03.000Z", storageClass: String? = nil, more: String = ""
) -> String {
  let storageClass = storageClass.map { "<StorageClass>\($0)</StorageClass>" } ?? ""
  return """
    <Contents><Key>\(key)</Key><LastModified>\(lastModified)</LastModified><ETag>\(etag)</ETag>\
    <Size>\(size)</Size>\(storageClass)\(more)</Contents>
    """
}

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed everywhere.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func below(_ bound: Int) -> Int {
    Int.random(in: 0..<bound, using: &self)
  }

  mutating func isOneIn(_ count: Int) -> Bool {
    below(count) == 0
  }

  mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[below(choices.count)]
  }
}
