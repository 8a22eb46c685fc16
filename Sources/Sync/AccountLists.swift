internal import S3

/// What each account of a sync answered when it was asked for its buckets, by its index among the
/// accounts.
struct AccountLists: Sendable {
  /// The lists that were read; an account is not in it when it was not asked, or refused.
  var lists: [AccountIndex: BucketList] = [:]
  var refusals: [AccountIndex: any Error] = [:]

  /// Asks all accounts side by side.
  ///
  /// - Throws: only cancellation.
  static func ask(_ accounts: [SyncAccount]) async throws -> AccountLists {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for (index, account) in accounts.enumerated() {
        group.addTask { try await Answer(from: account, at: index) }
      }
      var answers = AccountLists()
      for try await answer in group {
        answers.lists[answer.index] = answer.list
        answers.refusals[answer.index] = answer.refusal
      }
      return answers
    }
  }

  /// What one account answered: a list, or why there is none.
  ///
  /// A type of its own: optimised by Swift 6.3, a group of tuples with a `Result` in them came back
  /// with other indices than were put in.
  private struct Answer {
    let index: AccountIndex
    var list: BucketList?
    var refusal: (any Error)?

    init(from account: SyncAccount, at index: AccountIndex) async throws {
      self.index = index
      do {
        list = try await account.client.listBuckets()
      } catch {
        if error is CancellationError { throw error }
        refusal = error
      }
    }
  }

  /// The accounts with a list, in the order in which they were named.
  var indices: [AccountIndex] { lists.keys.sorted() }

  /// Every bucket that any list names, once, in order of name.
  var bucketNames: [String] {
    Set(lists.values.flatMap { $0.buckets.map(\.name) }).sorted()
  }
}
