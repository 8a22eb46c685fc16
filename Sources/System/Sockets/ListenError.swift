/// Why a server cannot listen, and where.
package struct ListenError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// Another program, or another copy of this one, listens there.
    case portTaken
    /// The name is unknown, or is none; in the resolver's words.
    case unknownHost(String)
    /// Ports below 1024 are for privileged users on most systems.
    case refused
    /// The machine has no such address.
    case noSuchAddress
    case other(SystemError)
  }

  /// Host and port, as a person wrote or would write them: `127.0.0.1:9412`, `[::1]:9412`.
  package var place: String
  package var reason: Reason

  package var description: String { "cannot listen on \(place): \(words)" }

  private var words: String {
    switch reason {
    case .portTaken: "another program listens there already"
    case .unknownHost(let words): words
    case .refused: "permission denied"
    case .noSuchAddress: "this machine has no such address"
    case .other(let error): error.reason
    }
  }
}
