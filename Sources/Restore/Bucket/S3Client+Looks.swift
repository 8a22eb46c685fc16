internal import S3
internal import Vocabulary

extension S3Client {
  /// What a key holds now; nil for nothing, and for a delete marker.
  func current(_ object: ObjectAddress) async throws -> ObjectHead? {
    do {
      return try await headObject(object)
    } catch let error as S3Error where error.isMissing {
      return nil
    }
  }

  /// The uploads to the very key that have not ended; nil when the server does not tell.
  func uploads(to object: ObjectAddress) async -> Set<String>? {
    do {
      let page = try await listUploads(bucket: object.bucket, prefix: object.key)
      return Set(page.uploads.filter { $0.key == object.key }.map(\.uploadID))
    } catch {
      // Without the permission to list them, a lost answer leaves an upload; nothing else changes.
      return nil
    }
  }

  /// What the service knows of a version that is to be copied.
  ///
  /// - Throws: `KeyRefusal` for one that is encrypted with a key of the customer's; `S3Error`.
  func head(ofSource object: ObjectAddress) async throws -> ObjectHead {
    do {
      return try await headObject(object)
    } catch let error as S3Error where error.statusCode == 400 {
      // Answers to HEAD have no words: the key of the customer's is all that can be missing here.
      guard let head = try await headOfPlain(object) else { throw KeyRefusal.customerKey }
      return head
    }
  }

  /// What a bucket without versioning holds: moto knows its versions as `null` everywhere but in HEAD.
  private func headOfPlain(_ object: ObjectAddress) async throws -> ObjectHead? {
    guard object.versionID == ObjectPage.idOfNone, !isAWS else { return nil }
    var plain = object
    plain.versionID = nil
    do {
      let head = try await headObject(plain)
      return (head.versionID ?? ObjectPage.idOfNone) == object.versionID ? head : nil
    } catch let error as S3Error where error.statusCode == 400 {
      return nil
    }
  }
}
