internal import Index
internal import Vocabulary

/// A metric that every bucket has, and how its samples are made of what is known of one.
struct BucketFamily: Sendable {
  let family: MetricFamily
  let write: @Sendable (BucketFigures, inout Exposition) -> Void

  private init(
    _ name: String, _ help: String,
    _ write: @escaping @Sendable (BucketFigures, inout Exposition) -> Void
  ) {
    family = MetricFamily(name, help)
    self.write = write
  }

  /// In the order in which they are written.
  static let all = sizes + others + freshness

  private static let sizes = [
    BucketFamily(
      "s3audit_bucket_info", "A bucket of the index, with its region."
    ) { bucket, text in
      text.add(1, bucket.labels.adding("region", bucket.region))
    },
    BucketFamily(
      "s3audit_bucket_bytes", "Bytes of the current objects of a bucket in one storage class."
    ) { bucket, text in
      for one in bucket.classes { text.add(one.usage.bytes, one.labels) }
    },
    BucketFamily(
      "s3audit_bucket_objects", "Current objects of a bucket in one storage class."
    ) { bucket, text in
      for one in bucket.classes { text.add(one.usage.objects, one.labels) }
    },
    BucketFamily(
      "s3audit_bucket_monthly_cost_dollars",
      "What a month of everything stored in one class costs in US dollars, where it is known exactly."
    ) { bucket, text in
      for one in bucket.classes {
        if let dollars = one.dollars { text.add(dollars, one.labels) }
      }
    },
    BucketFamily(
      "s3audit_bucket_unpriced_bytes", "Bytes of a bucket of which it is not known what they cost."
    ) { bucket, text in
      if let bytes = bucket.unpricedBytes { text.add(bytes, bucket.labels) }
    },
  ]

  private static let others = [
    BucketFamily(
      "s3audit_bucket_noncurrent_bytes", "Bytes of the noncurrent versions of a bucket."
    ) { bucket, text in
      if let noncurrent = bucket.noncurrent { text.add(noncurrent.usage.bytes, bucket.labels) }
    },
    BucketFamily(
      "s3audit_bucket_noncurrent_versions", "Noncurrent versions of a bucket."
    ) { bucket, text in
      if let noncurrent = bucket.noncurrent { text.add(noncurrent.usage.objects, bucket.labels) }
    },
    BucketFamily(
      "s3audit_bucket_delete_markers", "Delete markers of a bucket."
    ) { bucket, text in
      if let markers = bucket.noncurrent?.markers { text.add(markers, bucket.labels) }
    },
    BucketFamily(
      "s3audit_bucket_upload_bytes", "Bytes of the parts of unfinished uploads of a bucket."
    ) { bucket, text in
      if let bytes = bucket.uploads?.bytes { text.add(bytes, bucket.labels) }
    },
    BucketFamily(
      "s3audit_bucket_uploads", "Unfinished multipart uploads of a bucket."
    ) { bucket, text in
      if let uploads = bucket.uploads { text.add(uploads.count, bucket.labels) }
    },
    BucketFamily(
      "s3audit_bucket_changed_objects",
      "Objects that the last sync which listed a bucket to its end found changed."
    ) { bucket, text in
      guard let changes = bucket.changes else { return }
      text.add(changes.added, bucket.labels.adding("change", "added"))
      text.add(changes.changed, bucket.labels.adding("change", "modified"))
      text.add(changes.removed, bucket.labels.adding("change", "removed"))
    },
  ]

  private static let freshness = [
    BucketFamily(
      "s3audit_bucket_last_modified_timestamp_seconds",
      "When the newest object of a bucket was last modified."
    ) { bucket, text in
      guard let moment = bucket.newestObject else { return }
      text.add(milliseconds: moment.millisecondsSinceEpoch, bucket.labels)
    },
    BucketFamily(
      "s3audit_bucket_synced_timestamp_seconds",
      "When the last listing of a whole bucket that came to its end began."
    ) { bucket, text in
      guard let moment = bucket.synced else { return }
      text.add(milliseconds: moment.millisecondsSinceEpoch, bucket.labels)
    },
    BucketFamily(
      "s3audit_bucket_complete", "Whether the index has all of a bucket, as of its last listing."
    ) { bucket, text in
      text.add(bucket.state == .complete, bucket.labels)
    },
    BucketFamily(
      "s3audit_bucket_denied", "Whether the last listing of a bucket was denied."
    ) { bucket, text in
      text.add(bucket.state == .denied, bucket.labels)
    },
  ]
}

extension MetricFamily {
  /// A gauge.
  init(_ name: String, _ help: String) { self.init(name, .gauge, help) }
}
