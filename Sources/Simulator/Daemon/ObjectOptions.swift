import Arguments

/// The options of what objects hold, and of archives.
let objectOptions: [Option<SimulatorOptions>] = [
  .flag(
    "contents",
    help: "ETags are those of the bytes, also in listings, which read every object once for it.",
    sets: \.configuration.objects.hasContents),
  Option(
    long: "sizes", value: "bytes",
    help: """
      Of an object: N, or N-M at random, every power of two as likely as another. May end in k, M or G. \
      Up to 4G by default.
      """
  ) { options, text throws(UsageError) in
    options.configuration.objects.sizes = try byteRange(text)
  },
  Option(
    long: "multipart-from", value: "bytes", help: "Objects of as many bytes were put in parts.",
    defaultText: "128M"
  ) { options, text throws(UsageError) in
    options.configuration.objects.multipartFrom = try bytes(text, atLeast: 1)
  },
  Option(
    long: "part-size", value: "bytes", help: "Bytes of each part but the last.", defaultText: "8M"
  ) { options, text throws(UsageError) in
    options.configuration.objects.partBytes = try bytes(text, atLeast: 1)
  },
  .choice(
    "checksums", value: "kind",
    help: """
      Told to those who send x-amz-checksum-mode, of objects that were put in parts COMPOSITE where S3 has no other. \
      mixed: another kind by key, and some without. What is put without one has CRC64NVME then.
      """,
    defaultText: "none", sets: \.configuration.objects.checksums),
  .choice(
    "encryption", value: "kind",
    help: """
      Objects that are encrypted by others' keys have ETags that are no digests. mixed: S3's keys, KMS, or twice KMS, \
      by key.
      """,
    defaultText: "aes256", sets: \.configuration.objects.encryption),
  Option(
    long: "copy-max", value: "bytes",
    help: "The largest object that CopyObject takes, and the largest range of UploadPartCopy.",
    defaultText: "5G"
  ) { options, text throws(UsageError) in
    options.configuration.objects.copyBytesMax = try bytes(text, atLeast: 1)
  },
  .count(
    "thaw-seconds", value: "seconds", in: 0...1_000_000,
    help: "How long it takes to thaw an archived object.", defaultText: "0",
    sets: \.configuration.objects.thaw.seconds),
  .count(
    "thaw-looks", value: "number", in: 0...1_000_000,
    help: "How often it is still on its way, by HeadObject or in a page that tells RestoreStatus.",
    defaultText: "0", sets: \.configuration.objects.thaw.looks),
  .percent(
    "archived-tiering", help: "Objects of INTELLIGENT_TIERING that are in an archive tier.",
    defaultText: "0", sets: \.configuration.objects.thaw.archivedTieringPercent),
  .flag(
    "no-expedited", help: "Expedited thaws are refused: 503 GlacierExpeditedRetrievalNotAvailable.",
    sets: \.configuration.objects.thaw.hasExpedited, to: false),
  .count(
    "slow-rate", value: "bytes-per-second", in: 1...1_000_000_000,
    help: "What the fault body-slow sends of a body in a second.", defaultText: "1000",
    sets: \.configuration.objects.slowBytesPerSecond),
]

/// The largest object of S3.
private let objectBytesMax = 50 << 40

/// Reads a whole number that may end in k, M or G, of 1024 each.
private func bytes(_ text: some StringProtocol, atLeast least: Int) throws(UsageError) -> Int {
  let units: [Character: Int] = ["k": 10, "M": 20, "G": 30]
  let unit = text.last.flatMap { units[$0] }
  guard let number = Int(unit == nil ? String(text) : String(text.dropLast())), number >= 0,
    number <= objectBytesMax >> (unit ?? 0), number << (unit ?? 0) >= least
  else { throw .invalidValue("use a whole number of bytes from \(least) on, as 300 or 64k") }
  return number << (unit ?? 0)
}

/// Reads `N`, or `N-M`.
private func byteRange(_ text: String) throws(UsageError) -> ClosedRange<Int> {
  let ends = text.split(separator: "-", omittingEmptySubsequences: false)
  guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last else {
    throw .invalidValue("use a number of bytes, or two of them as 1k-64k")
  }
  let range = (try bytes(first, atLeast: 0), try bytes(last, atLeast: 0))
  guard range.0 <= range.1 else { throw .invalidValue("the smaller number comes first") }
  return range.0...range.1
}
