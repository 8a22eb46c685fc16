internal import Compression

/// What `Content-Encoding` says was done to a body, undone.
///
/// Nothing is asked to be compressed, and yet servers and gateways compress; others say so and do not. What
/// the `aws` command reads is read here: gzip in several members (RFC 1952, 2.2), zeros or other bytes
/// behind it, deflate with and without zlib's wrapping, a plain body under any of these names, and a body
/// under a name that nobody knows, as it is.
struct ContentCoding {
  private enum Coding {
    case gzip, deflate
  }

  /// In the order in which they were applied.
  private let codings: [Coding]

  /// Nil when there is nothing to undo.
  init?(_ headers: HTTPHeaders) {
    codings = headers.values(of: "content-encoding").flatMap { $0.split(separator: ",") }
      .compactMap { name in
        switch name.filter({ $0 != " " && $0 != "\t" }).lowercased() {
        case "gzip", "x-gzip": .gzip
        case "deflate": .deflate
        default: nil
        }
      }
    if codings.isEmpty { return nil }
  }

  /// The body as it was before.
  func decoded(_ body: [UInt8], bytesMax: Int) throws(Inflation.Failure) -> [UInt8] {
    var body = body
    for coding in codings.reversed() where !body.isEmpty {
      switch coding {
      case .gzip: body = try Self.gunzipped(body, bytesMax)
      case .deflate: body = try Self.inflated(body, bytesMax)
      }
    }
    return body
  }

  fileprivate static func gunzipped(
    _ body: [UInt8], _ bytesMax: Int
  ) throws(Inflation.Failure) -> [UInt8] {
    if isPlain(body) { return body }
    var result: [UInt8] = []
    var end = 0
    repeat {
      end = try Inflation.inflate(body, from: end, .gzip, into: &result, bytesMax: bytesMax)
    } while body[end...].starts(with: [0x1F, 0x8B])
    return result
  }

  private static func inflated(
    _ body: [UInt8], _ bytesMax: Int
  ) throws(Inflation.Failure) -> [UInt8] {
    for wrapping in [Inflation.Wrapping.zlib, .none] {
      var result: [UInt8] = []
      do throws(Inflation.Failure) {
        _ = try Inflation.inflate(body, wrapping, into: &result, bytesMax: bytesMax)
        return result
      } catch {
        if error == .tooLong { throw error }
      }
    }
    guard isPlain(body) else { throw .damaged }
    return body
  }

  /// Whether a body begins as text does: neither gzip nor zlib do.
  private static func isPlain(_ body: [UInt8]) -> Bool {
    guard let first = body.first else { return true }
    return (0x20..<0x7F).contains(first) || (0x09...0x0D).contains(first) || first == 0xEF
  }
}

extension HTTPResponse {
  /// What gzip's bytes were before, such as those of a file that was fetched compressed; nil where they are
  /// damaged, or more than so many.
  package static func decompressed(gzip bytes: [UInt8], bytesMax: Int) -> [UInt8]? {
    // Why it cannot be read makes no difference to who has to fetch it again.
    try? ContentCoding.gunzipped(bytes, bytesMax)
  }
}
