import Crawl
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@Suite struct PageSorterTests {
  @Test func givesBackEachObjectOnceInOrder() async throws {
    var random = SplitMix64(seed: 3)
    let objects = Dictionary(
      uniqueKeysWithValues: (0..<2_500).map { number in
        (
          Key("key-\(random.below(1 << 40))-\(number)"),
          ModelObject(size: Int64(number), etag: "e\(number)", storageClass: "GLACIER")
        )
      })
    let shuffled = objects.map { (key: $0.key, value: $0.value) }
    let sorter = PageSorter()
    for start in stride(from: 0, to: shuffled.count, by: 400) {
      // Each page repeats some of the one before.
      let page = shuffled[max(0, start - 50)..<min(start + 400, shuffled.count)]
      let new = try await sorter.add(ObjectPage(page))
      #expect(new == page.count - (start == 0 ? 0 : 50))
    }
    var sorted: [Key] = []
    var after = Key.start
    while let last = try await sorter.nextPage(after: after).lastKey {
      let page = try await sorter.nextPage(after: after)
      for (index, record) in page.records.enumerated() {
        sorted.append(page.key(at: index))
        let object = try #require(objects[page.key(at: index)])
        #expect(record.size == object.size)
        #expect(page.etag(at: index) == object.etag)
        #expect(page.storageClass(at: index) == object.storageClass)
      }
      after = last
    }
    #expect(sorted == objects.keys.sorted())
  }
}
