package import HTTP

extension CredentialContext {
  /// The world of this process: its environment and files, with requests going out over `http`.
  ///
  /// `region` is that of `--region`.
  package init(
    environment: Environment, files: ProfileFiles, http: HTTPClient, caller: CallerEnvironment,
    region: Region? = nil, clock: ServiceClock = ServiceClock()
  ) {
    self.init(
      environment: environment, files: files,
      send: { request throws(HTTPError) in try await http.send(request) }, caller: caller,
      endpoint: EndpointSettings.finder(environment: environment, files: files), region: region,
      clock: clock)
  }
}
