import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// How questions about the journal read it: sync by sync, and no more than the keys that are asked about.
@Suite struct JournalPlanTests {
  private func plans() async throws -> [QueryPlanTests.Plan] {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a/1"): ModelObject()])
    try await writer.sync("bucket", [Key("a/2"): ModelObject()])
    let reader = try index.reader()
    var question = ChangeQuestion(ObjectFilter())
    (question.filter.sizeMin, question.filter.storageClasses) = (1, ["STANDARD"])
    question.kinds = [.added]
    for start in [JournalStart.beginning, .sync(1), .moment(index.now())] {
      question.start = start
      _ = try reader.journalGaps(question)
      _ = try reader.changesOfUnknownClass(question)
      for grouping in ChangeGrouping.allCases {
        _ = try reader.changeSums(question, by: grouping, lacking: [])
      }
    }
    return try reader.connection.plans()
  }

  @Test func looksForChangesByTheirKey() async throws {
    let plans = try await plans().filter {
      $0.sql.contains("FROM object_change\nWHERE sync_id = ?1")
    }
    #expect(plans.count >= 4)
    for plan in plans {
      #expect(
        plan.steps == [
          "SEARCH object_change USING PRIMARY KEY (sync_id=? AND bucket_id=? AND key>? AND key<?)"
        ], "\(plan.sql)")
    }
  }

  @Test func neverReadsAWholeJournalNorSortsIt() async throws {
    for plan in try await plans() where plan.sql.contains("object_change") {
      for step in plan.steps {
        #expect(!step.hasPrefix("SCAN"), "\(step) in \(plan.sql)")
        #expect(!step.contains("TEMP B-TREE"), "\(step) in \(plan.sql)")
      }
    }
  }
}
