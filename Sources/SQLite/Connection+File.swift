internal import CSQLite

extension Connection {
  /// The first bytes of the database's file, read by SQLite's own descriptor of it; nil where there are not so many.
  ///
  /// A descriptor of somebody else's must not be closed in a process that has the database open: the locks of all its
  /// connections would be gone (https://www.sqlite.org/howtocorrupt.html, section 2.2).
  package func firstBytes(_ count: Int) -> [UInt8]? {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = unsafe withUnsafeMutablePointer(to: &file) { place in
      unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, place)
    }
    guard code == SQLITE_OK, let opened = unsafe file,
      let read = unsafe opened.pointee.pMethods?.pointee.xRead
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(opened, buffer.baseAddress, Int32(count), 0)
    }
    return result == SQLITE_OK ? bytes : nil
  }
}
