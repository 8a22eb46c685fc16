internal import Restore
internal import S3
internal import Vocabulary

extension TargetRefusal {
  /// How to restore into a bucket nevertheless.
  var hint: String {
    switch self {
    case .unversioned(let bucket, _):
      """
      turn it on: aws s3api put-bucket-versioning --bucket \(bucket.escapingControls()) \
      --versioning-configuration Status=Enabled; or accept the loss with --allow-permanent
      """
    case .unknownVersioning:
      """
      allow s3:GetBucketVersioning; or, where replaced objects may be lost for good, give --allow-permanent
      """
    }
  }
}

extension MarkersWithheld {
  /// What is said of it; nil where it was said already.
  var words: (message: String, hint: String)? {
    switch self {
    case .incomplete:
      (
        "nothing was deleted: not every version is there",
        "mend what is named above, then run the same command again"
      )
    case .nothingWanted:
      (
        "nothing was deleted: no version is wanted, so all of it would go",
        "check the manifest, the prefix and the moment"
      )
    case .unlisted(let error):
      (
        "nothing was deleted: \(error.description)",
        "allow s3:ListBucket on the target; what is there has to be known before any of it goes"
      )
    case .notApproved: nil
    }
  }
}
