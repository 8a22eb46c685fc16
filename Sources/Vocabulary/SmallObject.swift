/// Objects that are too small for most storage classes.
///
/// STANDARD_IA, ONEZONE_IA and GLACIER_IR bill them as 128 KiB, lifecycle leaves them where they are, and
/// INTELLIGENT_TIERING neither watches nor moves them (AWS, "Understanding your AWS billing and usage
/// reports for Amazon S3"; S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle").
package enum SmallObject {
  /// The first size that is not small: S3 says 128 KB, and counts in KiB.
  package static let sizeMin: Int64 = 128 << 10
}
