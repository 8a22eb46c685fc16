import Vocabulary

// Listings of directory buckets (S3 User Guide, "Differences for directory buckets").

extension ListRequest {
  /// Refuses what directory buckets do not know.
  func checkRulesOfDirectories() throws(S3Error) {
    guard version == .two, startAfter.isEmpty, delimiter.isEmpty else { throw .notImplemented }
    guard prefix.isEmpty || prefix.last == UInt8(ascii: "/") else {
      throw S3Error(.invalidArgument, "The prefix of a directory bucket ends in a slash.")
    }
    guard token == nil || place != nil else {
      throw S3Error(.invalidArgument, "The continuation token provided is incorrect")
    }
  }

  /// The place in the listing that the token names.
  fileprivate var place: Int? {
    token.flatMap { Int(String(decoding: $0.last, as: UTF8.self)) }.flatMap { $0 >= 0 ? $0 : nil }
  }
}

extension ListPage {
  /// A page in an order that is the same every time and not that of the keys.
  init(ofDirectory bucket: borrowing BucketContents, for request: ListRequest) {
    self.init(keysMax: request.keysMax)
    let keys = bucket.keys
    let first = keys.firstIndex(atOrAfter: Key(request.prefix))
    let end = Key(request.prefix).prefixUpperBound.map { keys.firstIndex(atOrAfter: $0) }
    let count = (end ?? keys.count) - first
    let step = Self.step(through: count)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: KeySpace.scratchBytes) { scratch in
      guard let key = scratch.baseAddress else { return }
      for place in min(request.place ?? 0, count)..<count {
        let index = first + count.dividingFullWidth(place.multipliedFullWidth(by: step)).remainder
        guard let attributes = bucket.current(at: index) else { continue }
        if objectCount == request.keysMax {
          next = ContinuationToken(after: Array(String(place).utf8), isCommonPrefix: false)
          return
        }
        append(
          UnsafeBufferPointer(start: key, count: keys.write(at: index, to: key)),
          bucket.bucket.model.resolved(attributes), request, isPlain: keys.isPlain)
      }
    }
  }

  /// A step that visits every one of `count` slots once, far from its neighbours.
  private static func step(through count: Int) -> Int {
    var step = max(1, Int(Double(count) * 0.618))
    while greatestCommonDivisor(step, count) > 1 { step += 1 }
    return step
  }

  private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : greatestCommonDivisor(right, left % right)
  }
}
