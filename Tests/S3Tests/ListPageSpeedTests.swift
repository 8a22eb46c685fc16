import Foundation
import Testing
import Vocabulary

@testable import S3

/// Measures how fast pages are parsed, for `scripts/bench`, which runs it in a release build.
///
/// Not a test of time: machines are too different for that.
@Suite struct ListPageSpeedTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["S3AUDIT_BENCH"] != nil, "a benchmark"))
  func parsesPages() throws {
    let page = Self.page(objects: 1_000)
    var rates: [Double] = []
    for _ in 0..<7 {
      let start = ContinuousClock.now
      var objects = 0
      for _ in 0..<500 { objects += try ListPage(parsing: page).objects.records.count }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      rates.append(Double(objects) / seconds)
      #expect(objects == 500_000)
    }
    print("bench: parser \(Int(rates.sorted()[3])) objects/s")
  }

  /// A page as AWS writes it: keys with a common prefix, half of the objects with checksum
  /// elements.
  private static func page(objects: Int) -> [UInt8] {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name>\
      <Prefix></Prefix><KeyCount>\(objects)</KeyCount><MaxKeys>1000</MaxKeys>\
      <EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
      """
    for index in 0..<objects {
      let checksum =
        index % 2 == 0
        ? "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
        : ""
      text += """
        <Contents><Key>logs/2026/11/21/host-\(index % 37)/part-\(1_000_000 + index).json.gz</Key>\
        <LastModified>2026-11-21T01:02:03.000Z</LastModified>\
        <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag>\(checksum)\
        <Size>\(index * 7_919)</Size><StorageClass>STANDARD</StorageClass></Contents>
        """
    }
    return Array((text + "</ListBucketResult>").utf8)
  }
}
