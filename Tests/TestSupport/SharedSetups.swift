/// Set-ups that several tests look at and none changes, each made once, by the first that asks.
///
/// A test that tells one story of a long sync shares the sync with those that tell the others:
///
///     static let syncs = SharedSetups { shape in try await FirstSync(shape) }
///
///     @Test(arguments: Shape.allCases)
///     func countsRequests(shape: Shape) async throws {
///       let sync = try await Self.syncs.setup(shape)
///
/// It is kept until the process ends: it should hold values, not servers, files or folders.
package actor SharedSetups<Name: Hashable & Sendable, Setup: Sendable> {
  private let make: @Sendable (Name) async throws -> Setup
  private var made: [Name: Task<Setup, any Error>] = [:]

  package init(_ make: @escaping @Sendable (Name) async throws -> Setup) {
    self.make = make
  }

  package func setup(_ name: Name) async throws -> Setup {
    if let task = made[name] { return try await task.value }
    let task = Task { [make] in try await make(name) }
    made[name] = task
    return try await task.value
  }
}
