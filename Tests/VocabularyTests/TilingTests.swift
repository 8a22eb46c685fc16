import Testing
import Vocabulary

@Suite struct TilingTests {
  private func range(_ lower: String, _ upper: String?) -> KeyRange {
    KeyRange(lower: Key(lower), upper: upper.map { Key($0) })
  }

  private func findings(_ receipts: [RangeReceipt]) -> [String] {
    var tiling = Tiling()
    for (index, receipt) in receipts.enumerated() {
      tiling.add(receipt.json.encoded(), at: Tiling.Place(file: "f", line: index + 1))
    }
    return tiling.findings.map(\.description)
  }

  private func plan(_ ranges: [KeyRange]) -> [String] {
    var tiling = Tiling()
    for (index, range) in ranges.enumerated() {
      let planned = PlannedRange(bucket: "123456", range: range, objects: 1)
      tiling.add(planned.json.encoded(), at: Tiling.Place(file: "f", line: index + 1))
    }
    return tiling.findings.map(\.description)
  }

  private func receipt(
    _ lower: String, _ upper: String?, _ first: String?, _ last: String?, next: String?,
    objects: Int64
  ) -> RangeReceipt {
    RangeReceipt(
      bucket: "2026-01-01", range: range(lower, upper), objects: objects, bytes: objects * 7,
      first: first.map { Key($0) }, last: last.map { Key($0) }, next: next.map { Key($0) },
      started: Timestamp(millisecondsSinceEpoch: 1_000),
      finished: Timestamp(millisecondsSinceEpoch: 2_000), requests: 2, retries: 1, version: "1")
  }

  /// With an empty range in the middle.
  private var receipts: [RangeReceipt] {
    [
      receipt("", "c", "a", "c", next: "f", objects: 3),
      receipt("c", "e", nil, nil, next: "f", objects: 0),
      receipt("e", "k", "f", "f", next: "m\u{0}", objects: 1),
      receipt("k", nil, "m\u{0}", "z", next: nil, objects: 2),
    ]
  }

  @Test func findsNothingWhereRangesTile() {
    #expect(findings(receipts).isEmpty)
    #expect(findings(receipts.reversed()).isEmpty)
    #expect(plan([range("", "b"), range("b", "c"), range("c", nil)]).isEmpty)
    #expect(plan([.whole]).isEmpty)
  }

  @Test func namesWhatIsWrongWithAPlan() {
    let ranges = [range("", "b"), range("b", "d"), range("d", nil)]
    for index in ranges.indices {
      var dropped = ranges
      dropped.remove(at: index)
      #expect(plan(dropped).count == 1 && plan(dropped)[0].contains("gap"))
      #expect(plan(ranges + [ranges[index]]).contains { $0.contains("there twice") })
    }
    #expect(
      plan([range("", "b"), range("b", "c"), range("d", nil)]) == [
        "s3://123456: gap: no range has c:d"
      ])
    #expect(
      plan([range("", "c"), range("b", "d"), range("d", nil)]).contains {
        $0.contains("overlap: two ranges have b:c")
      })
    #expect(plan([]) == ["nothing: there is no range to check"])
    #expect(plan([range("a", nil)]) == ["s3://123456: gap: no range has :a"])
  }

  @Test func namesEveryChangedReceipt() {
    let changes: [@Sendable (inout RangeReceipt) -> Void] = [
      { $0.bucket = "other" }, { $0.prefix = Key("a") }, { $0.range.lower = Key("b") },
      { $0.range.upper = Key("zz") }, { $0.objects += 1 }, { $0.bytes += 1 },
      { $0.first = Key("bb") }, { $0.last = Key("bb") }, { $0.next = Key("zzz") },
      { $0.next = $0.next == nil ? Key("zz") : nil }, { $0.requests = 0 },
      { $0.started = Timestamp(millisecondsSinceEpoch: 3_000) }, { $0.retries += 1 },
      { $0.version = "9.9.9" },
    ]
    for index in receipts.indices {
      for (number, change) in changes.enumerated() {
        var changed = receipts
        change(&changed[index])
        // Counts, versions and keys inside of a range are nobody else's: only the checksum tells.
        let isOnlyACount =
          [4, 5, 12, 13].contains(number) || index == 0 && [6, 7].contains(number)
        if !isOnlyACount {
          #expect(!findings(changed).isEmpty, "receipt \(index), change \(number)")
        }
        var line = changed[index].json
        line["checksum"] = .string(receipts[index].sum)
        var tiling = Tiling()
        for (other, receipt) in receipts.enumerated() {
          tiling.add(
            other == index ? line.encoded() : receipt.json.encoded(),
            at: Tiling.Place(file: "f", line: other))
        }
        #expect(!tiling.findings.isEmpty, "receipt \(index), change \(number), kept checksum")
      }
    }
  }

  @Test func readsItsOwnLines() throws {
    for receipt in receipts {
      let fields = try RangeFields(parsing: receipt.json.encoded())
      var read = try RangeReceipt(fields)
      #expect(fields.isReceipt && read.checksum == receipt.sum)
      read.checksum = nil
      #expect(read == receipt)
    }
    let planned = PlannedRange(bucket: "b", prefix: Key("x:"), range: range("x:1", nil))
    #expect(try PlannedRange(RangeFields(parsing: planned.json.encoded())) == planned)
  }

  @Test func namesAReceiptWithoutItsChecksum() {
    for checksum in [nil, JSONValue.null] {
      var tiling = Tiling()
      for (index, receipt) in receipts.enumerated() {
        guard case .object(var line) = receipt.json else { continue }
        if index == 1 { line["checksum"] = checksum }
        tiling.add(JSONValue.object(line).encoded(), at: Tiling.Place(file: "f", line: index))
      }
      #expect(tiling.findings.first?.words == "this is no range: it has no 'checksum'")
    }
  }

  @Test func namesAPrefixThatAWiderRangeHasToo() {
    func findings(_ lines: [(prefix: String, range: KeyRange)]) -> [String] {
      var tiling = Tiling()
      for line in lines {
        tiling.add(
          PlannedRange(bucket: "b", prefix: Key(line.prefix), range: line.range),
          at: Tiling.Place(file: "f", line: 1))
      }
      return tiling.findings.map(\.description)
    }
    #expect(
      findings([("a/", .whole), ("b/", .whole), ("a", .whole)]) == [
        "s3://b/a/: overlap: ranges of s3://b/a have keys of it, too"
      ])
    #expect(findings([("a/", .whole), ("a0", .whole), ("b/", .whole)]).isEmpty)
    // What the bucket's ranges leave out is a gap of theirs, and nobody has it twice.
    let rest: [(prefix: String, range: KeyRange)] = [
      ("", range("", "a")), ("", range("b", nil)), ("aa/", KeyRange.whole),
    ]
    #expect(findings(rest) == ["s3://b: gap: no range has a:b"])
  }

  @Test func saysWhatCannotBeRead() {
    var tiling = Tiling()
    for (line, text) in ["no JSON", "{}", #"{"bucket":"b","range":"b:a"}"#].enumerated() {
      tiling.add(Array(text.utf8), at: Tiling.Place(file: "f", line: line))
    }
    #expect(
      tiling.findings.map(\.words) == [
        "this is no range: it is no JSON object", "this is no range: it has no 'bucket'",
        "this is no range: its 'range' cannot be read",
      ])
  }
}
