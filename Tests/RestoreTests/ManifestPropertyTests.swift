import Restore
import TestSupport
import Testing
import Vocabulary

/// A key of what other programs take for something else.
private func hostileKey(_ random: inout SplitMix64) -> Key {
  let pieces: [[UInt8]] =
    [
      "a", "\"", "\\", ",", "\r", "\n", " ", "=cmd", "%", "%41", "+", "/", "é", "日", "'", "\t",
      "key",
      "null", "\u{FEFF}", ";", "\"\"", "\\\\", "\r\n",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x01]]
  let count = Int.random(in: 1...5, using: &random)
  return Key((0..<count).flatMap { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] })
}

@Suite struct ManifestPropertyTests {
  private func written(
    _ format: ManifestFormat, _ entries: [ManifestEntry], hasHeader: Bool
  ) -> [UInt8] {
    var output = hasHeader && format.hasHeader ? format.header : []
    for entry in entries { format.append(entry, to: &output) }
    return output
  }

  private func read(_ bytes: [UInt8], _ quote: ManifestQuote?) throws -> [ManifestEntry] {
    var reader = try ManifestReader(path: "m", quote: quote) { () throws(ManifestError) in
      Whole(bytes: bytes)
    }
    var entries: [ManifestEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  @Test(arguments: ManifestFormat.allCases, [true, false])
  func whatIsWrittenIsReadBackOrRefused(format: ManifestFormat, hasHeader: Bool) throws {
    var random = SplitMix64(seed: 41)
    var understood = 0
    for _ in 0..<3_000 {
      var keys: [Key] = []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let key = hostileKey(&random)
        if !keys.contains(key) { keys.append(key) }
      }
      let entries = keys.map { ManifestEntry(bucket: "b", key: $0, versionID: "v1", size: 3) }
      let bytes = written(format, entries, hasHeader: hasHeader)
      let quote: ManifestQuote = format == .legacy ? .backslash : .rfc
      #expect(try read(bytes, quote).map(\.key) == keys, "\(keys)")
      // By itself it is understood rightly, or not at all.
      do {
        let found = try read(bytes, nil).map(\.key)
        #expect(found == keys, "\(keys)")
        understood += 1
      } catch let error as ManifestError {
        switch error.kind {
        case .ambiguous: break
        case .unclosedQuote, .bytesBehindQuote: #expect(format == .legacy, "\(keys): \(error)")
        default: Issue.record("\(keys): \(error)")
        }
        #expect(!(hasHeader && format.hasHeader), "a header decides")
      }
    }
    #expect(understood > 1_000)
  }

  @Test func readsTheNamesThatS3GivesToColumns() throws {
    let two = try read(Array("Key,VersionId\na%20b,v\n".utf8), nil)
    #expect(two.map(\.key) == [Key("a%20b")])
    let three = try read(Array("Bucket,Key,VersionId\nb,a b,v\n".utf8), nil)
    #expect(three.map(\.key) == [Key("a b")])
    // S3 encodes the keys of such lists, and gives them no header.
    #expect(throws: ManifestError(.unclearEncoding, path: "m", line: 2)) {
      try read(Array("Bucket,Key,VersionId\nb,a%20b,v\n".utf8), nil)
    }
    #expect(
      try read(Array("bucket,key,version_id\nb,a%20b,v\n".utf8), nil).first?.key == Key("a%20b"))
  }

  @Test(arguments: [
    ("key,version_id\ra,v\r", ManifestError.Kind.strayCarriageReturn, 1),
    ("\"a,v\nb,w\n", .unclosedQuote, 1),
    ("\"q\"x,v\nb,w\n", .bytesBehindQuote, 1),
    ("a,v,\"STANDARD\"x\n", .bytesBehindQuote, 1),
    ("a,v\u{0}\n", .badVersionID("v\u{0}"), 1),
    ("b ucket,a,v\n", .badBucket("b ucket"), 1),
    ("key,version_id\na,v\n\u{1A}", .columnCount(1, expected: [2]), 3),
    ("KEY,VERSION_ID\na,v,w\n", .columnCount(3, expected: [2]), 2),
    ("\"key\",\"version_id\"\na\n", .columnCount(1, expected: [2]), 2),
  ])
  func namesTheLine(text: String, kind: ManifestError.Kind, line: Int) {
    #expect(throws: ManifestError(kind, path: "m", line: line)) {
      try read(Array(text.utf8), nil)
    }
  }

  /// Nothing of a line that never ends is kept.
  @Test(arguments: ["a", "\"", "a,", "\\"])
  func refusesALineWithoutEndEarly(start: String) {
    struct Endless: ManifestSource {
      var rest: [UInt8]
      var pieces = 0

      mutating func next() throws(ManifestError) -> [UInt8] {
        pieces += 1
        guard pieces < 100 else { throw ManifestError(.unreadable("too much was read"), path: "m") }
        defer { rest = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10) }
        return rest
      }
    }
    #expect(throws: ManifestError(.lineTooLong, path: "m", line: 1)) {
      var reader = try ManifestReader(path: "m", quote: nil) { () throws(ManifestError) in
        Endless(rest: Array(start.utf8))
      }
      _ = try reader.next()
    }
  }

  @Test func linesOfAnotherBucketAreRefused() throws {
    let bytes = Array("photos,a,v\nother,b,v\n".utf8)
    func wanted(_ bucket: String) throws {
      let reader = try ManifestReader(path: "m", quote: nil) { () throws(ManifestError) in
        Whole(bytes: bytes)
      }
      _ = try WantedFiles.read(reader, path: "m", of: bucket)
    }
    #expect(throws: ManifestError(.otherBucket("other", wanted: "photos"), path: "m", line: 2)) {
      try wanted("photos")
    }
    try wanted("arn:aws:s3:eu-west-1:123456789012:accesspoint/p")
  }
}

@Suite struct ManifestDifferenceTests {
  private func difference(_ first: String, _ second: String) throws -> [ManifestDifference.Row] {
    func reader(_ text: String, _ path: String) throws -> ManifestReader<Whole> {
      try ManifestReader(path: path, quote: .rfc) { () throws(ManifestError) in
        Whole(bytes: Array(text.utf8))
      }
    }
    let difference = try ManifestDifference.between(reader(first, "one"), reader(second, "two"))
    var rows: [ManifestDifference.Row] = []
    try difference.forEach { rows.append($0) }
    return rows
  }

  private func row(
    _ key: String, _ before: String?, _ after: String?, bucket: String? = nil
  ) -> ManifestDifference.Row {
    ManifestDifference.Row(bucket: bucket, key: Key(key), before: before, after: after)
  }

  @Test func namesWhatDiffersInTheOrderOfKeys() throws {
    #expect(
      try difference("z,1\nb,1\na,1\nc,1\n", "a,1\nb,2\nd,1\nz,1\n")
        == [row("b", "1", "2"), row("c", "1", nil), row("d", nil, "1")])
    #expect(try difference("a,1\n", "key,version_id\na,1\na,1\n").isEmpty)
    #expect(try difference("key,version_id\n", "key,version_id\n").isEmpty)
    #expect(try difference("key,version_id\n", "a,1\n") == [row("a", nil, "1")])
  }

  @Test func bucketsCountWhereBothNameThem() throws {
    #expect(
      try difference("p,a,1\nq,a,1\n", "p,a,1\nr,a,1\n")
        == [row("a", "1", nil, bucket: "q"), row("a", nil, "1", bucket: "r")])
    #expect(try difference("p,a,1\n", "a,1\n").isEmpty)
    #expect(throws: ManifestError(.secondVersion(Key("a"), firstLine: 1), path: "one", line: 2)) {
      try difference("p,a,1\nq,a,2\n", "a,1\n")
    }
  }
}
