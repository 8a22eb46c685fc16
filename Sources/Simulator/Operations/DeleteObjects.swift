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
      return Object(key: Self.unescaped(key), versionID: id.map { Self.unescaped($0) })
    }
    isQuiet = text.contains("<Quiet>true</Quiet>")
    guard (1...Self.objectsMax).contains(objects.count) else { throw .malformedXML }
  }

  /// References resolved: the five of XML and those by number.
  private static func unescaped(_ text: Substring) -> [UInt8] {
    var parts = text.split(separator: "&", omittingEmptySubsequences: false)[...]
    var bytes = Array((parts.popFirst() ?? "").utf8)
    for part in parts {
      let name = part.prefix { $0 != ";" }
      guard name.endIndex < part.endIndex, let resolved = character(of: name) else {
        bytes += Array("&\(part)".utf8)
        continue
      }
      bytes += Array(String(resolved).utf8) + Array(part[name.endIndex...].dropFirst().utf8)
    }
    return bytes
  }

  private static func character(of name: Substring) -> Character? {
    let named: [Substring: Character] = [
      "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
    ]
    if let character = named[name] { return character }
    let number =
      name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1))
    guard name.hasPrefix("#"), let number else { return nil }
    return Unicode.Scalar(number).map { Character($0) }
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
