internal import HTTPServing
internal import System

extension ServingError {
  /// What the user can do about it.
  var hint: String? {
    switch self {
    case .listen(let error): error.hint
    case .identity:
      "give a certificate with its chain to --tls-cert, and its key to --tls-key, both in PEM"
    case .library: "install libmicrohttpd (Debian: libmicrohttpd12); no other command needs it"
    case .engine: nil
    }
  }
}

extension ListenError {
  fileprivate var hint: String? {
    switch reason {
    case .portTaken: "name another port with --listen, or end that program"
    case .refused: "name a port of 1024 or more with --listen"
    case .noSuchAddress, .unknownHost: "name an address of this machine with --listen"
    case .other: nil
    }
  }
}
