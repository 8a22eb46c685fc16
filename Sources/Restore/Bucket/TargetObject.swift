internal import S3
internal import Vocabulary

/// What a key of the target holds now, as far as anybody has looked.
enum TargetObject: Sendable {
  /// Nobody has looked.
  case unknown
  /// Nothing, or a delete marker.
  case absent
  /// What a listing shows; the ETag has no quotes.
  case listed(etag: String, size: Int64, modified: Timestamp)
  case looked(ObjectHead)

  var etag: String? {
    switch self {
    case .unknown, .absent: nil
    case .listed(let etag, _, _): etag
    case .looked(let head): unquotedETag(head.etag ?? "")
    }
  }

  var size: Int64? {
    switch self {
    case .unknown, .absent: nil
    case .listed(_, let size, _): size
    case .looked(let head): head.size
    }
  }

  var modifiedSeconds: Int64? {
    switch self {
    case .unknown, .absent: nil
    case .listed(_, _, let modified): modified.wholeSeconds
    case .looked(let head): head.lastModified?.wholeSeconds
    }
  }

  var versionID: String? {
    if case .looked(let head) = self { head.versionID } else { nil }
  }

  /// Whether `head` is of something that was written since.
  func isBefore(_ head: ObjectHead) -> Bool {
    switch self {
    case .unknown: false
    case .absent: true
    case .listed, .looked:
      if let versionID, let found = head.versionID {
        versionID != found
      } else {
        etag != unquotedETag(head.etag ?? "") || modifiedSeconds != head.lastModified?.wholeSeconds
      }
    }
  }

  /// What may be written over in its place, and nothing else.
  var replaced: CopyDirections.Replaced {
    switch self {
    case .unknown: .anything
    case .absent: .nothing
    case .listed, .looked: etag.flatMap { $0.isEmpty ? nil : .etag($0) } ?? .anything
    }
  }
}

extension Timestamp {
  /// Headers know no fractions.
  var wholeSeconds: Int64 { millisecondsSinceEpoch / 1_000 }
}

/// Whether two objects have the same bytes, by what the service knows of both.
enum ContentComparison: Equatable {
  /// By this check.
  case same(String)
  case different
  /// Nothing that is known of both tells.
  case unknown

  init(_ first: ObjectHead, _ second: ObjectHead) {
    if let one = first.size, let other = second.size, one != other {
      self = .different
      return
    }
    let checks = (ContentFacts { first[$0] }).checks
    let others = (ContentFacts { second[$0] }).checks
    if let common = checks.first(where: { $0.tellsOfObject && others.contains($0) }) {
      self = .same(common.name)
      return
    }
    let isOther = checks.contains { check in
      guard case .whole(let function, let value) = check else { return false }
      return others.contains { other in
        if case .whole(function, let otherValue) = other { otherValue != value } else { false }
      }
    }
    self = isOther ? .different : .unknown
  }
}

extension ContentCheck {
  /// What some program wrote beside an object is copied with it, whatever the bytes are.
  fileprivate var tellsOfObject: Bool {
    if case .stated = self { false } else { true }
  }
}
