extension Connection {
  /// Lets statements read another database under a name; nothing of it can be written.
  ///
  /// The connection must be one of mode `.create`. An `isImmutable` one is read as `Mode.immutable` does it.
  ///
  /// - Throws: `SQLiteError` with `.cannotOpen`; the content is first read by the first statement.
  package func attach(_ path: String, as name: String, isImmutable: Bool) throws {
    let plain = path.hasPrefix("/") ? path : "./" + path
    let url = Self.url(of: plain, isImmutable ? "immutable=1" : "mode=ro")
    try run("ATTACH ?1 AS \(name)", .text(url))
  }

  /// Ends `attach`; no statement may be reading it.
  package func detach(_ name: String) throws {
    try run("DETACH \(name)")
  }
}
