import Vocabulary

/// The body of DeleteObjects: what is to be deleted.
struct DeleteObjectsBody {
  struct Object: Equatable {
    var key: [UInt8]
    /// Nil: the current version.
    var versionID: [UInt8]?
  }

  /// In one request (API Reference, "DeleteObjects").
  static let objectsMax = 1_000

  let objects: [Object]
  /// Whether the answer tells of errors alone.
  let isQuiet: Bool

  init(_ body: [UInt8]) throws(S3Error) {
    let text = String(decoding: body, as: UTF8.self)
    objects = text.components(between: "<Object>", and: "</Object>").compactMap { object in
      guard let key = object.components(between: "<Key>", and: "</Key>").first else { return nil }
      let id = object.components(between: "<VersionId>", and: "</VersionId>").first
      return Object(key: unescapedXML(key), versionID: id.map { unescapedXML($0) })
    }
    isQuiet = text.contains("<Quiet>true</Quiet>")
    guard (1...Self.objectsMax).contains(objects.count) else { throw .malformedXML }
  }
}

extension ObjectOperations {
  /// DeleteObjects.
  func deleteMany(in contents: inout BucketContents) throws(S3Error) -> Answer {
    let body = try DeleteObjectsBody(request.body)
    var xml = ByteBuffer(S3XML.declaration)
    xml.append("<DeleteResult xmlns=\"\(S3XML.namespace)\">")
    for object in body.objects {
      let key = Key(object.key)
      let deleted: WrittenVersion?
      if let id = object.versionID {
        deleted = contents.deleteVersion(id, of: key)
      } else {
        deleted = contents.delete(key, at: now, asMoto: dialect == .moto)
      }
      guard !body.isQuiet else { continue }
      xml.append("<Deleted>")
      xml.appendElement("Key", object.key)
      if let id = object.versionID { xml.appendElement("VersionId", id) }
      if let deleted, deleted.isMarker {
        xml.append("<DeleteMarker>true</DeleteMarker>")
        xml.appendElement("DeleteMarkerVersionId", deleted.id)
      }
      xml.append("</Deleted>")
    }
    xml.append("</DeleteResult>")
    return Answer(status: 200, body: xml)
  }
}
