internal import AWS
internal import Synchronization

/// What a client knows of how its server takes requests for what follows a key.
struct StartAfterHabits: Sendable {
  /// Whether one was ever answered.
  var isAnswered = false
  /// Whether the server refuses them all and lists by token.
  var isRefused = false
  /// Buckets of which they are denied, as policies may.
  var buckets: Set<String> = []
}

extension S3Client {
  /// Notes that a bucket could be listed by token, after a request for what follows a key had been
  /// refused.
  ///
  /// Unless it was a denial, or the server has answered such a request before, no bucket of this server
  /// need be tried that way again.
  package func noteStartAfterRefused(in bucket: String, isDenied: Bool) {
    state.withLock { state in
      state.startAfter.buckets.insert(bucket)
      if !isDenied, !state.startAfter.isAnswered { state.startAfter.isRefused = true }
    }
  }

  /// Whether to ask for what follows a key in a bucket, as far as is known.
  package func takesStartAfter(in bucket: String) -> Bool {
    state.withLock { !$0.startAfter.isRefused && !$0.startAfter.buckets.contains(bucket) }
  }

  /// Whether requests may fail for what is in them, and not only because the service fails.
  ///
  /// AWS knows every parameter that is sent: there a failure is none of theirs.
  package var mayFailForParameters: Bool { endpoint.custom != nil }
}
