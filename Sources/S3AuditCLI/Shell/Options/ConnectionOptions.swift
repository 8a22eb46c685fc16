internal import AWS
internal import Arguments
internal import S3

/// How accounts are reached.
struct ConnectionOptions: Equatable, Sendable {
  /// As typed; more than one is for commands that work with several accounts.
  var profiles: [String] = []
  var region: String?
  var endpointURL: String?
  var addressingStyle: AddressingStyle?
  var isAnonymous = false
  var paysForRequests = false
  var expectedBucketOwner: String?

  var profile: String? { profiles.first }

  /// What is said about the account, whatever the service.
  ///
  /// `buckets` are those that will be asked for.
  func account(for buckets: [String]) -> AccountOptions {
    AccountOptions(
      profile: profile, region: region, endpointURL: endpointURL,
      addressingStyle: addressingStyle, isAnonymous: isAnonymous, buckets: buckets)
  }

  /// What is to be said with every call to S3.
  var calls: S3CallOptions {
    var options = S3CallOptions()
    options.paysForRequests = paysForRequests
    options.expectedBucketOwner = expectedBucketOwner
    return options
  }

  /// The same with each profile alone, each once; as it is when none was named.
  var perProfile: [ConnectionOptions] {
    guard !profiles.isEmpty else { return [self] }
    var seen: Set<String> = []
    return profiles.filter { seen.insert($0).inserted }.map { profile in
      var options = self
      options.profiles = [profile]
      return options
    }
  }
}

extension ConnectionOptions {
  /// The rows of commands that talk to S3, for the part of a command's arguments that holds these.
  static func rows<Root: Sendable>(
    takesProfiles: Bool, _ part: any WritableKeyPath<Root, ConnectionOptions> & Sendable
  ) -> [Option<Root>] {
    rows(takesProfiles: takesProfiles).map { $0.scoped(to: part) }
  }

  private static func rows(takesProfiles: Bool) -> [Option<ConnectionOptions>] {
    let profiles = takesProfiles ? " Repeated, it names one account more." : ""
    return [
      Option(
        long: "profile", value: "name",
        help: "The profile of the AWS configuration files.\(profiles)", group: "CONNECTION",
        environment: "AWS_PROFILE"
      ) { options, text in options.profiles.append(text) },
      Option(
        long: "region", value: "region",
        help: "The region to begin at; buckets elsewhere are found.", group: "CONNECTION",
        defaultText: "the profile's or the EC2 instance's, else us-east-1",
        environment: "AWS_REGION"
      ) { options, text throws(UsageError) in
        options.region = try ArgumentValues.region(text)
      },
      Option(
        long: "endpoint-url", value: "url", help: "An S3-compatible server instead of AWS.",
        group: "CONNECTION", environment: "AWS_ENDPOINT_URL"
      ) { options, text throws(UsageError) in
        options.endpointURL = try ArgumentValues.endpointURL(text)
      },
      Option(
        long: "addressing-style", value: "style",
        help: "Where the bucket's name goes: in the path or in the host name.", group: "CONNECTION",
        choices: AddressingStyle.allCases.map(\.rawValue), defaultText: "auto"
      ) { options, text in options.addressingStyle = AddressingStyle(rawValue: text) },
      .flag(
        "no-sign-request", help: "Send no credentials: for public buckets.", group: "CONNECTION",
        sets: \.isAnonymous),
      Option(
        long: "request-payer", value: "payer",
        help: "Agree to pay for requests to buckets whose requesters pay.", group: "CONNECTION",
        choices: ["requester"]
      ) { options, _ in options.paysForRequests = true },
      Option(
        long: "expected-bucket-owner", value: "account",
        help: "The account that must own the buckets, by its 12 digits; others are refused.",
        group: "CONNECTION"
      ) { options, text throws(UsageError) in
        options.expectedBucketOwner = try ArgumentValues.account(text)
      },
    ]
  }
}
