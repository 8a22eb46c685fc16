internal import S3

/// What each account of a sync answered when it was asked for its buckets, by its place among the
/// accounts.
struct AccountLists: Sendable {
  /// The lists that were read; an account is not in it when it was not asked, or refused.
  var lists: [Int: BucketList] = [:]
  var refusals: [Int: any Error] = [:]

  /// Asks all accounts side by side.
  ///
  /// - Throws: only cancellation.
  static func ask(_ accounts: [SyncAccount]) async throws -> AccountLists {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for (place, account) in accounts.enumerated() {
        group.addTask { try await Answer(from: account, at: place) }
      }
      var answers = AccountLists()
      for try await answer in group {
        answers.lists[answer.place] = answer.list
        answers.refusals[answer.place] = answer.refusal
      }
      return answers
    }
  }

  /// What one account answered: a list, or why there is none.
  ///
  /// A type of its own: optimised by Swift 6.3, a group of tuples with a `Result` in them came back
  /// with other places than were put in.
  private struct Answer {
    let place: Int
    var list: BucketList?
    var refusal: (any Error)?

    init(from account: SyncAccount, at place: Int) async throws {
      self.place = place
      do {
        list = try await account.client.listBuckets()
      } catch {
        if error is CancellationError { throw error }
        refusal = error
      }
    }
  }

  /// The accounts with a list, in the order in which they were named.
  var places: [Int] { lists.keys.sorted() }

  /// Every bucket that any list names, once, in order of name.
  var bucketNames: [String] {
    Set(lists.values.flatMap { $0.buckets.map(\.name) }).sorted()
  }
}
