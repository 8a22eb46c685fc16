/// How an index is told from other files, and who wrote it.
enum IndexIdentity {
  /// "S3AU" in the file's header: this file is an s3audit index.
  static let applicationID: Int64 = 0x5333_4155

  /// The version recorded in an index by the program that upgraded it.
  static let programVersion = "0.1.0"
}
