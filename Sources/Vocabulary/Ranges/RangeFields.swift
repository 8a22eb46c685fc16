/// The fields of a line of a plan, or of a receipt, each of its type.
package struct RangeFields: Sendable {
  private let object: JSONObject

  /// What is wrong with a line.
  package enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
    case noObject
    case missing(String)
    /// A field is not of its type, or a text that cannot be read.
    case unreadable(String)
    case repeated(String)

    package var description: String {
      switch self {
      case .noObject: "it is no JSON object"
      case .missing(let name): "it has no '\(name)'"
      case .unreadable(let name): "its '\(name)' cannot be read"
      case .repeated(let name): "it has '\(name)' twice"
      }
    }
  }

  package init(parsing line: [UInt8]) throws(Fault) {
    guard case .object(let object) = JSONValue(parsing: line) else { throw .noObject }
    self.object = object
    var seen: Set<String> = []
    for member in object.members where !seen.insert(member.name).inserted {
      throw .repeated(member.name)
    }
  }

  /// Whether it says what was listed, and not only what is to be.
  package var isReceipt: Bool { Self.namesOfReceipts.contains { object[$0] != nil } }

  private static let namesOfReceipts = ["bytes", "first", "last", "next", "started", "finished"]

  func bucket() throws(Fault) -> String { try text("bucket") }

  func prefix() throws(Fault) -> Key {
    guard object["prefix"] != nil else { return .start }
    return try keyIfAny("prefix") ?? .start
  }

  func range() throws(Fault) -> KeyRange {
    let text = try text("range")
    do throws(KeyRange.Fault) {
      return try KeyRange(written: text)
    } catch {
      throw .unreadable("range")
    }
  }

  func text(_ name: String) throws(Fault) -> String {
    guard let text = try textIfAny(name) else { throw .missing(name) }
    return text
  }

  func textIfAny(_ name: String) throws(Fault) -> String? {
    switch object[name] {
    case nil, .null: return nil
    case .string(let text) where !text.isEmpty: return text
    default: throw .unreadable(name)
    }
  }

  /// A key that has to be named, and may be null.
  func keyIfAny(_ name: String) throws(Fault) -> Key? {
    guard object[name] != nil else { throw .missing(name) }
    guard let text = try textIfAny(name) else { return nil }
    do throws(KeyRange.Fault) {
      return try Key(percentEncoded: text.utf8)
    } catch {
      throw .unreadable(name)
    }
  }

  func count(_ name: String) throws(Fault) -> Int64 {
    guard let count = try countIfAny(name) else { throw .missing(name) }
    return count
  }

  func countIfAny(_ name: String) throws(Fault) -> Int64? {
    guard let value = object[name], value != .null else { return nil }
    guard let count = value.integer, count >= 0 else { throw .unreadable(name) }
    return count
  }

  /// Whether it says so; what it does not name is not so.
  func flag(_ name: String) throws(Fault) -> Bool {
    switch object[name] {
    case nil: return false
    case .boolean(let isSo): return isSo
    default: throw .unreadable(name)
    }
  }

  func time(_ name: String) throws(Fault) -> Timestamp {
    guard let time = Timestamp(iso8601: try text(name)) else { throw .unreadable(name) }
    return time
  }
}
