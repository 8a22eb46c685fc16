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
    let pages = try await sorter.sorted()
    while true {
      let page = try await pages.nextPage()
      if page.records.isEmpty { break }
      for (index, record) in page.records.enumerated() {
        sorted.append(page.key(at: index))
        let object = try #require(objects[page.key(at: index)])
        #expect(record.size == object.size)
        #expect(page.etag(at: index) == object.etag)
        #expect(page.storageClass(at: index) == object.storageClass)
      }
    }
    #expect(sorted == objects.keys.sorted())
  }

  @Test func anObjectThatIsListedTwiceIsAsItWasListedLast() async throws {
    let sorter = PageSorter()
    for size in [Int64(1), 2, 3] {
      let object = ModelObject(size: size)
      _ = try await sorter.add(ObjectPage([(key: Key("a"), value: object)][...]))
    }
    let pages = try await sorter.sorted()
    #expect(try await pages.nextPage().records.map(\.size) == [3])
  }

  @Test func aServerThatGoesRoundInTheMiddleIsNoticed() async throws {
    // So few keys are remembered that only the page that comes again tells.
    let sorter = PageSorter(keysRemembered: 4)
    var new = 1
    var pages = 0
    while new > 0, pages < 100 {
      let object = ModelObject(size: 1)
      let key = Key("key \(pages < 5 ? pages : 5 + pages % 3)")
      new = try await sorter.add(ObjectPage([(key: key, value: object)][...]))
      pages += 1
    }
    #expect(pages < 100)
  }
}
