import Index
import IndexFixtures
import Report
import Vocabulary

@testable import HTTPServing
@testable import Server
@testable import System

/// A request as it may come: `GET` of this machine's own, unless something else is said.
func request(
  _ target: String, method: String = "GET", headers: [(String, String)] = [("host", "localhost")],
  peer: String = "127.0.0.1", announcesBody: Bool = false
) -> ServedRequest {
  ServedRequest(
    method: method, target: Array(target.utf8), version: "HTTP/1.1",
    headers: headers.map { (name: $0.0, value: Array($0.1.utf8)) },
    peer: PeerAddress(text: peer), announcesBody: announcesBody, arrived: .now)
}

/// What a route makes of a query.
func question(_ route: String, _ query: String) throws -> Question {
  let found = Routes().answers.first { $0.name == route }
  guard let found else { throw Problem(.notFound, route) }
  return try found.read(try QueryText(Array(query.utf8)), nil)
}

/// What a route answers to a query.
func page(_ route: String, _ query: String, of index: ScratchIndex) throws -> AnswerPage {
  try AnswerPage.of(try question(route, query), from: try index.reader(), now: index.now())
}

/// The same as text.
func rows(_ route: String, _ query: String, of index: ScratchIndex) throws -> String {
  String(decoding: try page(route, query, of: index).rows, as: UTF8.self)
}

func problem(_ body: () throws -> Void) -> Problem? {
  do {
    try body()
    return nil
  } catch {
    return error as? Problem
  }
}

extension ObjectPage {
  /// Keys in order, each of one byte.
  static func of(_ keys: [[UInt8]]) -> [Key: ModelObject] {
    Dictionary(uniqueKeysWithValues: keys.map { (Key($0), ModelObject()) })
  }
}
