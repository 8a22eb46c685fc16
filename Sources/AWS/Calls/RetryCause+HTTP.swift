package import HTTP

extension RetryCause {
  /// Judges a request that brought no complete response.
  package init(_ error: HTTPError) {
    self = error.isTransient ? .transient : .other
  }
}
