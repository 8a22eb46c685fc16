import Testing

@testable import Vocabulary

/// Cases as the JSON Parsing Test Suite (nst/JSONTestSuite) has them: texts that must be taken (y), that must be
/// refused (n), and those of which RFC 8259 lets a reader decide (i).
@Suite struct JSONReaderTests {
  private func value(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    try reader.finish()
    return value
  }

  /// Reads a text, and skips it: both must say the same.
  private func problem(_ bytes: [UInt8]) -> JSONError? {
    var reading: JSONError?
    do throws(JSONError) { _ = try value(bytes) } catch { reading = error }
    var skipping: JSONError?
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      try reader.skip()
      try reader.finish()
    } catch { skipping = error }
    #expect(reading == skipping)
    #expect((JSONValue(parsing: bytes) == nil) == (reading != nil))
    return reading
  }

  @Test(
    arguments: [
      ("[]", .array([])), ("[[]   ]", .array([.array([])])), ("[\"\"]", .array([.string("")])),
      ("{}", .object([:])), (" [] ", .array([])),
      ("\t\r\n [1\n,\t2]\r", .array([.number("1"), .number("2")])),
      (
        "{\"a\":{\"b\" : [null , true,false]}}",
        .object(["a": .object(["b": .array([.null, .boolean(true), .boolean(false)])])])
      ),
      ("{\"\":0}", .object(["": .number("0")])),
      ("{\"a\":\"b\",\"c\":\"d\"}", .object(["a": .string("b"), "c": .string("d")])),
      ("{\"foo\\u0000bar\": 42}", .object(["foo\0bar": .number("42")])),
      ("\"lonely\"", .string("lonely")), ("42", .number("42")), ("-0.1", .number("-0.1")),
      ("false", .boolean(false)), ("true", .boolean(true)), ("null", .null), ("\"\"", .string("")),
    ] as [(String, JSONValue)])
  func takes(_ text: String, _ expected: JSONValue) throws {
    #expect(try value(Array(text.utf8)) == expected)
    #expect(problem(Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "0", "-0", "-1", "-123", "123e65", "0e+1", "0e1", "1E22", "1E-2", "1E+2", "123e45",
    "123.456e78", "1e-2",
    "20e1", "123.456789",
    "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001",
    // No type holds these: they are kept as they are.
    "123123e100000", "-1e+9999", "1E400", "0.4e00669999999999999999999999999999999", "1.5e-999",
    "123123123123123123123123123123", "-9223372036854775809", "9223372036854775807",
  ])
  func keepsNumbersAsTheyAreWritten(_ text: String) throws {
    for padded in [text, " \(text) "] {
      #expect(try value(Array(padded.utf8)) == .number(text))
    }
    #expect(
      try value(Array("[\(text),{\"a\":\(text)}]".utf8))
        == .array([.number(text), .object(["a": .number(text)])]))
    #expect(problem(Array(text.utf8)) == nil)
  }

  @Test(arguments: [
    "01", "-01", "-012", "012", "00", "+1", "++1234", "-", "--1", "-a", "-NaN", "NaN", "Infinity",
    "-Infinity", "Inf",
    ".1", "-.123", ".-1", "1.", "-2.", "0.e1", "2.e3", "2.e+3", "0.3e", "0.3e+", "0e", "0e+", "0E",
    "0E+", "1.0e", "1.0e-",
    "1.0e+", "1eE2", "1e1.", "1 000", "0x1", "0x42", "1+2", "1a", "1.2a", "- 1", "1e 1", "\u{FF11}",
    "1_0",
    "9.e+", "1e+-2", "0.1.2", "-1.0.",
  ])
  func refusesNumbers(_ text: String) {
    #expect(problem(Array(text.utf8)) != nil, "alone")
    #expect(problem(Array("[\(text)]".utf8)) != nil, "in an array")
    #expect(problem(Array("{\"a\":\(text)}".utf8)) != nil, "in an object")
  }

  /// U+FFFF, U+FFFE and U+FDD0, which Swift's literals do not take.
  private static let noncharacters = String(
    decoding: [0xEF, 0xBF, 0xBF, 0xEF, 0xBF, 0xBE, 0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self)

  @Test(
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0060\u012a\u12AB""#, "`\u{12A}\u{12AB}"),
      (#""\uD801\udc37""#, "\u{10437}"), (#""\ud83d\ude39\ud83d\udc8d""#, "😹💍"),
      (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
      (#""\uD834\uDd1e x""#, "𝄞 x"), (#""\u0000""#, "\0"),
      (#""\uFFFF\uFFFE\uFDD0""#, noncharacters),
      (#""\u2028\u2029""#, "\u{2028}\u{2029}"), (#""\\u0000""#, "\\u0000"), (#""\"""#, "\""),
      (#""a\\""#, "a\\"),
      ("\"\u{7F}é€😀\u{10FFFF}\"", "\u{7F}é€😀\u{10FFFF}"), ("\"a/*b*/c\"", "a/*b*/c"),
      ("\"\u{FEFF}x\"", "\u{FEFF}x"),
      ("\"\u{2028}\"", "\u{2028}"), (#""new\u00A0line""#, "new\u{A0}line"),
      (#""\ufeff""#, "\u{FEFF}"),
    ] as [(String, String)])
  func readsStrings(_ text: String, _ expected: String) throws {
    let bytes = Array(text.utf8)
    #expect(try Array(string(try value(bytes)).utf8) == Array(expected.utf8))
    #expect(problem(bytes) == nil)
    var reader = JSONReader(bytes)
    #expect(try reader.stringBytes() == Array(expected.utf8))
    #expect(try value(Array("{\(text):1}".utf8)) == .object([expected: .number("1")]))
  }

  private func string(_ value: JSONValue) throws -> String {
    guard case .string(let text) = value else { throw CancellationError() }
    return text
  }

  @Test(arguments: [
    // Halves of surrogate pairs.
    #""\uD800""#, #""\uDADA""#, #""\uDFAA""#, #""\uD888\u1234""#, #""\uD800\n""#,
    #""\uDd1e\uD834""#, #""\uD800abc""#,
    #""\uD800\uD800\n""#, #""\uD800\""#, #""\uD800\u""#, #""\uD800\u1""#, #""\uD800\u1x""#,
    #""\uD834\uDd""#,
    // Escapes that are none.
    #""\x00""#, #""\a""#, #""\'""#, #""\u""#, #""\u00A""#, #""\u{25}""#, #""\uqqqq""#, #""\u+123""#,
    "\"\\\u{1F300}\"", #""\ ""#,
    #""\U0041""#, #""\"#, #""\""#, #""\\\""#, "\"\\\t\"",
    // Control characters as they are, and ends that are missing.
    "\"a\nb\"", "\"\t\"", "\"\0\"", "\"\u{1F}\"", "\"", "\"abc", "'a'", "\"a", "abc", "\"asd]",
    "\u{201C}a\u{201D}",
  ])
  func refusesStrings(_ text: String) {
    #expect(problem(Array(text.utf8)) != nil)
    #expect(problem(Array("[\(text)]".utf8)) != nil)
    #expect(problem(Array("{\(text):0}".utf8)) != nil)
  }

  // Unicode, table 3-7: overlong forms, halves of surrogate pairs, what is beyond U+10FFFF, what is cut short.
  @Test(
    arguments: [
      [0xFF], [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
      [0xED, 0xBF, 0xBF], [0xE9],
      [0xE2, 0x82], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
      [0x61, 0xFE], [0xE5],
    ] as [[UInt8]])
  func refusesBytesThatAreNotUTF8(_ bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    #expect(problem([quote] + bytes + [quote])?.problem == .badText)
    #expect(problem([quote, 0x5C] + bytes + [quote]) != nil)
    #expect(problem(bytes) != nil)
    #expect(problem(Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.problem == .badText)
    #expect(problem(Array("[1".utf8) + bytes + Array("]".utf8)) != nil)
  }

  @Test(
    arguments: [
      ("", 0, .end), (" ", 1, .end), ("[", 1, .end), ("[1", 2, .end), ("[1,", 3, .end),
      ("{", 1, .end), ("{\"a\"", 4, .end),
      ("{\"a\":", 5, .end), ("{\"a\":1", 6, .end), ("{\"a\":1,", 7, .end), ("tru", 3, .end),
      ("[\"a", 3, .end), ("1e", 2, .end),
      ("[1,]", 3, .unexpected), ("[,1]", 1, .unexpected), ("[1,,2]", 3, .unexpected),
      ("[,]", 1, .unexpected), ("[1 2]", 3, .unexpected),
      ("[1:2]", 2, .unexpected), ("{\"a\":1,}", 7, .unexpected), ("{,\"a\":1}", 1, .unexpected),
      ("{\"a\" 1}", 5, .unexpected),
      ("{\"a\":1,,\"b\":2}", 7, .unexpected), ("{\"a\",1}", 4, .unexpected),
      ("{a:1}", 1, .unexpected), ("{1:1}", 1, .unexpected),
      ("{'a':0}", 1, .unexpected), ("{\"a\"::1}", 5, .unexpected), ("{[:1}", 1, .unexpected),
      ("{null:1}", 1, .unexpected),
      ("[1}", 2, .unexpected), ("{\"a\":1]", 6, .unexpected), ("{]", 1, .unexpected),
      ("[}", 1, .unexpected), ("]", 0, .unexpected),
      ("}", 0, .unexpected), ("{\"a\":}", 5, .unexpected),
      ("{\"a\":true \"b\":1}", 10, .unexpected), ("nul ", 0, .unexpected),
      ("True", 0, .unexpected), ("nulL", 0, .unexpected), ("[\u{C}]", 1, .unexpected),
      ("[\u{A0}]", 1, .unexpected), ("*", 0, .unexpected),
      ("<.>", 0, .unexpected), ("[1]x", 3, .more), ("[1]]", 3, .more), ("{}}", 2, .more),
      ("1 1", 2, .more), ("\"a\"b", 3, .more),
      ("[]\0", 2, .more), ("{\"a\":1}#", 7, .more), ("{}/**/", 2, .more), ("{}//", 2, .more),
      ("[] []", 3, .more), ("01", 0, .badNumber),
      ("-x", 1, .badNumber), ("[1.x]", 3, .badNumber), ("\"\\x\"", 1, .badEscape),
      ("\"\u{1}\"", 1, .badText), ("truE", 0, .unexpected),
    ] as [(String, Int, JSONError.Problem)])
  func saysWhatIsWrongAndWhere(_ text: String, _ offset: Int, _ expected: JSONError.Problem) throws
  {
    let error = try #require(problem(Array(text.utf8)))
    #expect(error.problem == expected)
    #expect(error.offset == offset)
    #expect(error.description == "byte \(offset): \(expected.rawValue)")
  }

  @Test func everyBeginningOfADocumentIsCutShort() {
    let text = Array(
      #"{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00é",true,false,null,{}],"b":{"c":[]}}"#.utf8)
    #expect(problem(text) == nil)
    for count in 0..<text.count {
      let error = problem(Array(text[..<count]))
      // A character of two bytes may be cut in its middle.
      #expect(error?.problem == .end || error?.problem == .badText, "\(count)")
    }
  }

  @Test func aByteOrderMarkIsPassedOverOnce() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try value(mark + Array("{}".utf8)) == .object([:]))
    #expect(problem(mark)?.problem == .end)
    #expect(problem(mark + mark + Array("{}".utf8)) == JSONError(problem: .unexpected, offset: 3))
    #expect(
      problem(Array("[".utf8) + mark + Array("]".utf8))
        == JSONError(problem: .unexpected, offset: 1))
    // Other encodings are none of JSON's any more.
    #expect(problem([0xFF, 0xFE, 0x5B, 0, 0x5D, 0]) != nil)
    #expect(problem([0xFE, 0xFF, 0, 0x5B, 0, 0x5D]) != nil)
    #expect(problem([0x5B, 0, 0x5D, 0]) != nil)
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")])
  func nestingHasAnEnd(_ opening: String, _ closing: String) {
    let levels = opening.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    func nested(_ count: Int) -> [UInt8] {
      Array(
        (String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count))
          .utf8)
    }
    #expect(problem(nested(512 / levels)) == nil)
    #expect(problem(nested(512 / levels + 1))?.problem == .tooDeep)
    // Far more than any stack holds.
    #expect(problem(nested(1_000_000))?.problem == .tooDeep)
    #expect(problem(Array(String(repeating: opening, count: 1_000_000).utf8))?.problem == .tooDeep)
  }

  @Test func whatWasLeftDoesNotCountAsDepth() {
    let text = "[" + Array(repeating: "[{\"a\":[]}]", count: 2_000).joined(separator: ",") + "]"
    #expect(problem(Array(text.utf8)) == nil)
  }

  @Test func readsPieceByPiece() throws {
    var reader = JSONReader(
      Array(#" {"a" : [1, "x", {"b": null}], "skipped": [[{"c": "]"}]], "d": true} "#.utf8))
    #expect(try reader.kind() == .object)
    try reader.beginObject()
    #expect(try reader.nextName() == "a")
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.kind() == .number)
    #expect(try reader.number() == "1")
    #expect(try reader.nextElement())
    #expect(try reader.string() == "x")
    #expect(try reader.nextElement())
    #expect(try reader.value() == .object(["b": .null]))
    #expect(try !reader.nextElement())
    #expect(try reader.nextName() == "skipped")
    try reader.skip()
    #expect(try reader.nextName() == "d")
    #expect(try reader.boolean())
    #expect(try reader.nextName() == nil)
    try reader.finish()
  }

  @Test func anotherKindOfValueIsNoMistakeOfTheText() {
    func problem(_ text: String, _ read: (inout JSONReader) throws -> Void) -> JSONError.Problem? {
      var reader = JSONReader(Array(text.utf8))
      return #expect(throws: JSONError.self) { try read(&reader) }?.problem
    }
    #expect(problem("1") { _ = try $0.string() } == .otherKind)
    #expect(problem("\"1\"") { _ = try $0.number() } == .otherKind)
    #expect(problem("[]") { try $0.beginObject() } == .otherKind)
    #expect(problem("{}") { try $0.beginArray() } == .otherKind)
    #expect(problem("null") { _ = try $0.boolean() } == .otherKind)
    #expect(problem("true") { try $0.null() } == .otherKind)
    #expect(problem("x") { _ = try $0.string() } == .unexpected)
    #expect(problem("") { _ = try $0.string() } == .end)
  }
}
