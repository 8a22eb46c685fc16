internal import AWS
internal import S3

extension ConnectionOptions {
  /// The server that the bucket of a copy is on, where it was named; nothing is asked of it.
  func endpointOfCopies(_ context: Context) async throws -> String? {
    let isNamed = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"].contains {
      context.variables[$0]?.isEmpty == false
    }
    guard isNamed || endpointURL != nil else { return nil }
    var connection = self
    // Nobody is to be asked for credentials of a server that no request goes to.
    connection.isAnonymous = true
    return try await Account.connect(connection, limits: context.limits(connections: 1))
      .bucketNamespace
  }
}
