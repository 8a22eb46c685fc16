import Vocabulary

/// The incomplete uploads of a bucket at a moment: those that follow from the seed, without those
/// that requests have ended, and those that requests have begun.
struct UploadLedger: Sendable {
  private let model: UploadModel
  /// By the slot of their key, oldest first; ended ones stay, so that a marker finds its place.
  private var begun: [Int: [SimulatedUpload]] = [:]
  private var begunCount = 0
  /// By the id of the upload and the number of the part.
  private var uploaded: [[UInt8]: [Int: UploadedPart]] = [:]
  /// What the object is to be, by the id of the upload.
  private var heads: [[UInt8]: UploadHead] = [:]
  /// Ids of uploads that a request has completed or aborted.
  private var ended: Set<[UInt8]> = []

  init(_ model: UploadModel) {
    self.model = model
  }

  /// The first index at or after `index` whose key has an upload, ended or not; nil when none has.
  func firstIndex(atOrAfter index: Int, in keys: BucketKeys) -> Int? {
    var candidates = begun.keys.map { keys.index(ofSlot: $0) }.filter { $0 >= index }
    var low = 0
    var high = model.count
    while low < high {
      let middle = (low + high) / 2
      if keys.index(ofSlot: model.slot(ofPlace: middle)) >= index {
        high = middle
      } else {
        low = middle + 1
      }
    }
    if low < model.count { candidates.append(keys.index(ofSlot: model.slot(ofPlace: low))) }
    return candidates.min()
  }

  /// The uploads of a key, in no order.
  func uploads(ofSlot slot: Int, night: Int, withParts: Bool) -> [SimulatedUpload] {
    var found: [SimulatedUpload] = []
    var place = model.firstPlace(atOrAfterSlot: slot)
    while place < model.count, model.slot(ofPlace: place) == slot {
      let generation = model.generation(ofPlace: place, night: night)
      found.append(model.upload(place: place, generation: generation, withParts: withParts))
      place += 1
    }
    return (found + (begun[slot] ?? [])).filter { !ended.contains($0.id) }
  }

  /// When an upload of a key was begun, even one that has ended; nil for an id that is not the key's.
  func initiated(ofID id: [UInt8], slot: Int) -> Timestamp? {
    if let (place, generation) = model.origin(ofID: id), model.slot(ofPlace: place) == slot {
      return model.upload(place: place, generation: generation, withParts: false).initiated
    }
    return begun[slot]?.first { $0.id == id }?.initiated
  }

  /// Begins an upload; returns its id.
  mutating func begin(
    slot: Int, storageClass: Int, _ head: UploadHead, at time: Timestamp
  ) -> [UInt8] {
    begunCount += 1
    let id = OpaqueID.text(1 << 63 | UInt64(begunCount), of: model.owner)
    heads[id] = head
    begun[slot, default: []].append(
      SimulatedUpload(id: id, initiated: time, storageClass: storageClass, parts: []))
    return id
  }

  /// Adds a part to an upload that a request has begun, or replaces it; false for other uploads.
  mutating func add(
    _ part: UploadedPart, as number: Int, to id: [UInt8], slot: Int, at time: Timestamp
  ) -> Bool {
    guard !ended.contains(id), let place = begun[slot]?.firstIndex(where: { $0.id == id }) else {
      return false
    }
    uploaded[id, default: [:]][number] = part
    var parts = begun[slot]?[place].parts ?? []
    parts.removeAll { $0.number == number }
    parts.insert(
      SimulatedUpload.Part(
        number: number, size: part.content.count, etag: part.etag, lastModified: time),
      at: parts.firstIndex { $0.number > number } ?? parts.count)
    begun[slot]?[place].parts = parts
    return true
  }

  /// What requests have uploaded, by the number of the part.
  func uploaded(to id: [UInt8]) -> [Int: UploadedPart] { uploaded[id] ?? [:] }

  /// What a request has said of the object; nothing of uploads that none has begun.
  func head(of id: [UInt8]) -> UploadHead { heads[id] ?? UploadHead() }

  /// Completes or aborts an upload, which is gone then.
  mutating func end(_ id: [UInt8]) {
    ended.insert(id)
    uploaded[id] = nil
    heads[id] = nil
  }
}
