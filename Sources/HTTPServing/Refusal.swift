package import System

/// A client that was turned away before anybody was asked to answer.
package struct Refusal: Sendable {
  package var peer: PeerAddress
  package var reason: Reason

  package enum Reason: Hashable, Sendable {
    /// The request was no good; the client was told so with a status of 400 to 505.
    case request(status: Int)
    /// The connection ended within a request, or with something that is none.
    case unreadable
    /// The head of a request was not complete in time.
    case slowRequest
    /// The client took too little of an answer, over too long a time.
    case slowReader
    /// There were too many connections, and this was the oldest one without a request.
    case crowded
    /// The client's address had too many connections.
    case manyConnections
  }
}
