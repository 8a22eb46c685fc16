package import HTTP
package import Signing

/// What providers of credentials need of the world around them, as one value.
package struct CredentialContext: Sendable {
  /// Sends one request and answers with its whole response.
  ///
  /// No retry, no redirect: a provider decides about those itself.
  package typealias Sender =
    @Sendable (_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse

  /// Where a service is, for a region and the profile whose settings count.
  package typealias EndpointFinder =
    @Sendable (_ service: ServiceName, _ region: Region, _ profile: ProfileSection)
    throws(ConfigurationError) -> Endpoint

  package var environment: Environment
  package var files: ProfileFiles
  package var send: Sender
  /// Time, sleep and chance.
  package var caller: CallerEnvironment
  package var endpoint: EndpointFinder
  /// The region that wins over those of environment and profile: the user's choice
  /// for this run, or the instance's where nobody names one.
  package var region: Region?
  /// How far the services' clock is from this machine's, as far as that is known.
  package let clock: ServiceClock

  package init(
    environment: Environment, files: ProfileFiles, send: @escaping Sender,
    caller: CallerEnvironment, endpoint: @escaping EndpointFinder, region: Region? = nil,
    clock: ServiceClock = ServiceClock()
  ) {
    self.environment = environment
    self.files = files
    self.send = send
    self.caller = caller
    self.endpoint = endpoint
    self.region = region
    self.clock = clock
  }

  /// The time of day, as far as is known by the services' clock, which decides what has expired.
  package var now: SigningTime { clock.corrected(caller.now()) }
}
