internal import AWS
internal import Vocabulary

/// A bucket, or a prefix of it, that permissions are tried on.
struct BucketTarget: Equatable, Sendable {
  var name: String
  var prefix: Key

  var text: String {
    let prefix = prefix.isStart ? "" : "/\(prefix.text.escapingControls())"
    return "s3://\(name.escapingControls())\(prefix)"
  }

  var prefixParameters: [QueryParameter] {
    prefix.isStart ? [] : [QueryParameter(name: Array("prefix".utf8), value: prefix.bytes)]
  }

  /// A request to it, as people read it.
  func request(key: Key? = nil, query: [QueryParameter]) -> String {
    let path = key.map { "/\($0.text.escapingControls())" } ?? ""
    let parameters = query.map { parameter in
      let value = String(decoding: parameter.value, as: UTF8.self).escapingControls()
      return String(decoding: parameter.name, as: UTF8.self) + (value.isEmpty ? "" : "=\(value)")
    }
    return "s3://\(name.escapingControls())\(path)"
      + (parameters.isEmpty ? "" : "?\(parameters.joined(separator: "&"))")
  }
}
