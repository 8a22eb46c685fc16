import Testing
import Vocabulary

@Suite struct JSONValueTests {
  private func parsed(_ text: String) throws -> JSONValue {
    try #require(JSONValue(parsing: Array(text.utf8)))
  }

  @Test(arguments: [
    ("{ \"b\" : 1, \"a\" : [ ] }", "{\"a\":[],\"b\":1}"), ("[1.50, -0, 1E400]", "[1.50,-0,1E400]"),
    (#""\u0000\u001f\u007f\/\"\\\n\r\t""#, "\"\\u0000\\u001f\u{7F}/\\\"\\\\\\n\\r\\t\""),
    (#"{"é":"\ud83d\ude00"}"#, #"{"é":"😀"}"#), ("true", "true"), ("[null,false]", "[null,false]"),
    ("{}", "{}"), ("\"\"", "\"\""), ("{\"a\":{\"c\":1,\"b\":2}}", "{\"a\":{\"b\":2,\"c\":1}}"),
    // The first of a name counts, as it does when it is looked up.
    (#"{"a":1,"b":2,"a":3}"#, #"{"a":1,"b":2}"#),
  ])
  func isWrittenOnOneLineWithSortedNames(_ text: String, _ expected: String) throws {
    let value = try parsed(text)
    #expect(String(decoding: value.encoded(), as: UTF8.self) == expected)
    #expect(try parsed(expected).encoded() == value.encoded())
  }

  @Test func objectsKeepTheirOrderAndAllTheirMembers() throws {
    guard case .object(let object) = try parsed(#"{"b":1,"a":2,"b":3}"#) else {
      Issue.record("no object")
      return
    }
    #expect(object.members.map(\.name) == ["b", "a", "b"])
    #expect(object["b"] == .number("1"))
    #expect(object["c"] == nil)
  }

  @Test func membersAreSetAndRemoved() throws {
    var value = try parsed(#"{"b":1,"a":2,"b":3}"#)
    value["a"] = .string("x")
    value["c"] = .null
    #expect(String(decoding: value.encoded(), as: UTF8.self) == #"{"a":"x","b":1,"c":null}"#)
    value["b"] = nil
    #expect(value == .object(["a": .string("x"), "c": .null]))
    var text = JSONValue.string("no object")
    #expect(text["a"] == nil)
    #expect(!text.isObject)
    text["a"] = .integer(-5)
    #expect(text == .object(["a": .number("-5")]))
  }

  @Test(
    arguments: [
      ("5", 5), ("-0", 0), ("5.0", 5), ("5e2", 500), ("0.5e1", 5), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("5.5", nil), ("9223372036854775808", nil), ("1E400", nil),
      ("1e-400", nil),
      ("\"5\"", nil), ("true", nil), ("null", nil), ("[5]", nil),
    ] as [(String, Int64?)])
  func wholeNumbers(_ text: String, _ expected: Int64?) throws {
    // 1e-400 is nothing but zero to a Double.
    #expect(try parsed(text).integer == (text == "1e-400" ? 0 : expected))
  }
}

/// The documents of properties, which programs of every version read and write.
@Suite struct JSONFieldsTests {
  private struct Inner: JSONRecord, Equatable {
    var name = ""

    mutating func visit(_ fields: inout JSONFields) { fields.visit("name", &name) }
  }

  private struct Record: JSONRecord, Equatable {
    var text: String?
    var number: Int64?
    var flag = false
    var doubt: Bool?
    var words: [String]?
    var tags: [String: String]?
    var inner: Inner?
    var list: [Inner] = []
    var more: [Inner]?

    mutating func visit(_ fields: inout JSONFields) {
      fields.visit("text", &text)
      fields.visit("number", &number)
      fields.visit("flag", &flag)
      fields.visit("doubt", &doubt)
      fields.visit("words", &words)
      fields.visit("tags", &tags)
      fields.visit("inner", &inner)
      fields.visit("list", &list)
      fields.visit("more", &more)
    }
  }

  private static let whole =
    #"{"doubt":true,"flag":true,"inner":{"name":"i"},"list":[{"name":"a"},{"name":"b"}],"more":[],"number":-7,"#
    + #""tags":{"é":"","k":"v"},"text":"t","words":["x","y"]}"#

  @Test func aRecordIsReadAndWrittenByOneList() throws {
    var record = Record()
    #expect(record.document == #"{"flag":false,"list":[]}"#)
    #expect(Record(document: record.document) == record)
    record.text = "t"
    record.number = -7
    record.flag = true
    record.doubt = true
    record.words = ["x", "y"]
    record.tags = ["k": "v", "é": ""]
    record.inner = Inner(name: "i")
    record.list = [Inner(name: "a"), Inner(name: "b")]
    record.more = []
    let read = try #require(Record(document: Self.whole))
    #expect(read == record)
    #expect(
      Set(record.document) == Set(Self.whole) && record.document.utf8.count == Self.whole.utf8.count
    )
    #expect(Record(document: record.document) == record)
  }

  @Test(arguments: [
    #"{"flag":true,"list":[],"of a later version":{"x":[1]}}"#,
    #"{"flag":true,"list":[],"text":null,"more":null}"#,
    #" {"list" : [ ], "flag":true, "flag":"twice"} "#,
  ])
  func readsWhatOthersWrote(_ document: String) {
    var expected = Record()
    expected.flag = true
    #expect(Record(document: document) == expected)
  }

  @Test(arguments: [
    "", "x", "[]", "1", "{}", #"{"flag":true}"#, #"{"list":[]}"#, #"{"flag":1,"list":[]}"#,
    #"{"flag":null,"list":[]}"#,
    #"{"flag":true,"list":[{}]}"#, #"{"flag":true,"list":{}}"#,
    #"{"flag":true,"list":[],"text":1}"#,
    #"{"flag":true,"list":[],"number":"1"}"#, #"{"flag":true,"list":[],"number":1.5}"#,
    #"{"flag":true,"list":[],"words":["a",1]}"#,
    #"{"flag":true,"list":[],"tags":{"a":null}}"#, #"{"flag":true,"list":[],"inner":[]}"#,
    #"{"flag":true,"list":[],"more":[1]}"#,
    #"{"flag":true,"list":[]}}"#,
  ])
  func whatIsOfAnotherShapeIsNotUnderstood(_ document: String) {
    #expect(Record(document: document) == nil)
  }

  @Test func tagsAreADocumentOfTheirOwn() {
    var tags = BucketTags()
    tags.tags = ["Team": "a/b", "cost_center": ""]
    #expect(tags.document == #"{"Team":"a/b","cost_center":""}"#)
    #expect(BucketTags(document: tags.document) == tags)
    #expect(BucketTags(document: #"{"a":"1","a":"2"}"#)?.tags == ["a": "1"])
    #expect(BucketTags(document: #"{"a":1}"#) == nil)
    #expect(BucketTags(document: "[]") == nil)
  }
}
