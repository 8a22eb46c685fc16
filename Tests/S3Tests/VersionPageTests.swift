import AWS
import S3
import TestSupport
import Testing
import Vocabulary

/// Pages of ListObjectVersions, as three servers write them.
@Suite struct VersionPageTests {
  /// An entry in one line: key, id, what it is, and whether it is the latest.
  private static func lines(_ page: ObjectPage) -> [String] {
    page.records.indices.map { index in
      let version = page.versions[index]
      return "\(page.key(at: index).text) \(page.versionID(at: index))"
        + (version.kind == .deleteMarker ? " marker" : "") + (version.isLatest ? " latest" : "")
    }
  }

  private func lines(_ children: String) throws -> [String] {
    Self.lines(try ListPage(parsingVersions: versionAnswer(children)).objects)
  }

  // MARK: - Servers

  @Test func readsAPageAsAWSWritesIt() throws {
    let page = try ListPage(
      parsingVersions: versionAnswer(
        """
        <Name>logs</Name><Prefix>a+b%2F</Prefix><KeyMarker></KeyMarker>\
        <VersionIdMarker></VersionIdMarker><NextKeyMarker>a+b%2F2%2B</NextKeyMarker>\
        <NextVersionIdMarker>dE.+/_1</NextVersionIdMarker><MaxKeys>1000</MaxKeys>\
        <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
        \(marker("a+b%2F1", "m3", isLatest: "true", lastModified: "2026-11-22T00:00:00.000Z"))
        \(version("a+b%2F1", "v2", size: "7", storageClass: "GLACIER",
            more: "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"))
        \(version("a+b%2F1", "null", size: "5"))
        \(version("a+b%2F2%2B", "dE.+/_1", isLatest: "true", size: "9007199254740992"))
        """))
    #expect(page.name == "logs" && page.prefix == Key("a b/"))
    #expect(page.encodingIsURL && page.isTruncated && !page.isVersionOne)
    #expect(page.nextKeyMarker == Key("a b/2+") && page.nextVersionIDMarker == "dE.+/_1")
    let time = Timestamp(year: 2026, month: 11, day: 20, hour: 1, minute: 2, second: 3)
    var objects = ObjectPage()
    objects.append(
      key: Key("a b/1"), versionID: "m3", kind: .deleteMarker, isLatest: true,
      lastModified: Timestamp(year: 2026, month: 11, day: 22, hour: 0, minute: 0, second: 0))
    objects.append(
      key: Key("a b/1"), versionID: "v2", kind: .version, isLatest: false, etag: "e", size: 7,
      lastModified: time, storageClass: "GLACIER")
    objects.append(
      key: Key("a b/1"), versionID: "null", kind: .version, isLatest: false, etag: "e", size: 5,
      lastModified: time, storageClass: "STANDARD")
    objects.append(
      key: Key("a b/2+"), versionID: "dE.+/_1", kind: .version, isLatest: true, etag: "e",
      size: 1 << 53, lastModified: time, storageClass: "STANDARD")
    #expect(page.objects == objects)
  }

  /// Ceph RGW 16 encodes keys, `/` too, and leaves the next marker as it is.
  @Test(arguments: [
    ("a/b%zz", "a%2Fb%25zz"), ("a/b+c d", "a%2Fb%2Bc%20d"), ("a/%41", "a%2F%2541"),
    ("a%2Fb%2Bc", "a%2Fb%2Bc"),
  ])
  func readsMarkersThatAreNotEncodedAsKeysAre(marker: String, key: String) throws {
    let page = try ListPage(
      parsingVersions: versionAnswer(
        "<EncodingType>url</EncodingType><NextKeyMarker>\(marker)</NextKeyMarker>"
          + "<NextVersionIdMarker>null</NextVersionIdMarker>"
          + version(key, "null", lastModified: "2026-11-20T01:02:03.456Z"), isTruncated: true))
    #expect(page.nextKeyMarker == page.objects.lastKey)
    #expect(page.objects.records[0].lastModified.iso8601 == "2026-11-20T01:02:03.456Z")
  }

  /// Moto passes over encoding-type, sends each kind by itself, and knows milliseconds that it does not
  /// write.
  @Test func putsTogetherWhatMotoSendsApart() throws {
    let page = """
      <IsTruncated>false</IsTruncated><KeyMarker/><VersionIdMarker/>\
      \(version("a b+c", "a2"))\(version("a b+c", "a1"))\
      \(version("d", "d4", isLatest: "true"))\
      \(version("d", "d2", lastModified: "2026-11-20T01:02:01.000Z"))\
      \(version("d", "d1", lastModified: "2026-11-20T01:02:01.000Z"))\
      \(version("\u{E9}%zz", "e1", isLatest: "true"))\
      \(marker("a b+c", "a3", isLatest: "true"))\
      \(marker("d", "d3", lastModified: "2026-11-20T01:02:02.000Z"))\
      \(marker("f", "f1", isLatest: "true"))\
      <Name>logs</Name><Prefix/><MaxKeys>1000</MaxKeys>
      """
    #expect(
      try lines(page) == [
        "a b+c a3 marker latest", "a b+c a2", "a b+c a1", "d d4 latest", "d d3 marker", "d d2",
        "d d1", "f f1 marker latest", "\u{E9}%zz e1 latest",
      ])
  }

  @Test func putsALatestMarkerBeforeTheVersionsOfItsKeyThatIsTheOnlyOne() throws {
    let page = version("k", "v2") + version("k", "v1") + marker("k", "m", isLatest: "true")
    #expect(try lines(page) == ["k m marker latest", "k v2", "k v1"])
  }

  /// Of the same second the server's last entry is known by the marker for the next page.
  @Test func endsWithWhatTheServerSentLast() throws {
    let entries = version("j", "j1") + version("k", "v2") + version("k", "v1") + marker("k", "m2")
    let next = "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>"
    #expect(try lines(entries) == ["j j1", "k v2", "k v1", "k m2 marker"])
    #expect(
      try lines(entries + next + "v1</NextVersionIdMarker>") == [
        "j j1", "k v2", "k m2 marker", "k v1",
      ])
    // What stands with another key is none of it.
    #expect(
      try lines(entries + next + "j1</NextVersionIdMarker>") == [
        "j j1", "k v2", "k v1", "k m2 marker",
      ])
  }

  /// Nothing but two blocks in order is put together: the order of other pages is for others to judge.
  @Test(arguments: [
    [marker("a", "1"), version("b", "2"), version("a", "3")],
    [version("a", "1"), marker("b", "2"), version("a", "3"), marker("c", "4")],
    [version("b", "1"), version("a", "2"), marker("a", "3")],
    [version("b", "1"), marker("b", "2"), marker("a", "3")],
    [version("a", "1"), marker("b", "2"), marker("c", "3")],
    [version("a", "1"), version("a", "2"), marker("a", "3")],
    [marker("b", "1"), marker("a", "2")], [version("b", "1"), version("a", "2")],
  ])
  func keepsTheOrderOfTheDocument(entries: [String]) throws {
    let ids = try lines(entries.joined()).map { $0.split(separator: " ")[1] }
    #expect(ids == (1...entries.count).map { "\($0)" })
  }

  // MARK: - What is missing or padded

  @Test(arguments: [
    ("", "null"), ("<VersionId></VersionId>", "null"), ("<VersionId/>", "null"),
    ("<VersionId> \n</VersionId>", "null"), ("<VersionId>null</VersionId>", "null"),
    ("<VersionId>\n  a+%2F/b\n</VersionId>", "a+%2F/b"), ("<n:VersionId>1</n:VersionId>", "1"),
    ("<VersionId>a&amp;<![CDATA[<b>]]></VersionId>", "a&<b>"),
  ])
  func readsVersionIDsAsTheyAre(element: String, id: String) throws {
    for encoding in ["", "<EncodingType>url</EncodingType>"] {
      let rest = "<Key>k</Key><Size>1</Size><LastModified>2026-11-20T01:02:03Z</LastModified>"
      let children =
        "<Version>\(element)\(rest)</Version><DeleteMarker>\(rest)\(element)</DeleteMarker>"
      for children in [encoding + children, children + encoding] {
        let page = try ListPage(parsingVersions: versionAnswer(children)).objects
        #expect([page.versionID(at: 0), page.versionID(at: 1)] == [id, id])
        #expect(page.text == Array("k\(id)k\(id)".utf8))
      }
    }
  }

  @Test(arguments: [
    ("", false), ("<IsLatest/>", false), ("<IsLatest> </IsLatest>", false),
    ("<IsLatest>true</IsLatest>", true), ("<IsLatest>\n True </IsLatest>", true),
    ("<IsLatest>1</IsLatest>", true), ("<IsLatest>FALSE</IsLatest>", false),
    ("<x:IsLatest>true</x:IsLatest>", true), ("<IsLatest>tr<!-- -->ue</IsLatest>", true),
  ])
  func readsWhetherAnEntryIsTheLatest(element: String, isLatest: Bool) throws {
    let rest = "<Key>k</Key><Size>1</Size><LastModified>2026-11-20T01:02:03Z</LastModified>"
    let page = try ListPage(parsingVersions: versionAnswer("<Version>\(rest)\(element)</Version>"))
    #expect(page.objects.versions[0].isLatest == isLatest)
  }

  @Test func passesOverWhatADeleteMarkerHasNot() throws {
    let more = "<Size>-1</Size><ETag>\"e\"</ETag><StorageClass>GLACIER</StorageClass>"
    let page = try ListPage(
      parsingVersions: versionAnswer(marker("a", more: more) + version("b", storageClass: "X"))
    )
    .objects
    #expect(page.etag(at: 0) == "" && page.storageClass(at: 0) == "")
    #expect(page.records.map(\.size) == [0, 1] && page.records.map(\.storageClass) == [0, 0])
    #expect(page.storageClasses == ["X"])
  }

  @Test func readsAPageOfMarkersOnly() throws {
    let page = try ListPage(parsingVersions: versionAnswer(marker("a", "1") + marker("b", "2")))
    #expect(Self.lines(page.objects) == ["a 1 marker", "b 2 marker"])
    #expect(page.objects.storageClasses.isEmpty && page.objects.storageClass(at: 0) == "")
  }

  @Test func decodesAlikeWhereverEncodingTypeStands() throws {
    let entries = (0..<50).map { index in
      let key = "k%20\(index)+\(String(repeating: "%2B", count: index))"
      return index % 3 == 0 ? marker(key, "m%2B\(index)") : version(key, "v%2B\(index)")
    }
    let encoding = "<EncodingType>url</EncodingType>"
    let before = try ListPage(parsingVersions: versionAnswer(encoding + entries.joined()))
    let after = try ListPage(parsingVersions: versionAnswer(entries.joined() + encoding))
    let between = try ListPage(
      parsingVersions: versionAnswer(
        entries[..<20].joined() + encoding + entries[20...].joined()))
    #expect(before.objects.key(at: 2) == Key("k 2 ++"))
    #expect(before.objects.versionID(at: 49) == "v%2B49" && before.objects.etag(at: 49) == "e")
    #expect(before == after && before == between)
  }

  @Test(arguments: ["ns2:ListVersionsResult", "ListObjectVersionsOutput", "a"])
  func readsARootOfAnotherName(_ root: String) throws {
    for children in [
      version("k", "v"), marker("k", "v"), "<KeyMarker/><IsTruncated>false</IsTruncated>",
    ] {
      let text = "<\(root)><Name>b</Name>\(children)</\(root)>"
      let page = try ListPage(parsingVersions: Array(text.utf8))
      #expect(page.objects.versions.count == (children.contains("VersionId>") ? 1 : 0))
    }
  }

  // MARK: - Refusals

  @Test(arguments: [
    ("<Size>1</Size><LastModified>2026-11-20T01:02:03Z</LastModified>", "a Key in every version"),
    ("<Key></Key><Size>1</Size><LastModified>2026-11-20T01:02:03Z</LastModified>", "not empty"),
    ("<Key>k</Key><Size>1</Size>", "a LastModified of the key 'k'"),
    ("<Key>k</Key><Size>1</Size><LastModified>soon</LastModified>", "not 'soon' of the key 'k'"),
    ("<Key>k</Key><LastModified>2026-11-20T01:02:03Z</LastModified>", "a number of bytes as Size"),
    (
      "<Key>k</Key><Size>-1</Size><LastModified>2026-11-20T01:02:03Z</LastModified>",
      "not '-1' of the key 'k'"
    ),
    (
      "<Key>k</Key><Size>1</Size><IsLatest>maybe</IsLatest>"
        + "<LastModified>2026-11-20T01:02:03Z</LastModified>",
      "true or false as IsLatest, not 'maybe' of the key 'k'"
    ),
    ("<Key>k</Key><VersionId>1</VersionId><VersionId>1</VersionId>", "one VersionId only"),
    ("<Key>k</Key><IsLatest>true</IsLatest><IsLatest>true</IsLatest>", "one IsLatest only"),
  ])
  func refusesAVersionThatCannotBe(fields: String, words: String) throws {
    try expectMalformed("<Version>\(fields)</Version>", words)
    if !fields.contains("-1"), !words.contains("as Size") {
      try expectMalformed("<DeleteMarker>\(fields)</DeleteMarker>", words)
    }
  }

  @Test(arguments: ["falsy", "fals", "tru", "trues", "truefalse", "yes", "2"])
  func refusesAnotherWordForTheLatest(_ word: String) throws {
    try expectMalformed(marker("k", isLatest: word), "not '\(word)' of the key 'k'")
  }

  @Test func limitsVersionIDs() throws {
    let longest = String(repeating: "v", count: ListPage.versionIDBytesMax)
    #expect(try lines(version("k", longest)) == ["k \(longest)"])
    try expectMalformed(version("k", longest + "v"), "a VersionId of at most")
  }

  @Test func refusesObjectsAmongVersionsAndNamesAPlainListing() throws {
    try expectMalformed(version("k") + object(key: "l"), "versions, not objects")
    #expect(throws: AnswerError.otherAnswer(root: "ListBucketResult")) {
      try ListPage(parsingVersions: answer(object(key: "k")))
    }
    #expect(throws: AnswerError.otherAnswer(root: "ListMultipartUploadsResult")) {
      try ListPage(parsingVersions: Array(uploadPage("").utf8))
    }
    let upload = "<a><IsTruncated>false</IsTruncated><KeyMarker/><UploadIdMarker/></a>"
    #expect(throws: AnswerError.self) { try ListPage(parsingVersions: Array(upload.utf8)) }
  }

  private func expectMalformed(
    _ children: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let error = #expect(throws: AnswerError.self, sourceLocation: sourceLocation) {
      try ListPage(parsingVersions: versionAnswer(children))
    }
    guard case .malformed? = error else {
      Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
      return
    }
    #expect(error?.description.contains(words) == true, sourceLocation: sourceLocation)
  }

  // MARK: - The end

  private static let next =
    "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>"

  private static let many = (0..<999).map { version("k\($0)") }.joined()
  private static let ends: [(String, Bool)] = [
    ("<IsTruncated>true</IsTruncated>", true), (next, true), ("", false),
    ("<IsTruncated>false</IsTruncated>\(next)", false),
    ("<IsTruncated>false</IsTruncated>\(next)\(version("k"))", true),
    ("<IsTruncated>false</IsTruncated>\(version("k"))", false),
    ("<IsTruncated>false</IsTruncated><NextKeyMarker/><NextVersionIdMarker/>\(marker("k"))", false),
    (many, true), ("\(many)\(marker("l"))", true),
  ]

  @Test(arguments: ends)
  func tellsWhetherThereIsMore(children: String, isTruncated: Bool) throws {
    let page = try ListPage(parsingVersions: versionAnswer(children))
    #expect(page.isTruncated == isTruncated)
    let hasNext = children.contains(Self.next)
    let isWordless = !hasNext && !children.contains("IsTruncated") && !children.isEmpty
    #expect(page.saysNothingOfEnd == isWordless)
    #expect(page.nextKeyMarker == (hasNext ? Key("k") : nil))
    #expect(page.nextVersionIDMarker == (hasNext ? "v" : nil))
  }

  @Test(arguments: ["NextKeyMarker", "NextVersionIdMarker", "IsTruncated"])
  func refusesPageFieldThatContradictsItself(_ field: String) throws {
    let values = field == "IsTruncated" ? ("true", "false") : ("1", "2")
    try expectMalformed(
      "<\(field)>\(values.0)</\(field)><\(field)>\(values.1)</\(field)>", "the same value")
  }

  @Test func readsCommonPrefixesForOthersToRefuse() throws {
    let page = try ListPage(
      parsingVersions: versionAnswer("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"))
    #expect(page.commonPrefixes == [Key("a/")])
  }
}
