internal import Answers
internal import Arguments
internal import Metrics
internal import Server
internal import Vocabulary

/// What was asked of `serve`.
struct ServeArguments: CommandArguments {
  var listen = ListenAddress()
  var tokenFile: String?
  var allowedHosts: [String] = []
  var certificateFile: String?
  var keyFile: String?
  var queryTimeout = Duration.seconds(10)
  var connectionsMax = 256
  var logFormat = AccessLog.Format.text
  var metrics = MetricsSettings()

  static let rows: [Option<ServeArguments>] = [
    Option(
      long: "listen", value: "address",
      help: "Where to listen, like 127.0.0.1:9412 or [::1]:9412; port 0 picks a free one.",
      defaultText: "127.0.0.1:9412"
    ) { serve, text throws(UsageError) in
      serve.listen = try ListenAddress(text)
    },
    Option(
      long: "token-file", value: "file",
      help: "The secret that requests have to name, of 16 characters or more.",
      environment: "S3AUDIT_TOKEN"
    ) { serve, text in serve.tokenFile = text },
    Option(
      long: "allow-host", value: "name",
      help:
        "A name by which clients reach the server, beside addresses and localhost; may be repeated.",
      isRepeatable: true
    ) { serve, text throws(UsageError) in
      guard ServeArguments.isHostName(text) else {
        throw .invalidValue("use a name without scheme and port, like audit.example.com")
      }
      serve.allowedHosts.append(text)
    },
    Option(
      long: "tls-cert", value: "file", help: "The certificate to show, with its chain, in PEM."
    ) { serve, text in serve.certificateFile = text },
    Option(long: "tls-key", value: "file", help: "Its private key, in PEM.") { serve, text in
      serve.keyFile = text
    },
    Option(
      long: "query-timeout", value: "age", help: "How long one question may take, like 10s.",
      defaultText: "10s"
    ) { serve, text throws(UsageError) in
      guard let milliseconds = Int64(writtenAge: text), (100...3_600_000).contains(milliseconds)
      else { throw .invalidValue("use a time up to an hour, like 10s or 2m") }
      serve.queryTimeout = .milliseconds(milliseconds)
    },
    .count(
      "max-connections", in: 8...10_000, help: "How many connections there may be at once.",
      defaultText: "256", sets: \.connectionsMax),
    .choice(
      "log-format", value: "format", help: "How each request is logged on standard error.",
      defaultText: "text", sets: \.logFormat),
  ]

  private static func isHostName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
