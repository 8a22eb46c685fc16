/// A JSON text (RFC 8259) as a value, for what is looked up in any order, or written back with all that was in it.
///
/// Numbers are kept as they were written, as no type of Swift's holds all of them.
package enum JSONValue: Equatable, Sendable {
  case object(JSONObject)
  case array([JSONValue])
  case string(String)
  case number(String)
  case boolean(Bool)
  case null

  package static func integer(_ value: Int64) -> JSONValue { .number(String(value)) }

  /// Nil for what is not JSON; `JSONReader` tells why.
  package init?(parsing bytes: [UInt8]) {
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      self = try reader.value()
      try reader.finish()
    } catch {
      return nil
    }
  }

  /// The text on one line, the names of an object sorted; of members with one name the first.
  package func encoded() -> [UInt8] {
    var text: [UInt8] = []
    append(to: &text)
    return text
  }

  private func append(to text: inout [UInt8]) {
    switch self {
    case .object(let object):
      text.append(UInt8(ascii: "{"))
      for (place, member) in object.sortedMembers.enumerated() {
        if place > 0 { text.append(UInt8(ascii: ",")) }
        member.name.withBytes { text.appendJSONString($0) }
        text.append(UInt8(ascii: ":"))
        member.value.append(to: &text)
      }
      text.append(UInt8(ascii: "}"))
    case .array(let elements):
      text.append(UInt8(ascii: "["))
      for (place, element) in elements.enumerated() {
        if place > 0 { text.append(UInt8(ascii: ",")) }
        element.append(to: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .string(let string): string.withBytes { text.appendJSONString($0) }
    case .number(let digits): text += digits.utf8
    case .boolean(let isTrue): text += (isTrue ? "true" : "false").utf8
    case .null: text += "null".utf8
    }
  }

  /// The value under `name`; nil when absent, and for anything but an object.
  ///
  /// Setting one in anything but an object makes an object of it.
  package subscript(name: String) -> JSONValue? {
    get {
      guard case .object(let object) = self else { return nil }
      return object[name]
    }
    set {
      var object = JSONObject()
      if case .object(let present) = self { object = present }
      object[name] = newValue
      self = .object(object)
    }
  }

  package var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// Nil for anything but a text, and for an empty one.
  package var string: String? {
    guard case .string(let text) = self, !text.isEmpty else { return nil }
    return text
  }

  /// Nil for anything but an array.
  package var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// Nil for anything but a whole number, however it is written: `5`, `5.0`, `0.5e1`.
  package var integer: Int64? {
    guard case .number(let digits) = self else { return nil }
    return Int64(digits) ?? Double(digits).flatMap { Int64(exactly: $0) }
  }
}

/// The members of a JSON object in their order, all of them; looked up, the first of a name counts.
package struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  package struct Member: Equatable, Sendable {
    package var name: String
    package var value: JSONValue
  }

  package private(set) var members: [Member] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { Member(name: $0.0, value: $0.1) }
  }

  package mutating func append(_ name: String, _ value: JSONValue) {
    members.append(Member(name: name, value: value))
  }

  package subscript(name: String) -> JSONValue? {
    get { members.first { $0.name == name }?.value }
    set {
      let place = members.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?): append(name, value)
      case (_, nil): members.removeAll { $0.name == name }
      }
    }
  }

  fileprivate var sortedMembers: [Member] {
    var seen: Set<String> = []
    return members.filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }
  }
}

extension JSONReader {
  /// The next value with all that is in it.
  package mutating func value() throws(JSONError) -> JSONValue {
    switch try kind() {
    case .object:
      try beginObject()
      var object = JSONObject()
      while let name = try nextName() { object.append(name, try value()) }
      return .object(object)
    case .array:
      try beginArray()
      var elements: [JSONValue] = []
      while try nextElement() { elements.append(try value()) }
      return .array(elements)
    case .string: return .string(try string())
    case .number: return .number(try number())
    case .boolean: return .boolean(try boolean())
    case .null:
      try null()
      return .null
    }
  }
}
