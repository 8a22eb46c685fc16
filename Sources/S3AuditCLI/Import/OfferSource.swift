internal import HTTP
internal import System
internal import Vocabulary

/// Where a price list is read from: a file, a URL, or standard input.
struct OfferSource {
  private let name: String
  private let context: Context

  /// More than all regions of AmazonS3 together.
  private static let bytesMax = 512 << 20

  init(_ name: String, _ context: Context) {
    self.name = name
    self.context = context
  }

  /// All of it, decompressed where it is gzip.
  func bytes() async throws -> [UInt8] {
    let bytes = try await stored()
    guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
    guard let plain = HTTPResponse.decompressed(gzip: bytes, bytesMax: Self.bytesMax) else {
      throw failure("it is damaged, or cut short", hint: "fetch it again")
    }
    return plain
  }

  private func stored() async throws -> [UInt8] {
    if name == "-" {
      let interrupt = context.interrupt
      return try Terminal.readInputBytes { interrupt.isInterrupted }
    }
    guard name.contains("://") else { return try storedInFile() }
    guard name.hasPrefix("https://") || name.hasPrefix("http://") else {
      throw failure("only http and https URLs are read", hint: "fetch it, and name the file")
    }
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 1, userAgent: userAgent))
    let response = try await client.send(HTTPRequest(url: name, bodyBytesMax: Self.bytesMax))
    guard response.status == 200 else {
      throw failure(
        "the server answered with status \(response.status)", hint: "check the URL")
    }
    return response.body
  }

  /// Of a file, or of a pipe under a name, as shells make of `<(zcat …)`.
  private func storedInFile() throws -> [UInt8] {
    let contents: [UInt8]?
    do throws(SystemError) {
      contents = try SequentialFile(reading: name).rest(bytesMax: Self.bytesMax)
    } catch {
      throw failure(
        error.isNowhere ? "there is no such file" : "it cannot be read",
        hint: "check that it is a file and that you may read it")
    }
    guard let contents else {
      throw failure(
        "it is larger than \(Self.bytesMax >> 20) MiB", hint: "check that it is a price list")
    }
    return contents
  }

  private func failure(_ reason: String, hint: String) -> CommandFailure {
    CommandFailure(message: "cannot read \(name.escapingControls()): \(reason)", hint: hint)
  }
}
