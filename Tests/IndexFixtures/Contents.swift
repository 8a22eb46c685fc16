package import Vocabulary

/// An object as the tests' models hold it.
package struct ModelObject: Hashable {
  package var size: Int64
  package var lastModified: Timestamp
  package var etag: String
  package var storageClass: String

  package init(
    size: Int64 = 1, lastModified: Timestamp = Timestamp(millisecondsSinceEpoch: 0),
    etag: String = "e", storageClass: String = "STANDARD"
  ) {
    self.size = size
    self.lastModified = lastModified
    self.etag = etag
    self.storageClass = storageClass
  }
}

/// What a bucket holds, or should.
package typealias Contents = [Key: ModelObject]

extension Contents {
  package var classSums: [String: Sum] {
    reduce(into: [:]) { sums, object in
      sums[object.value.storageClass, default: Sum()].objects += 1
      sums[object.value.storageClass, default: Sum()].bytes += object.value.size
    }
  }

  /// The sums of objects under 128 KiB, of every class that has objects.
  package var smallSums: [String: Sum] {
    reduce(into: [:]) { sums, object in
      let isSmall = object.value.size < 131_072
      sums[object.value.storageClass, default: Sum()].objects += isSmall ? 1 : 0
      sums[object.value.storageClass, default: Sum()].bytes += isSmall ? object.value.size : 0
    }
  }

  /// The sums below every prefix of at most `depthMax` slashes.
  package func prefixSums(depthMax: Int = 4) -> [Key: Sum] {
    reduce(into: [:]) { sums, object in
      let key = object.key.bytes
      for end in key.indices.filter({ key[$0] == UInt8(ascii: "/") }).prefix(depthMax) {
        sums[Key(Array(key[...end])), default: Sum()].objects += 1
        sums[Key(Array(key[...end])), default: Sum()].bytes += object.value.size
      }
    }
  }

  package func below(_ prefix: Key) -> Contents {
    filter { $0.key.bytes.starts(with: prefix.bytes) }
  }

  /// The journal of the way from these objects to `new`.
  package func changes(to new: Contents) -> Set<Change> {
    var changes: Set<Change> = []
    for (key, object) in new {
      guard let before = self[key] else {
        changes.insert(Change(key: key, change: "added", before: nil, after: object.size))
        continue
      }
      guard before != object else { continue }
      changes.insert(
        Change(key: key, change: "modified", before: before.size, after: object.size))
    }
    for (key, object) in self where new[key] == nil {
      changes.insert(Change(key: key, change: "removed", before: object.size, after: nil))
    }
    return changes
  }
}

/// A sum over objects, as a rollup row holds it.
package struct Sum: Equatable {
  package var objects: Int64
  package var bytes: Int64

  package init(objects: Int64 = 0, bytes: Int64 = 0) {
    self.objects = objects
    self.bytes = bytes
  }
}

/// One row of the journal.
package struct Change: Hashable {
  package var key: Key
  package var change: String
  package var before: Int64?
  package var after: Int64?

  package init(key: Key, change: String, before: Int64? = nil, after: Int64? = nil) {
    self.key = key
    self.change = change
    self.before = before
    self.after = after
  }
}
