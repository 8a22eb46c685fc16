/// What a crawl lists of a bucket.
package enum ListingKind: Sendable {
  /// Its objects: ListObjectsV2.
  case objects
  /// Its versions and delete markers, the current versions among them: ListObjectVersions.
  case versions
}
