import Signing

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A JSON text as a value, for what is written back with everything that was in it.
///
/// Redacted, because caches and answers that hold tokens are read as one.
enum JSONValue: Hashable, Sendable, Redacted {
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  case integer(Int64)
  case number(Double)
  case boolean(Bool)
  case null

  /// Nil for what is not JSON.
  init?(parsing bytes: [UInt8]) {
    // The decoder's errors quote the text, which may be a secret: that it is none is all to say.
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
      return nil
    }
    self = value
  }

  /// The text, keys sorted.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  /// The value under `key`; nil when absent, and for anything but an object.
  ///
  /// Setting one in anything but an object makes an object of it.
  subscript(key: String) -> JSONValue? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[key]
    }
    set {
      var members: [String: JSONValue] = [:]
      if case .object(let present) = self { members = present }
      members[key] = newValue
      self = .object(members)
    }
  }

  var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// Nil for anything but a text, and for an empty one.
  var string: String? {
    guard case .string(let text) = self, !text.isEmpty else { return nil }
    return text
  }

  /// Nil for anything but a whole number.
  var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// A text under `key` that must not be shown.
  func secret(_ key: String) -> Secret? { self[key]?.string.map(Secret.init) }

  /// A time under `key`, in any form.
  func time(_ key: String) -> SigningTime? { self[key]?.string.flatMap(SigningTime.init(written:)) }
}

extension JSONValue: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // Which of the kinds it is can only be found out by trying.
    func attempt<Value: Decodable>(_ type: Value.Type) -> Value? { try? container.decode(type) }
    if container.decodeNil() {
      self = .null
    } else if let value = attempt(Bool.self) {
      self = .boolean(value)
    } else if let value = attempt(Int64.self) {
      self = .integer(value)
    } else if let value = attempt(Double.self) {
      self = .number(value)
    } else if let value = attempt(String.self) {
      self = .string(value)
    } else if let value = attempt([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .object(let members): try container.encode(members)
    case .array(let elements): try container.encode(elements)
    case .string(let text): try container.encode(text)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .boolean(let value): try container.encode(value)
    case .null: try container.encodeNil()
    }
  }
}
