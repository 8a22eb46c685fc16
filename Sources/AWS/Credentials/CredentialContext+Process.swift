package import HTTP

extension CredentialContext {
  /// The world of this process: its environment and files, with requests going out over `http`.
  ///
  /// `region` is that of `--region`.
  package init(
    environment: Environment, files: ProfileFiles, http: HTTPClient, caller: CallerEnvironment,
    region: Region? = nil
  ) {
    self.init(
      environment: environment, files: files,
      send: { request throws(HTTPError) in try await http.send(request) }, caller: caller,
      endpoint: Self.endpointFinder(environment: environment, files: files), region: region)
  }

  /// Finds the endpoint that the user gave for a service, else AWS's own.
  package static func endpointFinder(
    environment: Environment, files: ProfileFiles
  ) -> EndpointFinder {
    { (service, region, section) throws(ConfigurationError) in
      let profile = SelectedProfile(
        name: section.name, origin: .fallback, section: section, files: files)
      return try ConfiguredEndpoint.resolve(
        service: service.rawValue, option: nil, environment: environment, profile: profile)
        ?? Endpoint(host: "\(service.rawValue).\(region).\(region.dnsSuffix)")
    }
  }
}
