import Inventory
import Testing
import Vocabulary

@testable import S3AuditCLI

/// What is shown while an inventory is imported.
@Suite struct InventoryProgressTextTests {
  private func sample(
    _ phase: InventoryProgress.Phase, rows: Int64, stored: Int64 = 0, milliseconds: Int64 = 0
  ) -> InventoryProgressText.Sample {
    var snapshot = InventoryProgress.Snapshot()
    snapshot.phase = phase
    (snapshot.files, snapshot.filesTotal) = (3, 8)
    (snapshot.bytes, snapshot.bytesTotal) = (3 << 19, 9 << 20)
    (snapshot.rows, snapshot.stored) = (rows, stored)
    return InventoryProgressText.Sample(snapshot: snapshot, milliseconds: milliseconds)
  }

  @Test func saysWhatIsReadAndHowFast() {
    let earlier = sample(.reading, rows: 1_000, milliseconds: 1_000)
    let now = sample(.reading, rows: 6_000, milliseconds: 3_000)
    #expect(
      InventoryProgressText.line(now, since: earlier, unit: .auto)
        == "reading: 3 of 8 files, 6,000 rows, 1.5 MiB of 9.0 MiB  2,500 rows/s")
    #expect(!InventoryProgressText.line(now, since: nil, unit: .auto).contains("rows/s"))
  }

  @Test func ratesAreThoseOfOnePhase() {
    let earlier = sample(.reading, rows: 6_000, milliseconds: 3_000)
    let now = sample(.storing, rows: 6_000, stored: 2_000, milliseconds: 4_000)
    #expect(
      InventoryProgressText.line(now, since: earlier, unit: .auto)
        == "storing: 2,000 of 6,000 rows")
  }

  @Test func anInterruptedImportSaysWhatIsInTheIndex() {
    let before = InventoryProgressText.interrupted(sample(.checking, rows: 6_000).snapshot)
    #expect(before.contains("the index is as it was"))
    let storing = sample(.storing, rows: 6_000, stored: 2_000).snapshot
    let during = InventoryProgressText.interrupted(storing)
    #expect(during.contains("after 2,000 of 6,000 rows") && during.contains("the same command"))
  }
}
