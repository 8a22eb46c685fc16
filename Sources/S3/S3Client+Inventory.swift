internal import AWS
package import Vocabulary

/// What S3 was told to write down of a bucket regularly, as far as it decides what an inventory means (API
/// Reference, "InventoryConfiguration").
package struct InventoryConfiguration: Equatable, Sendable {
  /// The keys that it is about; empty for all.
  package var prefix = Key.start
}

extension S3Client {
  /// Asks which keys of a bucket an inventory is about (GetBucketInventoryConfiguration).
  ///
  /// - Throws: `S3Error`, also where the bucket has no such configuration.
  package func inventoryConfiguration(
    of bucket: String, id: String
  ) async throws -> InventoryConfiguration {
    try await followingRegion(of: bucket) { region in
      let call = try call(
        bucket: bucket, in: region,
        query: [QueryParameter("inventory"), QueryParameter("id", id)])
      return try await send(
        call, operation: "read the inventory configuration of", resource: "s3://\(bucket)",
        by: propertyCaller
      ) { (body) throws(AnswerError) in
        try readAnswer(body, root: "InventoryConfiguration") { (scanner) throws(XMLError) in
          var configuration = InventoryConfiguration()
          while try scanner.nextChild() {
            guard scanner.isNamed("Filter") else {
              try scanner.skip()
              continue
            }
            while try scanner.nextChild() {
              if scanner.isNamed("Prefix") {
                configuration.prefix = Key(try scanner.nextString())
              } else {
                try scanner.skip()
              }
            }
          }
          return configuration
        }
      }
    }
  }
}
