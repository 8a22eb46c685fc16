import Testing
import Vocabulary

@Suite struct ObjectPageTests {
  private func page(_ keys: [Key]) -> ObjectPage {
    var page = ObjectPage()
    for key in keys {
      page.append(
        key: key, etag: "e\(page.records.count)", size: 1,
        lastModified: Timestamp(millisecondsSinceEpoch: 0), storageClass: "STANDARD")
    }
    return page
  }

  @Test func keepsWhatWasAppended() {
    var page = page([Key("a"), Key([0xFF, 0])])
    page.append(
      key: Key("z"), etag: "", size: 5, lastModified: Timestamp(millisecondsSinceEpoch: 7),
      storageClass: "GLACIER")
    #expect(page.records.indices.map { page.key(at: $0) } == [Key("a"), Key([0xFF, 0]), Key("z")])
    #expect(page.records.indices.map { page.etag(at: $0) } == ["e0", "e1", ""])
    #expect(page.records.map(\.size) == [1, 1, 5])
    #expect(
      page.records.indices.map { page.storageClass(at: $0) } == ["STANDARD", "STANDARD", "GLACIER"])
    #expect(page.storageClasses == ["STANDARD", "GLACIER"])
  }

  @Test func keepsVersionsBesideTheirRecords() {
    var page = ObjectPage()
    let time = Timestamp(millisecondsSinceEpoch: 7)
    page.append(
      key: Key("a"), versionID: "m", kind: .deleteMarker, isLatest: true, etag: "e", size: 5,
      lastModified: time, storageClass: "GLACIER")
    page.append(
      key: Key("a"), versionID: "null", kind: .version, isLatest: false, etag: "e", size: 5,
      lastModified: time, storageClass: "GLACIER")
    #expect([page.versionID(at: 0), page.versionID(at: 1)] == ["m", "null"])
    #expect(page.versions.map(\.kind) == [.deleteMarker, .version])
    #expect(page.versions.map(\.isLatest) == [true, false])
    #expect([page.key(at: 0), page.key(at: 1)] == [Key("a"), Key("a")])
    // A marker has none of these.
    #expect([page.etag(at: 0), page.etag(at: 1)] == ["", "e"])
    #expect(page.records.map(\.size) == [0, 5])
    #expect([page.storageClass(at: 0), page.storageClass(at: 1)] == ["", "GLACIER"])
    #expect(page.storageClasses == ["GLACIER"])
  }

  @Test(
    arguments: [
      (["a", "b", "c"], nil), ([], nil), (["a"], nil), (["a", "a\0", "aa"], nil),
      (["\u{FFFF}", "\u{10000}"], nil), (["\u{10000}", "\u{FFFF}"], 1), (["a", "a"], 1),
      (["a", "c", "b"], 2), (["ab", "a"], 1), (["b", "a", "c", "b"], 1),
    ] as [([String], Int?)])
  func findsTheFirstKeyOutOfOrder(keys: [String], index: Int?) {
    #expect(page(keys.map { Key($0) }).firstUnorderedIndex == index)
  }

  @Test(
    arguments: [
      ("", nil), ("a", 2), ("a/", 1), ("a/x", 1), ("b", 0), ("a/xyz-longer-than-all", 0),
    ] as [(String, Int?)])
  func findsTheFirstKeyOutsideAPrefix(prefix: String, index: Int?) {
    let page = page([Key("a/x"), Key("ab"), Key("b")])
    #expect(page.firstIndex(outside: Key(prefix)) == index)
  }
}
