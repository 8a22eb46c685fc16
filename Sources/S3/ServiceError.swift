import AWS
import Vocabulary

/// The error document of S3 (Amazon S3 API Reference, "Error responses"), as the service sent it.
///
/// All text is the service's and not to be trusted; `description` is safe to print.
package struct ServiceError: Error, Equatable, CustomStringConvertible {
  package var code: String = ""
  package var message: String?
  package var requestID: String?
  package var hostID: String?
  /// The region the request should have gone to; with `AuthorizationHeaderMalformed` and redirects.
  package var region: String?
  /// The host the request should have gone to; with `PermanentRedirect`.
  package var endpoint: String?
  package var bucket: String?
  /// Where the object is archived; with `InvalidObjectState`.
  package var archive: Archive? { Archive(storageClass: storageClass ?? "", tier: accessTier) }
  private var storageClass: String?
  private var accessTier: String?

  package init(code: String, message: String? = nil) {
    self.code = code
    self.message = message
  }

  /// Reads the body of a refused request; nil when it is not an S3 error document.
  package init?(parsing body: [UInt8]) {
    do throws(AnswerError) {
      self = try readAnswer(body, root: "Error") { (scanner) throws(XMLError) in
        try ServiceError(reading: &scanner)
      }
    } catch {
      guard case .service(let found) = error else { return nil }
      self = found
    }
  }

  /// Reads the children of `<Error>`, or of an `<ErrorResponse>` around it.
  ///
  /// When a field is given twice, its last value counts.
  init(reading scanner: inout XMLScanner) throws(XMLError) {
    self.init(code: "")
    try read(&scanner)
  }

  private mutating func read(_ scanner: inout XMLScanner) throws(XMLError) {
    while try scanner.nextChild() {
      switch scanner.name {
      case "Error": try read(&scanner)
      case "Code": code = trimmingBlanks(try scanner.nextStringIfAny() ?? "")
      case "Message": message = try scanner.nextStringIfAny()
      case "RequestId", "RequestID": requestID = try scanner.nextStringIfAny()
      case "HostId": hostID = try scanner.nextStringIfAny()
      case "Region": region = try scanner.nextStringIfAny().map { trimmingBlanks($0) }
      case "Endpoint": endpoint = try scanner.nextStringIfAny().map { trimmingBlanks($0) }
      case "StorageClass": storageClass = try scanner.nextStringIfAny().map { trimmingBlanks($0) }
      case "AccessTier": accessTier = try scanner.nextStringIfAny().map { trimmingBlanks($0) }
      case "Bucket", "BucketName": bucket = try scanner.nextStringIfAny()
      default: try scanner.skip()
      }
    }
  }

  package var description: String {
    let name = code.isEmpty ? "an error without a code" : code.escapingControls(scalarsMax: 100)
    guard let message, !message.isEmpty else { return name }
    return "\(name): \(message.escapingControls())"
  }
}

extension XMLScanner {
  /// The text of the element just started, which is read to its end.
  mutating func nextString() throws(XMLError) -> String {
    string(try text())
  }
}
