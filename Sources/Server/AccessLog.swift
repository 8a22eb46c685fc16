internal import Vocabulary

/// A line for each request, safe for a terminal and for programs that read it: hostile bytes are escaped, and the
/// token is cut out.
package struct AccessLog: Sendable {
  package enum Format: String, CaseIterable, Sendable {
    case text, json
  }

  /// What is told of a request.
  struct Entry: Sendable {
    var at: Timestamp
    var peer: String
    var method: String
    var target: [UInt8]
    var status: Int
    var bytes: Int
    var milliseconds: Double
  }

  /// Those that had no request.
  let refusals: RefusalTally
  private let format: Format
  private let write: @Sendable (String) -> Void

  /// `write` gets whole lines, and must not wait.
  package init(
    _ format: Format, refusals: RefusalTally = RefusalTally(),
    write: @escaping @Sendable (String) -> Void
  ) {
    self.format = format
    self.refusals = refusals
    self.write = write
  }

  func note(_ entry: Entry) { write(line(entry)) }

  func line(_ entry: Entry) -> String {
    let target = Self.shown(entry.target)
    let tenths = Int64((entry.milliseconds * 10).rounded())
    let duration = "\(tenths / 10).\(tenths % 10)"
    let method = Problem.shown(Array(entry.method.utf8))
    switch format {
    case .text:
      return
        "\(entry.at.iso8601) \(entry.peer) \"\(method) \(target)\" \(entry.status) \(entry.bytes) \(duration)ms\n"
    case .json:
      let fields: [(String, JSONValue)] = [
        ("at", .string(entry.at.iso8601)), ("peer", .string(entry.peer)),
        ("method", .string(method)), ("target", .string(target)),
        ("status", .integer(Int64(entry.status))), ("bytes", .integer(Int64(entry.bytes))),
        ("ms", .number(duration)),
      ]
      var object = JSONObject()
      for (name, value) in fields { object.append(name, value) }
      return String(decoding: JSONValue.object(object).encoded(), as: UTF8.self) + "\n"
    }
  }

  /// A target as it was sent, without the token and with no byte that a terminal or a parser of lines obeys.
  static func shown(_ target: [UInt8]) -> String {
    let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    var kept = Array(target[..<mark])
    if mark < target.endIndex {
      kept.append(UInt8(ascii: "?"))
      let pieces = target[(mark + 1)...].split(
        separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
      kept += pieces.map { Array(withoutSecret($0)) }.joined(separator: "&".utf8)
    }
    let cut = kept.prefix(2_048)
    let text = cut.map { byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0...0x20, 0x7F...:
        Unicode.Scalar.visibleForm(ofByte: byte)
      default: String(Unicode.Scalar(byte))
      }
    }
    return text.joined() + (cut.count < kept.count ? "…" : "")
  }

  /// `token=-` for the parameter of that name, however it was written; others as they are.
  private static func withoutSecret(_ piece: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
    let name = String(
      decoding: PercentForm.decoded(piece[..<equals], plusIsSpace: true) ?? Array(piece[..<equals]),
      as: UTF8.self)
    guard name.lowercased().contains("token") else { return piece }
    return Array("token=-".utf8)[...]
  }
}
