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
    try await withThrowingTaskGroup(of: (Int, Result<BucketList, any Error>).self) { group in
      for (place, account) in accounts.enumerated() {
        group.addTask {
          do {
            return (place, .success(try await account.client.listBuckets()))
          } catch {
            if error is CancellationError { throw error }
            return (place, .failure(error))
          }
        }
      }
      var answers = AccountLists()
      for try await (place, answer) in group {
        switch answer {
        case .success(let list): answers.lists[place] = list
        case .failure(let error): answers.refusals[place] = error
        }
      }
      return answers
    }
  }

  /// The accounts with a list, in the order in which they were named.
  var places: [Int] { lists.keys.sorted() }

  /// Every bucket that any list names, once, in order of name.
  var bucketNames: [String] {
    Set(lists.values.flatMap { $0.buckets.map(\.name) }).sorted()
  }
}
