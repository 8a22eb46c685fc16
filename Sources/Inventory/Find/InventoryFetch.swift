internal import HTTP
internal import S3
internal import Vocabulary

/// What became of a file that is looked for in several places.
enum InventoryFault: Error {
  case missing
}

/// Fetches one object, piece by piece.
struct InventoryFetch {
  let client: S3Client
  let object: ObjectAddress

  /// Calls `begin` before the first piece, and again where a request is sent again: what came before does not
  /// count then.
  ///
  /// - Throws: `InventoryFault.missing`, `InventoryError.denied`, `S3Error`, what `take` throws.
  nonisolated(nonsending) func run(
    begin: () throws -> Void, take: ([UInt8]) throws -> Void
  ) async throws {
    let pipe = BodyPipe { $0.status == 200 }
    async let answer = Self.send(client, object, pipe)
    while let event = await pipe.next() {
      switch event {
      case .begin: try begin()
      case .bytes(let piece): try take(piece)
      }
    }
    do {
      _ = try await answer.get()
    } catch let error as S3Error {
      if error.statusCode == 404, error.code != "NoSuchBucket" { throw InventoryFault.missing }
      // A key in KMS that is gone or turned off is refused by the code of KMS, with another status.
      guard error.isDenied || error.isAboutKMS else { throw error }
      throw InventoryError(
        .denied(file: "s3://\(object.bucket)/\(object.key.text)", error: error))
    }
  }

  private static func send(
    _ client: S3Client, _ object: ObjectAddress, _ pipe: BodyPipe
  ) async -> Result<ObjectHead, any Error> {
    defer { pipe.finish() }
    do {
      return .success(try await client.getObject(object, into: pipe))
    } catch {
      return .failure(error)
    }
  }
}
