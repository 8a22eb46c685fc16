internal import S3
internal import Vocabulary

extension ObjectCopy {
  /// Finds out what is to be done about one version, with as few questions as possible.
  struct Decision: Sendable {
    let copy: ObjectCopy
    let wish: CopyPlan.Wish

    private var entry: ManifestEntry { wish.entry }
    private var client: S3Client { copy.client }
    private var options: CopyOptions { copy.options }
    private var isNull: Bool { entry.versionID == ObjectPage.idOfNone }
    private var listedETag: String? { entry.etag.map(unquotedETag) }
    /// Whether a version is to come back over its own key.
    private var isInPlace: Bool {
      wish.source.bucket == wish.target.bucket && wish.source.key == wish.target.key
    }

    /// - Throws: `KeyRefusal`, `RestoreFailure`, `S3Error`.
    func find() async throws -> Step {
      let length = wish.target.key.bytes.count
      guard (1...CopyOptions.keyBytesMax).contains(length) else {
        throw length == 0 ? KeyRefusal.emptyComponent : KeyRefusal.longTargetKey(bytes: length)
      }
      if isRecorded(wish.seen, etag: listedETag) || isItself(wish.seen) {
        return .nothing(.skipped(bytes: entry.size ?? wish.seen.size ?? 0), record: nil)
      }
      var there = wish.seen
      if mayBeRight(there) {
        there = try await client.current(wish.target).map { .looked($0) } ?? .absent
        if let step = try step(itself: there) { return step }
      }
      if case .looked = there, isRecorded(there, etag: listedETag) {
        return .nothing(.skipped(bytes: entry.size ?? there.size ?? 0), record: nil)
      }
      let source = try await source(comparedTo: there)
      if let head = source.head, case .looked(let found) = there {
        if isRecorded(there, etag: source.etag) {
          return .nothing(.skipped(bytes: entry.size ?? there.size ?? 0), record: nil)
        }
        if case .same(let check) = ContentComparison(head, found), head.metadata == found.metadata {
          return .nothing(
            .found(bytes: source.size, check: check), record: record(of: found, source))
        }
      }
      guard !options.isCheck else { throw difference(source, there) }
      return try await step(source, over: there)
    }

    /// Whether the target has what an earlier restore put there for this version.
    private func isRecorded(_ there: TargetObject, etag: String?) -> Bool {
      guard let record = wish.record, record.isOf(wish.source, etag: etag),
        let found = there.etag
      else { return false }
      return record.isAbout(
        etag: found, modifiedSeconds: there.modifiedSeconds, versionID: there.versionID)
    }

    /// Whether what a listing shows is the version that is wanted, itself.
    private func isItself(_ seen: TargetObject) -> Bool {
      guard isInPlace, let etag = listedETag, !etag.isEmpty, let modified = entry.lastModified
      else { return false }
      return seen.etag == etag && seen.modifiedSeconds == modified.wholeSeconds
        && (entry.size == nil || entry.size == seen.size)
    }

    /// Whether a look at the target may show that nothing is to be done.
    private func mayBeRight(_ there: TargetObject) -> Bool {
      switch there {
      case .absent, .looked: false
      case .unknown: true
      case .listed(_, let size, _): entry.size == nil || entry.size == size
      }
    }

    /// What follows where the target holds the very version; nil where it holds another.
    private func step(itself there: TargetObject) throws -> Step? {
      guard isInPlace, case .looked(let head) = there,
        (head.versionID ?? ObjectPage.idOfNone) == entry.versionID
      else { return nil }
      let etag = unquotedETag(head.etag ?? "")
      if let listedETag, isNull, etag != listedETag { throw RestoreFailure.overwritten }
      return .nothing(.skipped(bytes: entry.size ?? there.size ?? 0), record: record(of: head, nil))
    }

    private func record(of found: ObjectHead, _ source: Source?) -> CopyRecord {
      let etag = unquotedETag(found.etag ?? "")
      return CopyRecord(
        source: wish.source, sourceETag: source?.etag ?? etag, etag: etag,
        modifiedSeconds: found.lastModified?.wholeSeconds, versionID: found.versionID)
    }

    // MARK: - The source

    /// What is known of the version, from the manifest if that says enough.
    private func source(comparedTo there: TargetObject) async throws -> Source {
      var isCompared = false
      if case .looked(let found) = there {
        isCompared = entry.size == nil || entry.size == found.size
      }
      if !isCompared, let size = entry.size, let storageClass = entry.storageClass,
        Archive(storageClass: storageClass, tier: nil) == nil, size < options.partedBytesMin,
        let etag = listedETag,
        !etag.contains("-"), !(isNull && !client.isAWS),
        // Nothing but HEAD tells a rehearsal of the archive tiers; a copy is refused there.
        !(options.isDryRun && storageClass == Archive.tieringClass)
      {
        return Source(size: size, etag: etag, storageClass: classToAsk(storageClass), head: nil)
      }
      let head = try await look()
      let etag = unquotedETag(head.etag ?? "")
      if let listedETag, isNull, etag != listedETag { throw RestoreFailure.overwritten }
      guard let size = head.size ?? entry.size else {
        throw RestoreFailure(.service, "the service does not say how long it is")
      }
      return Source(
        size: size, etag: etag, storageClass: classToAsk(head.storageClass), head: head)
    }

    private func look() async throws -> ObjectHead {
      let head = try await client.head(ofSource: wish.source)
      if head["x-amz-server-side-encryption-customer-algorithm"] != nil {
        throw KeyRefusal.customerKey
      }
      return head
    }

    private func classToAsk(_ name: String) -> String? {
      if let asked = options.storageClass { return asked }
      // Classes that no request can ask for: of directory buckets, and of Outposts.
      return ["STANDARD", "", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW"].contains(name) ? nil : name
    }

    // MARK: - The copy

    private func difference(_ source: Source, _ there: TargetObject) -> RestoreFailure {
      switch there {
      case .absent: RestoreFailure(.missingFile, "there is no such object in the target")
      case .looked(let found) where source.head.map { ContentComparison($0, found) } == .unknown:
        RestoreFailure(.differentFile, "nothing tells whether the target has the same bytes")
      case .looked(let found)
      where source.head.map { ContentComparison($0, found) != .different } ?? false:
        RestoreFailure(.differentFile, "the target has other metadata")
      default: RestoreFailure(.differentFile, "the target has other bytes")
      }
    }

    private func step(_ source: Source, over there: TargetObject) async throws -> Step {
      if let head = source.head, let archive = head.archive {
        switch head.thaw {
        case .ready: break
        case .underWay: return .nothing(.archived(archive, .underWay), record: nil)
        case nil: return .nothing(.archived(archive, .archived), record: nil)
        }
      }
      let own = try await ownPartBytes(source)
      guard source.size >= options.partedBytesMin || own != nil else {
        return .copy(source, over: there)
      }
      var withHead = source
      if withHead.head == nil { withHead.head = try await look() }
      return .parted(
        withHead,
        partBytes: PartSizes.forCopy(
          size: source.size,
          asked: own == nil || !options.requiresVerified && source.size >= options.partedBytesMin
            ? options.partBytes : nil,
          own: own),
        over: there)
    }

    /// The size of the source's parts, where a copy has to have the same: its ETag would be another, and
    /// nothing else would show that it is right.
    private func ownPartBytes(_ source: Source) async throws -> Int64? {
      guard let etag = source.etag, let dash = etag.lastIndex(of: "-"),
        let count = Int(etag[etag.index(after: dash)...]), count > 0,
        source.head?.hasWholeChecksum != true
      else { return nil }
      let first = try await client.headObject(wish.source, part: 1)
      return PartSizes.own(of: first, count: count, size: source.size)
    }
  }
}
