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
    let rate = try Self.rate { try ListPage(parsing: page).objects.records.count }
    print("bench: parser \(Int(rate)) objects/s")
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["S3AUDIT_BENCH"] != nil, "a benchmark"))
  func parsesPagesOfVersions() throws {
    let page = Self.page(versions: 1_000)
    let rate = try Self.rate { try ListPage(parsingVersions: page).objects.versions.count }
    print("bench: versions \(Int(rate)) entries/s")
  }

  /// The median rate of entries, of which `parse` reads a thousand.
  private static func rate(_ parse: () throws -> Int) throws -> Double {
    var rates: [Double] = []
    for _ in 0..<7 {
      let start = ContinuousClock.now
      var entries = 0
      for _ in 0..<500 { entries += try parse() }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      rates.append(Double(entries) / seconds)
      #expect(entries == 500_000)
    }
    return rates.sorted()[3]
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

  /// A page of versions as AWS writes it: three entries a key, one key in ten deleted.
  private static func page(versions: Int) -> [UInt8] {
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name>\
      <Prefix></Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker>\
      <MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
      """
    for index in 0..<versions {
      let isMarker = index % 30 == 0
      let element = isMarker ? "DeleteMarker" : "Version"
      let bytes =
        isMarker
        ? ""
        : "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag>"
          + "<Size>\(index * 7_919)</Size><StorageClass>STANDARD</StorageClass>"
      text += """
        <\(element)><Key>logs/2026/11/21/host-\(index % 37)/part-\(1_000_000 + index / 3).json.gz</Key>\
        <VersionId>3HL4kqtJlcpXroDTDmjVBH40Nr\(100_000 + index)</VersionId>\
        <IsLatest>\(index % 3 == 0)</IsLatest><LastModified>2026-11-21T01:02:03.000Z</LastModified>\
        \(bytes)<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner>\
        </\(element)>
        """
    }
    return Array((text + "</ListVersionsResult>").utf8)
  }
}
