import Synchronization
import Vocabulary

/// What faults count by, beside requests of a group.
struct RequestsOfKey: Hashable {
  var group: FaultKind.Group
  /// With its bucket before it.
  var key: [UInt8]
}

// Answers that meet faults.
extension Service {
  /// The right answer to a listing, or what comes of it when a fault is due.
  ///
  /// `wrong` is nil where a fault of pages cannot be.
  func meetingFaults(
    of bucket: SimulatedBucket, _ request: S3Request, right: () -> Answer,
    wrong: (PageFault, UInt64) -> Answer? = { _, _ in nil }
  ) throws(S3Error) -> Answer {
    guard let fault = nextFault(.lists) else { return right() }
    func note() { count(fault) }
    switch fault.kind {
    case .answer(let kind):
      note()
      return try kind.answer(
        to: request, for: bucket, foreignHost: configuration.foreignHost, random: fault.random)
    case .page(let kind):
      guard let answer = wrong(kind, fault.random) else { return right() }
      note()
      return answer
    case .wire(let kind):
      note()
      var answer = right()
      answer.wireFault = (kind, fault.random)
      return answer
    case .body, .write: return right()
    }
  }

  /// What the request that is due meets, if anything; `key` is what its group counts by.
  private func nextFault(_ group: FaultKind.Group, key: [UInt8] = []) -> Fault? {
    guard let plan = faults[group], !plan.isEmpty else { return nil }
    return state.withLock { state in
      state.faultNumbers[group, default: 0] += 1
      guard !state.isHealed else { return nil }
      guard plan.countsKeys else {
        return plan.fault(ofRequest: state.faultNumbers[group, default: 0])
      }
      let place = RequestsOfKey(group: group, key: key)
      state.faultNumbersOfKeys[place, default: 0] += 1
      return plan.fault(
        ofRequest: state.faultNumbers[group, default: 0],
        ofKey: state.faultNumbersOfKeys[place, default: 0])
    }
  }

  private func count(_ fault: Fault) {
    state.withLock { $0.statistics.faults[fault.kind, default: 0] += 1 }
  }
}

// Objects.
extension Service {
  /// The answer to a GET or HEAD of an object.
  func read(_ bucket: SimulatedBucket, _ object: ObjectOperations) throws(S3Error) -> Answer {
    let contents = contents(of: bucket)
    guard object.request.method == "GET" else {
      let found = try object.find(in: contents)
      state.withLock { $0.contents[bucket.name]?.look(at: contents.place(of: found)) }
      return try object.read(in: self.contents(of: bucket)) ?? Answer.impossible
    }
    guard let fault = nextFault(.bodies, key: Array(bucket.name.utf8) + [0] + object.key.bytes),
      case .body(let kind) = fault.kind
    else { return try counted(object.read(in: contents) ?? Answer.impossible) }
    var answer: Answer?
    switch kind {
    case .unavailable, .internalError:
      count(fault)
      throw kind == .unavailable ? .slowDown : .internalError
    case .whole: answer = try object.read(in: contents, fault: .wholeObject)
    case .otherRange: answer = try object.read(in: contents, fault: .otherRange(fault.random))
    case .noContentRange:
      var right = try object.read(in: contents) ?? Answer.impossible
      if right.status == 206 {
        right.headers.removeAll { $0.name == "Content-Range" }
        answer = consume right
      }
    case .cut, .short, .reset, .flip, .slow, .stall:
      var right = try object.read(in: contents) ?? Answer.impossible
      if right.content?.length ?? 0 > 0 {
        right.content?.fault = (kind, fault.random)
        right.content?.slowBytesPerSecond = configuration.objects.slowBytesPerSecond
        answer = consume right
      }
    }
    guard let answer = answer.take() else {
      return try counted(object.read(in: contents) ?? Answer.impossible)
    }
    count(fault)
    return counted(answer)
  }

  /// Notes how many bytes are on their way.
  private func counted(_ answer: consuming Answer) -> Answer {
    let bytes = answer.content?.announcedLength ?? 0
    state.withLock {
      $0.statistics.bodies += 1
      $0.statistics.bodyBytes += Int(bytes)
    }
    return answer
  }

  /// Changes what a bucket holds.
  func write(
    _ operation: SimulatorStatistics.Operation, to bucket: SimulatedBucket,
    _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard operation != .putBucketVersioning,
      let fault = nextFault(.writes, key: Array(bucket.name.utf8) + [0] + object.key.bytes),
      case .write(let kind) = fault.kind
    else { return try done(operation, to: bucket, object) }
    switch kind {
    case .unavailable, .internalError:
      count(fault)
      throw kind == .unavailable ? .slowDown : .internalError
    case .errorIn200:
      guard operation.maySayErrorIn200 else { break }
      count(fault)
      return Answer(status: 200, body: S3Error.internalError.document(resource: [], requestID: "0"))
    case .lost, .unsent:
      count(fault)
      var answer =
        kind == .lost
        ? try done(operation, to: bucket, object) : Answer(status: 200, body: ByteBuffer())
      answer.isLost = true
      return answer
    }
    return try done(operation, to: bucket, object)
  }

  private func done(
    _ operation: SimulatorStatistics.Operation, to bucket: SimulatedBucket,
    _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    let source = operation.copies ? try read(object, isPart: operation == .uploadPartCopy) : nil
    return try state.withLock { state throws(S3Error) in
      let empty = BucketContents(of: bucket, night: state.night)
      guard let (source, copied) = source else {
        return try object.write(operation, to: &state.contents[bucket.name, default: empty])
      }
      return operation == .copyObject
        ? try object.copy(source, copied, in: &state.contents[bucket.name, default: empty])
        : try object.copyPart(copied, in: &state.contents[bucket.name, default: empty])
    }
  }

  /// The source of a copy, read while others may write.
  private func read(
    _ object: ObjectOperations, isPart: Bool
  ) throws(S3Error) -> (CopySource, CopiedContent) {
    guard let source = object.request.header("x-amz-copy-source").flatMap({ CopySource($0) }) else {
      throw S3Error(
        .invalidArgument,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    }
    guard let bucket = buckets[source.bucket] else { throw .noSuchBucket(source.bucket) }
    guard !bucket.isDenied else { throw .accessDenied }
    return (source, try object.copied(source, in: contents(of: bucket), isPart: isPart))
  }
}
