internal import HTTP

/// What the user wants said with the calls to S3.
package struct S3CallOptions: Hashable, Sendable {
  /// Agrees to pay for requests to buckets whose requesters have to (User Guide, "Using Requester
  /// Pays buckets").
  package var paysForRequests = false
  /// The account that must own a bucket: S3 refuses requests to any other's (User Guide, "Verifying
  /// bucket ownership").
  package var expectedBucketOwner: String?

  package init() {}

  var payerHeaders: [HTTPHeader] {
    paysForRequests ? [HTTPHeader(name: "x-amz-request-payer", value: "requester")] : []
  }

  /// Headers of calls that name a bucket; requesters cannot pay for directory buckets.
  func bucketHeaders(isDirectory: Bool) -> [HTTPHeader] {
    let owner = expectedBucketOwner.map {
      [HTTPHeader(name: "x-amz-expected-bucket-owner", value: $0)]
    }
    return (isDirectory ? [] : payerHeaders) + (owner ?? [])
  }
}
