import Restore
import Testing
import Vocabulary

private let hostileKeys = [
  "a", "a,b", "a\"b", "\"q\"", "a\\b", "\\", "\\a,b\\", "x\ny", "x\r\ny", "=1+1", "+x", "-", "@a",
  " a ",
  "é/ü", "a%20b", "a+b", "%", "key", "version_id", "a//b", "../up", "'", "日本",
]

@Suite struct ManifestFormatTests {
  private func written(_ format: ManifestFormat, _ entries: [ManifestEntry]) -> String {
    var output = format.hasHeader ? format.header : []
    for entry in entries { format.append(entry, to: &output) }
    return String(decoding: output, as: UTF8.self)
  }

  private let entry = ManifestEntry(
    bucket: "b", key: Key("a b,\"c\"/é"), versionID: "null", size: 3, etag: "e-1",
    lastModified: Timestamp(written: "2026-11-20T01:02:03Z"), storageClass: "STANDARD")

  @Test func writesPlainAndFull() {
    #expect(written(.plain, [entry]) == "key,version_id\n\"a b,\"\"c\"\"/é\",null\n")
    #expect(
      written(.full, [entry])
        == "bucket,key,version_id,size,etag,last_modified,storage_class\n"
        + "b,\"a b,\"\"c\"\"/é\",null,3,e-1,2026-11-20T01:02:03Z,STANDARD\n")
  }

  @Test func writesBatchAsTheServiceReadsIt() {
    #expect(written(.batch, [entry]) == "b,a%20b%2C%22c%22/%C3%A9,null\n")
    #expect(ManifestFormat.batch.batchFields == "Bucket,Key,VersionId")
  }

  /// What Python's `csv` with `\` for a quote makes of the same keys.
  @Test(arguments: [
    ("a,b", "\\a,b\\"), ("x\\y", "\\x\\\\y\\"), ("\"q\"", "\"q\""), ("=1", "=1"),
    ("a\nb", "\\a\nb\\"),
    ("a\rb", "\\a\rb\\"), (" a ", " a "),
  ])
  func writesLegacyAsOlderToolsDid(key: String, field: String) {
    let entry = ManifestEntry(key: Key(key), versionID: "v")
    #expect(written(.legacy, [entry]) == field + ",v\r\n")
  }

  @Test(arguments: ManifestFormat.allCases, hostileKeys)
  func readsBackWhatItWrote(format: ManifestFormat, key: String) throws {
    let entry = ManifestEntry(bucket: "b", key: Key(key), versionID: "v1", size: 0)
    let text = Array(written(format, [entry]).utf8)
    let quote: ManifestQuote = format == .legacy ? .backslash : .rfc
    var reader = try ManifestReader(path: "m", quote: quote) { () throws(ManifestError) in
      Whole(bytes: text)
    }
    let found = try reader.next()
    #expect(found?.key == Key(key))
    #expect(found?.versionID == "v1")
    #expect(try reader.next() == nil)
  }
}
