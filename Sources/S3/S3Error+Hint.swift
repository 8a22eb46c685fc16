extension S3Error {
  /// What the user can do about an error.
  ///
  /// Where the way out is something that each face of the program asks for in its own way, such as an
  /// option of the command line, the hint says which, and the face has the words.
  package enum Hint: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Words for every face.
    case words(String)
    /// The bucket's region has to be named.
    case nameRegion
    /// Requests have to be signed for this region.
    case signFor(region: String)
    /// A second redirect: the bucket's region has to be named, or the endpoint is wrong.
    case nameRegionOrCheckEndpoint
    /// The service asked for fewer requests.
    case askForLess
    /// The service is unavailable, perhaps because of so many requests.
    case comeBackOrAskForLess
    /// The service has asked for fewer requests for as long as there was patience.
    case comeBackAndAskForLess
    /// The bucket may belong to another account than the one that the user expects.
    case checkExpectedOwner(String)
    /// Access is denied, for which the bucket's requesters may have to agree to pay.
    case checkPermissionsOrAgreeToPay

    /// The endpoint is this one, as the answer says.
    case useEndpoint(String)
    /// The server may speak TLS where it is asked in plain HTTP.
    case tryHTTPS
    /// A web page came in place of an answer: its port may be that of a console.
    case checkPort
    /// A web page refuses: something on the way, perhaps the proxy with this URL.
    case askWhoIsOnTheWay(proxy: String?)
    /// The endpoint's URL names a bucket already.
    case leaveBucketOutOfEndpoint
    /// The server takes a bucket's name in front of its host only.
    case addressVirtually
    /// The server takes a bucket's name in the path only.
    case addressByPath

    package init(stringLiteral words: String) {
      self = .words(words)
    }

    /// Access denied, as far as the code alone tells.
    static let checkPermissions = Hint.words(permissionWords)
    /// Access denied, where signatures may be refused for their time.
    package static let checkClock = Hint.words(
      "set this machine's clock, which is far from the server's; if that is not it, "
        + permissionWords)

    /// What to check when access is denied.
    package static let permissionWords =
      "check what the credentials, the bucket policy and the account allow"
  }
}
