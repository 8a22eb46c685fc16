import Crawl
import Index
import S3
import Simulator
import TestSupport
import Vocabulary

/// A frontier at work in rounds: all requests of a round are answered before the next is sent.
struct FrontierSimulation {
  /// What a run took.
  struct Cost {
    var rounds = 0
    var requests = 0
    var empty = 0
    var objects = 0
    var cuts = 0
  }

  let keys: KeySpace
  /// Requests in flight at most.
  let width: Int
  /// In the first round; it doubles from round to round.
  var firstWidth = 8
  let keysPerPage = 1_000

  /// Rounds that no splitter can beat, if each page is full.
  var ideal: Int {
    let pages = (keys.slots + keysPerPage - 1) / keysPerPage
    return (pages + width - 1) / width
  }

  /// Runs a crawl to its end.
  func run(marks: [KeyMark] = []) throws -> Cost {
    var frontier = Frontier(
      [CrawlRange(lo: .start, hi: nil, cursor: .start)], prefix: .start, marks: marks)
    var cost = Cost()
    var width = min(firstWidth, width)
    while !frontier.isDone {
      let (steps, requests) = frontier.next(upTo: width)
      cost.cuts += steps.count
      cost.rounds += 1
      for request in requests {
        for step in try frontier.accept(page(at: request.position), to: request) {
          guard case .merge(let coverage, let range) = step else { continue }
          cost.objects += count(coverage, in: range)
        }
      }
      width = min(2 * width, self.width)
    }
    cost.requests = frontier.requestCount
    cost.empty = frontier.emptyCount
    return cost
  }

  /// The marks that the crawl of the same keys would have left.
  func marks() -> [KeyMark] {
    let step = max(1_000, keys.slots / 4_096)
    return stride(from: step, to: keys.slots, by: step).map {
      KeyMark(key: keys.key(at: $0 - 1), objects: Int64(step))
    }
  }

  private func count(_ coverage: PageCoverage, in range: CrawlRange) -> Int {
    let page = coverage.page
    guard let hi = range.hi, let last = page.lastKey, last > hi else { return page.records.count }
    return page.records.indices.count { page.key(at: $0) <= hi }
  }

  private func page(at position: PagePosition) -> ListPage {
    guard case .after(let key) = position else { return ListPage() }
    let first = key.isStart ? 0 : keys.firstSlot(after: key)
    let end = min(first + keysPerPage, keys.slots)
    var page = ListPage()
    let time = Timestamp(millisecondsSinceEpoch: 0)
    for slot in first..<end {
      page.objects.append(
        key: keys.key(at: slot), etag: "", size: 1, lastModified: time, storageClass: "STANDARD")
    }
    page.isTruncated = end < keys.slots
    return page
  }
}
