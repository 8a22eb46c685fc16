package import S3
internal import Vocabulary

/// Why nothing is restored into a bucket: what is written over there might be gone for good.
package enum TargetRefusal: Error, Sendable, CustomStringConvertible {
  /// Versioning was never turned on, or is suspended.
  case unversioned(bucket: String, isSuspended: Bool)
  /// Nobody knows whether it is on; the error says why, where the service said something.
  case unknownVersioning(bucket: String, S3Error?)

  package var description: String {
    switch self {
    case .unversioned(let bucket, let isSuspended):
      "versioning of s3://\(bucket) is \(isSuspended ? "suspended" : "not on"): "
        + "what a copy replaces there would be gone for good"
    case .unknownVersioning(let bucket, let error):
      "nobody knows whether s3://\(bucket) keeps what a copy replaces"
        + (error.map { ": \($0)" } ?? "")
    }
  }
}

extension TargetRefusal {
  /// Makes sure that a bucket keeps versions.
  ///
  /// - Throws: `TargetRefusal`; `S3Error` where there is no such bucket, or no answer.
  static func check(_ bucket: String, by client: S3Client) async throws {
    let property: BucketProperty
    do {
      property = try await client.property(.versioning, of: bucket)
    } catch let error as S3Error {
      guard !error.isUncertain, error.statusCode != 404 else { throw error }
      throw TargetRefusal.unknownVersioning(bucket: bucket, error)
    }
    switch property.state {
    case .set where property.value?.hasPrefix("Enabled") == true: return
    case .set, .absent:
      throw TargetRefusal.unversioned(
        bucket: bucket, isSuspended: property.value?.hasPrefix("Suspended") == true)
    case .denied, .failed, .unsupported:
      throw TargetRefusal.unknownVersioning(bucket: bucket, nil)
    }
  }
}
