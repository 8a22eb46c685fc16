import Foundation
import Vocabulary

@testable import Simulator

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A LIST answer as a parser that knows nothing of the simulator reads it.
final class ParsedListing: NSObject, XMLParserDelegate {
  private(set) var fields: [String: String] = [:]
  private(set) var objects: [[String: String]] = []
  /// Versions, delete markers, uploads and parts in document order, with their element's name as
  /// `kind`.
  private(set) var entries: [[String: String]] = []
  private(set) var commonPrefixes: [String] = []
  private(set) var names: [String] = []
  private var path: [String] = []
  private var text = ""
  private var object: [String: String] = [:]

  init?(_ xml: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(xml))
    parser.delegate = self
    guard parser.parse() else { return nil }
  }

  var isTruncated: Bool { fields["IsTruncated"] == "true" }

  /// The objects, of a page with `encoding-type=url` when `isURLEncoded`.
  func simulatedObjects(isURLEncoded: Bool) -> [SimulatedObject] {
    objects.map { object in
      let text = object["Key"] ?? ""
      return SimulatedObject(
        key: Key(isURLEncoded ? formDecoded(text) : Array(text.utf8)),
        size: object["Size"].flatMap { Int64($0) } ?? -1,
        etag: (object["ETag"] ?? "").trimmingCharacters(in: ["\""]),
        lastModified: Timestamp(iso8601: object["LastModified"] ?? "")
          ?? Timestamp(millisecondsSinceEpoch: 0),
        storageClass: object["StorageClass"] ?? "")
    }
  }

  private static let elements: Set<String> = [
    "Contents", "Version", "DeleteMarker", "Upload", "Part",
  ]

  /// Versions and delete markers in document order, decoded where keys are URL-encoded.
  func simulatedVersions(isURLEncoded: Bool) -> [SimulatedVersion] {
    entries.map { entry in
      let text = entry["Key"] ?? ""
      let key = Key(isURLEncoded ? formDecoded(text) : Array(text.utf8))
      let time = Timestamp(iso8601: entry["LastModified"] ?? "")
      let lastModified = time ?? Timestamp(millisecondsSinceEpoch: 0)
      let object = SimulatedObject(
        key: key, size: entry["Size"].flatMap { Int64($0) } ?? -1,
        etag: (entry["ETag"] ?? "").trimmingCharacters(in: ["\""]), lastModified: lastModified,
        storageClass: entry["StorageClass"] ?? "")
      return SimulatedVersion(
        key: key, versionID: entry["VersionId"] ?? "", isLatest: entry["IsLatest"] == "true",
        lastModified: lastModified, object: entry["kind"] == "Version" ? object : nil)
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    path.append(name)
    text = ""
    if Self.elements.contains(name) { object = ["kind": name] }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    path.removeLast()
    switch (path.last, name) {
    case (_, "Contents"): objects.append(object)
    case (_, let name) where Self.elements.contains(name): entries.append(object)
    case (let parent?, _) where Self.elements.contains(parent): object[name] = text
    case ("CommonPrefixes", _): commonPrefixes.append(text)
    case ("Bucket", "Name"): names.append(text)
    default: fields[name] = text
    }
    text = ""
  }
}

/// `+` is a space and `%XX` a byte, as encoding-type=url writes them.
func formDecoded(_ text: String) -> [UInt8] {
  percentDecoded(text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
}

func formEncoded(_ bytes: [UInt8]) -> String {
  String(decoding: Escaping.uriEncoded(bytes, keepsSlash: false), as: UTF8.self)
}
