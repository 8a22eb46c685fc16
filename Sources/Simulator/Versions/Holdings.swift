package import Vocabulary

/// One version or delete marker that a bucket holds, in the truth that tests compare with.
package struct SimulatedVersion: Equatable, Sendable {
  package var key: Key
  package var versionID: String
  package var isLatest: Bool
  package var lastModified: Timestamp
  /// Nil for a delete marker.
  package var object: SimulatedObject?
}

extension BucketContents {
  /// Every version and delete marker, in the order of the keys, in a key the newest first.
  ///
  /// Made key by key from whole histories, apart from all that pages, markers and dialects do.
  func versions() -> some Sequence<SimulatedVersion> {
    (0..<keys.count).lazy.flatMap { index in
      let key = keys.key(at: index)
      var history = history(at: index)
      var versions: [SimulatedVersion] = []
      while let entry = history.next() {
        versions.append(
          SimulatedVersion(
            key: key, versionID: String(decoding: id(of: entry, at: index), as: UTF8.self),
            isLatest: versions.isEmpty, lastModified: entry.lastModified,
            object: entry.attributes.map {
              SimulatedObject(key: key, bucket.model.resolved($0))
            }))
      }
      return versions
    }
  }

  /// Every object of a plain listing, in the order of the keys.
  func objects() -> some Sequence<SimulatedObject> {
    (0..<keys.count).lazy.compactMap { index in
      current(at: index).map {
        SimulatedObject(key: keys.key(at: index), bucket.model.resolved($0))
      }
    }
  }

  /// How many there are of each kind, as JSON; every key is looked at.
  func counts() -> String {
    var (objects, versions, markers) = (0, 0, 0)
    for index in 0..<keys.count {
      var history = history(at: index)
      var isLatest = true
      while let entry = history.next() {
        if entry.attributes == nil { markers += 1 } else { versions += 1 }
        if isLatest, entry.attributes != nil { objects += 1 }
        isLatest = false
      }
    }
    return "{\"objects\":\(objects),\"versions\":\(versions),\"markers\":\(markers)}\n"
  }

  /// All of it, a line of JSON for each version, delete marker and upload; keys percent-encoded.
  func holdings() -> ByteBuffer {
    var text = ByteBuffer(capacity: 1 << 16)
    func encoded(_ key: Key) -> String {
      String(decoding: Escaping.uriEncoded(key.bytes, keepsSlash: true), as: UTF8.self)
    }
    for version in versions() {
      text.append(
        "{\"kind\":\"\(version.object == nil ? "marker" : "version")\","
          + "\"key\":\"\(encoded(version.key))\",\"id\":\"\(version.versionID)\","
          + "\"latest\":\(version.isLatest),\"modified\":\"\(version.lastModified.withMilliseconds)\""
      )
      if let object = version.object {
        text.append(
          ",\"size\":\(object.size),\"etag\":\"\(object.etag)\",\"class\":\"\(object.storageClass)\""
        )
      }
      text.append("}\n")
    }
    var index = 0
    while let found = uploads.firstIndex(atOrAfter: index, in: keys) {
      index = found + 1
      let all = uploads.uploads(ofSlot: keys.slot(at: found), night: night, withParts: true)
      for upload in all {
        text.append(
          "{\"kind\":\"upload\",\"key\":\"\(encoded(keys.key(at: found)))\","
            + "\"id\":\"\(String(decoding: upload.id, as: UTF8.self))\","
            + "\"initiated\":\"\(upload.initiated.withMilliseconds)\","
            + "\"class\":\"\(ObjectModel.storageClasses[upload.storageClass])\","
            + "\"parts\":\(upload.parts.count),\"bytes\":\(upload.parts.reduce(0) { $0 + $1.size })}\n"
        )
      }
    }
    return text
  }
}
