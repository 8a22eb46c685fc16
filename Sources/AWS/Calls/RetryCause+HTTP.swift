package import HTTP

extension RetryCause {
  /// Judges a request that brought no complete response.
  package init(_ error: HTTPError) {
    self = error.isTransient ? .transient : .other
  }
}

extension HTTPError {
  /// Whether somebody was waited for in vain.
  var isSilence: Bool {
    switch kind {
    case .connectTimeout, .firstByteTimeout, .stalled: true
    default: false
    }
  }
}
