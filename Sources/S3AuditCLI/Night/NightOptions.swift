internal import Arguments

/// Who is told how a sync went, as it was asked for.
struct NightOptions: Equatable, Sendable {
  /// The file with the URL of a webhook.
  var notifyFile: String?
  /// By how much a bucket may grow in a day, in percent; nil for any growth.
  var growthMax: Double?
  /// The file with the URL of a service that waits for pings.
  var pingFile: String?

  static let notifyVariable = "S3AUDIT_NOTIFY_URL"
  static let pingVariable = "S3AUDIT_PING_URL"

  static func rows<Root: Sendable>(
    _ part: any WritableKeyPath<Root, NightOptions> & Sendable
  ) -> [Option<Root>] {
    [
      Option<NightOptions>(
        long: "notify-url-file", value: "file",
        help: """
          The file with the URL of a webhook, which gets JSON when a sync fails, buckets are refused or stale or \
          grew, and when all is well again.
          """, environment: notifyVariable
      ) { night, text in night.notifyFile = text },
      Option<NightOptions>(
        long: "notify-growth", value: "percent",
        help: "Also when a bucket grew by more than this in a day, like 20%."
      ) { night, text throws(UsageError) in
        night.growthMax = try ArgumentValues.percent(text)
      },
      Option<NightOptions>(
        long: "ping-url-file", value: "file",
        help: """
          The file with a URL that is asked for with /start when a sync begins, and with its exit code, like /0, \
          when it has ended.
          """, environment: pingVariable
      ) { night, text in night.pingFile = text },
    ].map { $0.scoped(to: part) }
  }
}

extension NightOptions {
  /// Where both go, with what the environment says.
  ///
  /// - Throws: `UsageError` for what is no URL that a secret may be sent to, `CommandFailure` for a file that cannot be read.
  func receivers(_ variables: [String: String]) throws -> (
    webhook: ReceiverURL?, pings: ReceiverURL?
  ) {
    let webhook = try Self.url(notifyFile, "--notify-url-file", Self.notifyVariable, variables)
    guard webhook != nil || growthMax == nil else {
      throw UsageError(
        "The option '--notify-growth' is only for '--notify-url-file'.",
        hint: "say who is told: --notify-url-file FILE, or \(Self.notifyVariable)")
    }
    return (webhook, try Self.url(pingFile, "--ping-url-file", Self.pingVariable, variables))
  }

  private static func url(
    _ file: String?, _ option: String, _ variable: String, _ variables: [String: String]
  ) throws -> ReceiverURL? {
    let bytes: [UInt8]
    let origin: String
    if let file {
      bytes = try SecretFile.line(of: file, what: "URL", instead: "another URL")
      origin = "file of '\(option)'"
    } else if let text = variables[variable], !text.isEmpty {
      bytes = Array(text.utf8)
      origin = "variable \(variable)"
    } else {
      return nil
    }
    do throws(ReceiverURL.Refusal) {
      return try ReceiverURL(bytes)
    } catch {
      throw UsageError(
        "The URL in the \(origin) cannot be used: \(error.reason).",
        hint: "write one line there, like https://hooks.example.com/…")
    }
  }
}
