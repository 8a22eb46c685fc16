package import Vocabulary

/// The properties of one bucket, by name; those that were never read are absent.
package typealias BucketProperties = [BucketProperty.Name: BucketProperty]
