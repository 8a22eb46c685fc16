package import S3
internal import Vocabulary

/// Asks for archived versions to be brought back, each once.
///
/// A refusal is the version's own trouble and stops no other. A restore that is killed meanwhile has lost
/// nothing: whatever was begun is under way, and is found so the next time.
package struct Thaw: Sendable {
  private let client: S3Client
  private let bucket: String
  private let speed: ThawSpeed
  private let days: Int
  private let concurrency: Int

  /// Versions that are asked for between two notes of what came of them.
  private static let windowCount = 1_000

  package init(
    client: S3Client, bucket: String, speed: ThawSpeed, days: Int, concurrency: Int
  ) {
    self.client = client
    self.bucket = bucket
    self.speed = speed
    self.days = days
    self.concurrency = concurrency
  }

  /// Asks for all that a `ThawInquiry` found archived and not under way.
  ///
  /// - Throws: `SQLiteError`; cancellation.
  package func run(_ wanted: borrowing WantedFiles) async throws {
    var position = Key.start
    while true {
      let versions = try wanted.archived(after: position, count: Self.windowCount)
      guard let last = versions.last else { return }
      position = last.key
      try wanted.note(
        try await sideBySide(versions, concurrency: concurrency) { version in
          (version.key, try await begin(version))
        })
    }
  }

  /// What became of a version; nil when it can be read now.
  private func begin(_ version: ArchivedVersion) async throws -> ThawState? {
    guard let archive = version.archive, RetrievalTime(from: archive, by: speed) != nil else {
      return .tooFast
    }
    let object = ObjectAddress(bucket: bucket, key: version.key, versionID: version.versionID)
    do {
      switch try await client.thaw(object, from: archive, by: speed, days: days) {
      case .begun: return .begun
      case .underWay: return .underWay
      case .ready, .notArchived: return nil
      }
    } catch let error as S3Error {
      return error.lacksExpeditedCapacity ? .noRoom : .refused(error.description)
    }
  }
}
