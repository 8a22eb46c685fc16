import Vocabulary

/// The parameters of ListObjectsV2, or of its predecessor ListObjects.
struct ListRequest {
  enum Version {
    case one
    case two
  }

  var version = Version.two
  var prefix: [UInt8] = []
  var delimiter: [UInt8] = []
  /// `start-after`, or `marker` in version one.
  var startAfter: [UInt8] = []
  var token: ContinuationToken?
  var tokenText: [UInt8] = []
  var keysMax = 1_000
  var isURLEncoded = false
  var namesOwner = false
  /// When thaws are looked at; nil where nobody asks about them.
  var restoreStatusAt: Timestamp?

  init() {}

  /// Parameters with other names are ignored, as S3 does.
  init(
    _ query: Query, pageKeysMax: Int, support: ListSupport = .full
  ) throws(S3Error) {
    version = query["list-type"] == Array("2".utf8) ? .two : .one
    switch (support, version) {
    case (.refuses, .two): throw .notImplemented
    case (.ignores, .two): version = .one
    case (.full, _), (_, .one): break
    }
    prefix = query["prefix"] ?? []
    delimiter = query["delimiter"] ?? []
    startAfter = query[version == .two ? "start-after" : "marker"] ?? []
    namesOwner = version == .one || query["fetch-owner"] == Array("true".utf8)
    keysMax = try query.count("max-keys", atMost: pageKeysMax)
    isURLEncoded = try query.wantsURLEncoding()
    if version == .two, let text = query["continuation-token"] {
      guard let token = ContinuationToken(text) else {
        throw S3Error(.invalidArgument, "The continuation token provided is incorrect")
      }
      self.token = token
      tokenText = text
    }
  }
}

extension Query {
  /// The value of a parameter that asks for a number of things; `limit` without it.
  func count(_ name: String, atMost limit: Int) throws(S3Error) -> Int {
    guard let text = self[name], !text.isEmpty else { return limit }
    guard let number = Int(String(decoding: text, as: UTF8.self)), number >= 0,
      number <= Int(Int32.max)
    else {
      throw S3Error(.invalidArgument, "Provided \(name) not an integer or within integer range")
    }
    return min(number, limit)
  }

  /// Whether keys are to be encoded as in URLs.
  func wantsURLEncoding() throws(S3Error) -> Bool {
    guard let encoding = self["encoding-type"] else { return false }
    guard encoding == Array("url".utf8) else {
      throw S3Error(.invalidArgument, "Invalid Encoding Method specified in Request")
    }
    return true
  }
}
