import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Servers that never say what follows a version.
@Suite struct VersionCircleTests {
  /// It passes over markers, and knows prefixes.
  private struct Server {
    let entries: [(key: Key, id: String)]
    var requests = 0

    mutating func answer(_ position: PagePosition) -> ListPage {
      requests += 1
      var page = ListPage()
      for entry in entries.prefix(100) {
        if case .versions(let key, _) = position, entry.key != key { continue }
        page.objects.append(
          key: entry.key, versionID: entry.id, kind: .version, isLatest: true, etag: "e", size: 1,
          lastModified: Timestamp(year: 2026, month: 1, day: 1), storageClass: "STANDARD")
      }
      guard page.objects.records.count > 1 else { return page }
      page.isTruncated = true
      page.nextKeyMarker = page.objects.lastKey
      page.nextVersionIDMarker = "v"
      return page
    }
  }

  @Test(arguments: [1, 8])
  func areAFaultAndNoEndlessListing(width: Int) throws {
    var server = Server(entries: (0..<250).map { (Key("k\(1_000 + $0)"), "v\($0)") })
    var frontier = Frontier(
      RangeTable().ranges, of: .versions, prefix: .start, isSerial: width == 1)
    var fault: ListingFault?
    while fault == nil, !frontier.isDone, server.requests < 2_000 {
      for request in frontier.next(upTo: width).requests where fault == nil {
        do throws(ListingFault) {
          _ = try frontier.accept(server.answer(request.position), to: request)
        } catch {
          fault = error
        }
      }
    }
    #expect(fault != nil)
  }
}
