package import Index
package import Vocabulary

/// Where a level is: what its rows lie in.
package enum Place: Hashable, Sendable {
  /// The accounts, or the buckets where there is one account.
  case everything
  case account(AccountPlace)
  /// The keys of a bucket that begin with a prefix.
  case below(BucketAddress, Key)

  /// What a person calls it: `s3://logs/2026/`, bytes as they are.
  package var title: [UInt8] {
    switch self {
    case .everything: Array("everything".utf8)
    case .account(let account): Array("account \(account.label)".utf8)
    case .below(let bucket, let prefix): Array("s3://\(bucket.name)/".utf8) + prefix.bytes
    }
  }

  /// The level that it is a row of, where its bucket is one of `buckets`; nil above buckets.
  package func above(bucketsIn buckets: Place) -> Place? {
    guard case .below(let bucket, let prefix) = self else { return nil }
    guard !prefix.isStart else { return buckets }
    let slash = UInt8(ascii: "/")
    let end = prefix.bytes.dropLast().lastIndex(of: slash).map { $0 + 1 } ?? 0
    return .below(bucket, Key(Array(prefix.bytes[..<end])))
  }
}

/// An account, or what no account is known of on one server.
package struct AccountPlace: Hashable, Sendable {
  /// Its number in the index; nil where none is known.
  package var id: Int64?
  package var endpoint: String
  package var label: String

  package init(id: Int64?, endpoint: String, label: String) {
    self.id = id
    self.endpoint = endpoint
    self.label = label
  }
}
