/// One request, whole, as it stood on the wire.
package struct ServedRequest: Sendable {
  package var method: String
  package var target: [UInt8]
  package var version: String
  /// Names in lower case, in order, with all that stand there twice.
  package var headers: [(name: String, value: [UInt8])]
  package var peer: PeerAddress
  package var announcesBody: Bool
}

package struct PeerAddress: Sendable {
  package var text: String
  package var isLoopback: Bool
}

package struct ServedAnswer: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var closes: Bool
}
