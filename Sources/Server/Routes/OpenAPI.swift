internal import Arguments
internal import Index
internal import Vocabulary

extension Routes {
  /// The description of the interface for programs: OpenAPI 3.1, from the same table as everything else.
  package func openAPI() -> [UInt8] {
    var paths = JSONObject()
    for route in answers { paths.append(route.path, ["get": Self.operation(of: route)].asJSON) }
    let document: JSONObject = [
      "openapi": .string("3.1.0"),
      "info": [
        "title": .string("s3audit"), "version": .string(IndexFile.programVersion),
        "description": .string(
          "Questions about S3, answered from an index. Rows are those of the command line."),
      ].asJSON,
      "paths": .object(paths),
      "components": [
        "schemas": ["Answer": Self.answerSchema, "Problem": Self.problemSchema].asJSON,
        "securitySchemes": [
          "token": ["type": .string("http"), "scheme": .string("bearer")].asJSON
        ].asJSON,
      ].asJSON,
      "security": .array([.object([:]), ["token": .array([])].asJSON]),
    ]
    return JSONValue.object(document).encoded() + "\n".utf8
  }

  private static func operation(of route: AnswerRoute) -> JSONValue {
    [
      "operationId": .string(route.name), "summary": .string(route.abstract),
      "description": .string(optionsAsParameters(route.discussion)),
      "parameters": .array(route.parameters.map { parameter($0) }),
      "responses": responses,
    ].asJSON
  }

  private static func parameter(_ parameter: Parameter) -> JSONValue {
    var schema: JSONObject =
      switch parameter.kind {
      case .text: ["type": .string("string")]
      case .flag: ["type": .string("boolean")]
      case .integer: ["type": .string("integer")]
      }
    if !parameter.choices.isEmpty {
      schema["enum"] = .array(parameter.choices.map { .string($0) })
    }
    if let range = parameter.range {
      schema["minimum"] = .integer(range.lowerBound)
      schema["maximum"] = .integer(range.upperBound)
    }
    var whole = JSONValue.object(schema)
    if parameter.isRepeatable { whole = ["type": .string("array"), "items": whole].asJSON }
    var help = optionsAsParameters(parameter.help)
    if let text = parameter.defaultText { help += " Default: \(text)." }
    return [
      "name": .string(parameter.name), "in": .string("query"), "description": .string(help),
      "required": .boolean(false), "schema": whole, "style": .string("form"),
      "explode": .boolean(true),
    ].asJSON
  }

  private static var responses: JSONValue {
    var content: JSONObject = [
      AnswerFormat.json.contentType: [
        "schema": ["$ref": .string("#/components/schemas/Answer")].asJSON
      ].asJSON
    ]
    for format in AnswerFormat.allCases where format != .json {
      let type = format.contentType.split(separator: ";").first.map(String.init) ?? ""
      content.append(type, ["schema": ["type": .string("string")].asJSON].asJSON)
    }
    var responses: JSONObject = [
      "200": ["description": .string("The rows."), "content": .object(content)].asJSON
    ]
    let kinds = Dictionary(grouping: Problem.Kind.allCases, by: \.status)
    for (status, kinds) in kinds.sorted(by: { $0.key < $1.key }) {
      responses.append(
        "\(status)",
        [
          "description": .string(kinds.map { $0.title + "." }.joined(separator: " ")),
          "content": [
            "application/problem+json": [
              "schema": ["$ref": .string("#/components/schemas/Problem")].asJSON
            ].asJSON
          ].asJSON,
        ].asJSON)
    }
    return .object(responses)
  }

  private static var answerSchema: JSONValue {
    let nullableText = ["type": .array([.string("string"), .string("null")])].asJSON
    let text = ["type": .string("string")].asJSON
    let part: JSONValue = [
      "type": .string("object"),
      "properties": [
        "bucket": nullableText, "account": nullableText, "endpoint": text, "state": text,
        "synced_at": nullableText, "error": nullableText,
      ].asJSON,
    ].asJSON
    return [
      "type": .string("object"),
      "required": .array(
        ["rows", "state", "synced_at", "incomplete", "next", "notes"].map { .string($0) }),
      "properties": [
        "rows": ["type": .string("array"), "items": ["type": .string("object")].asJSON].asJSON,
        "state": text, "synced_at": nullableText,
        "incomplete": ["type": .string("array"), "items": part].asJSON, "next": nullableText,
        "notes": ["type": .string("array"), "items": text].asJSON,
      ].asJSON,
    ].asJSON
  }

  private static var problemSchema: JSONValue {
    let text = ["type": .string("string")].asJSON
    return [
      "type": .string("object"),
      "required": .array(["type", "title", "status", "detail"].map { .string($0) }),
      "properties": [
        "type": text, "title": text, "status": ["type": .string("integer")].asJSON, "detail": text,
        "parameter": text, "value": text,
      ].asJSON,
    ].asJSON
  }
}

extension [String: JSONValue] {
  /// An object of JSON, whose names are written in their order.
  fileprivate var asJSON: JSONValue {
    var object = JSONObject()
    for (name, value) in self { object.append(name, value) }
    return .object(object)
  }
}
