import Testing
import Vocabulary

@testable import Crawl

@Suite struct SortedSearchTests {
  @Test(arguments: 0..<9)
  func findsTheFirstElementPastAnother(count: Int) {
    // Each number twice, so that equal ones are passed together.
    let numbers = (0..<count).map { $0 / 2 }
    for limit in -1...count {
      let expected = numbers.firstIndex { $0 > limit } ?? numbers.endIndex
      #expect(numbers.firstIndex(past: { $0 > limit }) == expected)
    }
  }

  @Test func searchesASliceByItsOwnIndices() {
    let numbers = [9, 1, 3, 7, 0][1..<4]
    #expect(numbers.firstIndex(past: { $0 > 2 }) == 2)
    #expect(numbers.firstIndex(past: { $0 > 9 }) == 4)
  }

  @Test(arguments: [("", 0), ("a", 1), ("aa", 1), ("b", 2), ("é", 3), ("z", 2), ("\u{10FFFF}", 3)])
  func findsTheKeyAfterAnother(key: String, expected: Int) {
    var page = ObjectPage()
    for name in ["a", "b", "é"] {
      page.append(
        key: Key(name), etag: "", size: 0, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    #expect(page.firstIndex(after: Key(key)) == expected)
  }
}
