internal import Arguments
internal import Index
internal import Vocabulary

/// What `--since` says of changes, as typed: a time, how long ago, or the number of a sync.
enum ChangeStart: Equatable, Sendable {
  case beginning
  case time(TimeBound)
  case sync(Int64)

  /// `2d`, `2026-11-20`, `2026-11-20T12:00:00Z` or `12`: digits alone are a sync.
  init(_ text: String) throws(UsageError) {
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      guard let number = Int64(text), number > 0 else {
        throw .invalidValue("syncs are numbered from 1 on")
      }
      self = .sync(number)
    } else if let milliseconds = Int64(writtenAge: text) {
      self = .time(.ago(milliseconds: milliseconds))
    } else {
      let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
      guard let moment = Timestamp(iso8601: whole) else {
        throw .invalidValue(
          "use an age like 12h or 2d, a date in UTC like 2026-11-20, or a sync's number")
      }
      self = .time(.at(moment))
    }
  }

  /// The same for an index.
  ///
  /// - Throws: `UsageError` for a time that is still to come, and a sync that there is not or that has not ended.
  func resolved(by reader: IndexReader, now: Timestamp) throws -> JournalStart {
    switch self {
    case .beginning: return .beginning
    case .time(let bound):
      let moment = bound.timestamp(now: now)
      guard moment <= now else {
        throw UsageError(
          "No change was found since \(moment.iso8601), which is still to come.",
          hint: "it is \(now.iso8601); name an earlier time with '--since'",
          blaming: "since")
      }
      return .moment(moment)
    case .sync(let number):
      guard let end = try reader.syncEnd(number) else {
        let last = try reader.lastSync()
        throw UsageError(
          "There is no sync \(number) in the index.",
          hint: last.map { "the last one is \($0)" } ?? "there was none: run 's3audit sync'",
          blaming: "since")
      }
      guard end.finished != nil else {
        throw UsageError(
          "Sync \(number) has not ended, so nothing was found after it.",
          hint: "name the one before with '--since'", blaming: "since")
      }
      return .sync(number)
    }
  }

  /// As a sentence has it: `since 2026-11-20T00:00:00Z`, `after sync 12`.
  func words(now: Timestamp) -> String {
    switch self {
    case .beginning: "ever"
    case .time(let bound): "since \(bound.timestamp(now: now).iso8601)"
    case .sync(let number): "after sync \(number)"
    }
  }
}
