/// What is read from JSON and written as JSON.
package protocol JSONConvertible {
  /// Nil for a document of another shape.
  init?(json: JSONValue)
  var json: JSONValue { get }
}

extension JSONConvertible {
  /// Nil for what is not JSON, too.
  package init?(document: String) {
    guard let json = JSONValue(parsing: Array(document.utf8)) else { return nil }
    self.init(json: json)
  }

  /// On one line, names sorted.
  package var document: String { String(decoding: json.encoded(), as: UTF8.self) }
}

/// A structure that is a JSON object, a field a property.
///
///     mutating func visit(_ fields: inout JSONFields) {
///       fields.visit("status", &status)
///       fields.visit("mfa_delete", &mfaDelete)
///     }
package protocol JSONRecord: JSONConvertible {
  init()
  /// Names each field once, for reading and for writing.
  mutating func visit(_ fields: inout JSONFields)
}

extension JSONRecord {
  package init?(json: JSONValue) {
    guard case .object(let object) = json else { return nil }
    self.init()
    var fields = JSONFields(reading: object)
    visit(&fields)
    guard fields.areUnderstood else { return nil }
  }

  package var json: JSONValue {
    var copy = self
    var fields = JSONFields()
    copy.visit(&fields)
    return .object(fields.written)
  }
}

/// Takes the fields of a record out of a JSON object, or puts them into one.
///
/// A field that is optional may be missing or null, and is left out when it is nil; any other has to be there.
/// Fields that nobody asks for are passed over.
package struct JSONFields {
  private let source: JSONObject?
  fileprivate private(set) var written = JSONObject()
  /// Whether all that was read so far was there, and of its type.
  fileprivate private(set) var areUnderstood = true

  fileprivate init(reading source: JSONObject? = nil) {
    self.source = source
  }

  package mutating func visit(_ name: String, _ value: inout String?) {
    visit(
      name, &value, read: { if case .string(let text) = $0 { text } else { nil } },
      write: { .string($0) })
  }

  package mutating func visit(_ name: String, _ value: inout Int64?) {
    visit(name, &value, read: { $0.integer }, write: { .integer($0) })
  }

  package mutating func visit(_ name: String, _ value: inout Bool?) {
    visit(
      name, &value, read: { if case .boolean(let isTrue) = $0 { isTrue } else { nil } },
      write: { .boolean($0) })
  }

  package mutating func visit(_ name: String, _ value: inout [String]?) {
    visit(
      name, &value,
      read: { json in
        Self.elements(json) { if case .string(let text) = $0 { text } else { nil } }
      }, write: { .array($0.map { .string($0) }) })
  }

  package mutating func visit<Field: JSONConvertible>(_ name: String, _ value: inout Field?) {
    visit(name, &value, read: { Field(json: $0) }, write: { $0.json })
  }

  package mutating func visit<Field: JSONConvertible>(_ name: String, _ value: inout [Field]?) {
    visit(
      name, &value, read: { json in Self.elements(json) { Field(json: $0) } },
      write: { .array($0.map(\.json)) })
  }

  package mutating func visit(_ name: String, _ value: inout String) {
    var field: String? = value
    visit(name, &field)
    require(field, &value)
  }

  package mutating func visit(_ name: String, _ value: inout Bool) {
    var field: Bool? = value
    visit(name, &field)
    require(field, &value)
  }

  package mutating func visit<Field: JSONConvertible>(_ name: String, _ value: inout [Field]) {
    var field: [Field]? = value
    visit(name, &field)
    require(field, &value)
  }

  private mutating func visit<Value>(
    _ name: String, _ value: inout Value?, read: (JSONValue) -> Value?,
    write: (Value) -> JSONValue
  ) {
    guard let source else {
      if let value { written.append(name, write(value)) }
      return
    }
    value = nil
    guard let json = source[name], json != .null else { return }
    value = read(json)
    if value == nil { areUnderstood = false }
  }

  private mutating func require<Value>(_ field: Value?, _ value: inout Value) {
    if let field { value = field } else { areUnderstood = false }
  }

  /// Nil for anything but an array, and when one of its elements is none that can be read.
  private static func elements<Element>(
    _ json: JSONValue, _ read: (JSONValue) -> Element?
  ) -> [Element]? {
    guard case .array(let values) = json else { return nil }
    let elements = values.compactMap(read)
    return elements.count == values.count ? elements : nil
  }
}

/// Names with a text each, such as tags.
extension [String: String]: JSONConvertible {
  package init?(json: JSONValue) {
    guard case .object(let object) = json else { return nil }
    self.init()
    for member in object.members {
      guard case .string(let text) = member.value else { return nil }
      // Of several with one name the first counts.
      if self[member.name] == nil { self[member.name] = text }
    }
  }

  package var json: JSONValue {
    var object = JSONObject()
    for (name, text) in self { object.append(name, .string(text)) }
    return .object(object)
  }
}
