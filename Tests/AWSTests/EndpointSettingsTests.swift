import AWS
import Testing

/// The settings of an environment and the profile it selects.
private func settings(
  _ variables: [String: String] = [:], profile properties: String = ""
) throws -> EndpointSettings {
  let environment = environment(variables, config: "[default]\n\(properties)\n")
  let profile = try selectProfile(in: environment)
  return try EndpointSettings(
    environment: environment, profile: profile.section, files: profile.files)
}

@Suite struct EndpointSettingsTests {
  @Test(
    arguments: [
      ([:], "", "https://sts.eu-west-1.amazonaws.com"),
      (["AWS_USE_FIPS_ENDPOINT": "True"], "", "https://sts-fips.eu-west-1.amazonaws.com"),
      ([:], "use_fips_endpoint = true", "https://sts-fips.eu-west-1.amazonaws.com"),
      (
        ["AWS_USE_FIPS_ENDPOINT": "false"], "use_fips_endpoint = true",
        "https://sts.eu-west-1.amazonaws.com"
      ),
      (["AWS_USE_DUALSTACK_ENDPOINT": "TRUE"], "", "https://sts.eu-west-1.api.aws"),
      ([:], "use_dualstack_endpoint = true", "https://sts.eu-west-1.api.aws"),
      (["AWS_STS_REGIONAL_ENDPOINTS": "legacy"], "", "https://sts.amazonaws.com"),
      ([:], "sts_regional_endpoints = legacy", "https://sts.amazonaws.com"),
      (["AWS_STS_REGIONAL_ENDPOINTS": "regional"], "", "https://sts.eu-west-1.amazonaws.com"),
      (["AWS_ENDPOINT_URL_STS": "http://localhost:1"], "", "http://localhost:1"),
      (["AWS_ENDPOINT_URL_S3": "http://localhost:1"], "", "https://sts.eu-west-1.amazonaws.com"),
      (["AWS_ENDPOINT_URL": "http://localhost:1"], "", "http://localhost:1"),
    ] as [([String: String], String, String)])
  func findsSTS(variables: [String: String], profile: String, expected: String) throws {
    let endpoint = try settings(variables, profile: profile)
      .endpoint(of: .sts, in: #require(Region("eu-west-1")))
    #expect(endpoint.description == expected)
  }

  @Test(
    arguments: [
      (.s3, "https://s3.eu-west-1.amazonaws.com", "s3"),
      (.sts, "https://sts.eu-west-1.amazonaws.com", "sts"),
      (.cloudwatch, "https://monitoring.eu-west-1.amazonaws.com", "monitoring"),
      (.sso, "https://portal.sso.eu-west-1.amazonaws.com", "awsssoportal"),
      (.ssoOIDC, "https://oidc.eu-west-1.amazonaws.com", "sso-oauth"),
      (.signin, "https://eu-west-1.signin.aws.amazon.com", "signin"),
      (.costExplorer, "https://ce.eu-west-1.amazonaws.com", "ce"),
    ] as [(ServiceName, String, String)])
  func knowsEveryService(service: ServiceName, url: String, signingName: String) throws {
    let address = try settings().address(of: service, in: #require(Region("eu-west-1")))
    #expect(address.endpoint.description == url)
    #expect(address.signingName == signingName)
    #expect(address.region.name == "eu-west-1")
  }

  @Test func signsForTheRegionOfAGlobalEndpoint() throws {
    let address = try settings(["AWS_STS_REGIONAL_ENDPOINTS": "legacy"])
      .address(of: .sts, in: #require(Region("eu-west-1")))
    #expect(address.region == .usEast1)
  }

  @Test(arguments: [
    (ServiceName.ssoOIDC, "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"),
    (.sso, "AWS_ENDPOINT_URL_SSO", "sso"), (.signin, "AWS_ENDPOINT_URL_SIGNIN", "signin"),
    (.cloudwatch, "AWS_ENDPOINT_URL_CLOUDWATCH", "cloudwatch"),
    (.costExplorer, "AWS_ENDPOINT_URL_COST_EXPLORER", "cost_explorer"),
  ])
  func readsTheEndpointOfOneService(
    service: ServiceName, variable: String, section: String
  ) throws {
    #expect(
      try settings([variable: "http://a"]).customEndpoint(of: service)?.description == "http://a")
    let profile = "services = x\n[services x]\n\(section) =\n  endpoint_url = http://b"
    #expect(
      try settings(profile: profile).customEndpoint(of: service)?.description == "http://b")
    #expect(try settings(profile: profile).customEndpoint(of: .s3) == nil)
  }

  @Test(arguments: [
    ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True", "AWS_ENDPOINT_URL": "http://a"],
    ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL_S3": "http://a"],
  ])
  func ignoresConfiguredEndpointsOnRequest(variables: [String: String]) throws {
    #expect(try settings(variables).customEndpoint(of: .s3) == nil)
    let environment = environment(variables)
    let files = try ProfileFiles.load(from: environment)
    let flagged = try EndpointSettings(
      environment: environment, profile: ProfileSection(name: "default"), files: files,
      endpointURL: "http://flag")
    #expect(try flagged.customEndpoint(of: .s3)?.description == "http://flag")
  }

  @Test func findsEndpointsBySettingsOfTheProfileGiven() throws {
    let environment = environment()
    let find = EndpointSettings.finder(
      environment: environment, files: try ProfileFiles.load(from: environment))
    let profile = ProfileSection(name: "p", properties: ["use_fips_endpoint": "true"])
    #expect(
      try find(.sso, .usEast1, profile).description
        == "https://portal.sso-fips.us-east-1.amazonaws.com")
  }

  @Test(
    arguments: [
      ([:], "", nil), (["AWS_CA_BUNDLE": "/a"], "ca_bundle = /b", "/a"),
      ([:], "ca_bundle = /b", "/b"), ([:], "ca_bundle = ~/b", "/home/u/b"),
      (["REQUESTS_CA_BUNDLE": "/c"], "", "/c"),
      (["REQUESTS_CA_BUNDLE": "/c"], "ca_bundle = /b", "/b"),
    ] as [([String: String], String, String?)])
  func findsTheBundleOfAuthorities(
    variables: [String: String], profile: String, expected: String?
  ) throws {
    #expect(try settings(variables, profile: profile).caBundlePath == expected)
  }

  @Test(
    arguments: [
      (["AWS_USE_FIPS_ENDPOINT": "1"], "", "AWS_USE_FIPS_ENDPOINT"),
      (["AWS_USE_DUALSTACK_ENDPOINT": "yes"], "", "AWS_USE_DUALSTACK_ENDPOINT"),
      (["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "no"], "", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
      (["AWS_S3_USE_ARN_REGION": "x"], "", "AWS_S3_USE_ARN_REGION"),
      (["AWS_STS_REGIONAL_ENDPOINTS": "x"], "", "AWS_STS_REGIONAL_ENDPOINTS"),
      ([:], "use_fips_endpoint = on", "use_fips_endpoint of profile 'default'"),
      ([:], "s3 =\n  use_accelerate_endpoint = on", "s3.use_accelerate_endpoint of profile"),
      ([:], "s3 =\n  addressing_style = dns", "s3.addressing_style of profile 'default'"),
    ] as [([String: String], String, String)])
  func namesThePlaceOfABadSetting(
    variables: [String: String], profile: String, place: String
  ) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try settings(variables, profile: profile) })
    #expect(error.kind == .endpoint)
    #expect(error.message.hasPrefix(place))
    #expect(error.hint != nil)
  }

  @Test func refusesAServicesSectionThatDoesNotExist() throws {
    let missing = "services = typo"
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try settings(profile: missing).address(of: .sts, in: .usEast1)
      })
    #expect(error.kind == .endpoint)
    #expect(error.message.contains("'typo', which does not exist"))
    // Nothing of it would count.
    for variables in [
      ["AWS_ENDPOINT_URL": "http://localhost:1"], ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"],
    ] {
      _ = try settings(variables, profile: missing).address(of: .sts, in: .usEast1)
    }
  }

  // The rules refuse both together; botocore does not tell them of the variant then.
  @Test(arguments: ServiceName.allCases)
  func takesACustomEndpointAsItIsWhateverTheVariant(service: ServiceName) throws {
    for variable in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
      let settings = try settings([variable: "true", "AWS_ENDPOINT_URL": "http://localhost:1"])
      let endpoint = try settings.endpoint(of: service, in: .usEast1)
      #expect(endpoint.description == "http://localhost:1")
      let bucket = try settings.s3Endpoint(in: .usEast1).address(bucket: "logs")
      #expect(bucket.endpoint.description == "http://localhost:1/logs")
    }
  }

  @Test(arguments: ["fips-us-gov-west-1", "us-gov-west-1-fips"])
  func takesFIPSFromTheOldNamesOfRegions(name: String) throws {
    let region = try #require(Region(name))
    let sts = try settings().address(of: .sts, in: region)
    #expect(sts.endpoint.description == "https://sts.us-gov-west-1.amazonaws.com")
    #expect(sts.region.name == "us-gov-west-1")
    let s3 = try settings().s3Endpoint(in: region)
    let bucket = try s3.address(bucket: "logs")
    #expect(bucket.endpoint.description == "https://logs.s3-fips.us-gov-west-1.amazonaws.com")
    #expect(bucket.region.name == "us-gov-west-1")
    #expect(s3.region.name == "us-gov-west-1")
  }
}

@Suite struct S3SettingsTests {
  @Test(
    arguments: [
      ([:], "", "https://logs.s3.us-east-1.amazonaws.com"),
      (["AWS_USE_FIPS_ENDPOINT": "true"], "", "https://logs.s3-fips.us-east-1.amazonaws.com"),
      (
        ["AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"], "",
        "https://logs.s3-fips.dualstack.us-east-1.amazonaws.com"
      ),
      (
        [:], "s3 =\n  use_dualstack_endpoint = true",
        "https://logs.s3.dualstack.us-east-1.amazonaws.com"
      ),
      (
        ["AWS_USE_DUALSTACK_ENDPOINT": "true"], "s3 =\n  use_dualstack_endpoint = false",
        "https://logs.s3.dualstack.us-east-1.amazonaws.com"
      ),
      (
        [:], "use_dualstack_endpoint = true\ns3 =\n  use_dualstack_endpoint = false",
        "https://logs.s3.dualstack.us-east-1.amazonaws.com"
      ),
      (
        ["AWS_USE_DUALSTACK_ENDPOINT": "false"], "s3 =\n  use_dualstack_endpoint = True",
        "https://logs.s3.dualstack.us-east-1.amazonaws.com"
      ),
      (
        [:], "s3 =\n  use_dualstack_endpoint = false", "https://logs.s3.us-east-1.amazonaws.com"
      ),
      ([:], "s3 =\n  addressing_style = Path", "https://s3.us-east-1.amazonaws.com/logs"),
      (
        [:], "s3 =\n  use_accelerate_endpoint = true\n  addressing_style = path",
        "https://logs.s3-accelerate.amazonaws.com"
      ),
      (
        ["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy"], "", "https://logs.s3.amazonaws.com"
      ),
      ([:], "s3_us_east_1_regional_endpoint = legacy", "https://logs.s3.amazonaws.com"),
      (
        [:], "s3 =\n  us_east_1_regional_endpoint = legacy", "https://logs.s3.amazonaws.com"
      ),
      (["AWS_ENDPOINT_URL_S3": "https://h/base"], "", "https://h/base/logs"),
      (
        ["AWS_ENDPOINT_URL": "https://h/base"], "s3 =\n  addressing_style = virtual",
        "https://logs.h/base"
      ),
    ] as [([String: String], String, String)])
  func reachesBuckets(variables: [String: String], profile: String, expected: String) throws {
    let endpoint = try settings(variables, profile: profile).s3Endpoint(in: .usEast1)
    #expect(try endpoint.address(bucket: "logs").endpoint.description == expected)
  }

  @Test func prefersTheOptionForTheStyle() throws {
    let environment = environment()
    let profile = ProfileSection(name: "p", properties: ["s3": "\naddressing_style = path"])
    let settings = try EndpointSettings(
      environment: environment, profile: profile, files: ProfileFiles.load(from: environment),
      addressingStyle: .virtual)
    #expect(settings.s3.addressingStyle == .virtual)
  }

  @Test(arguments: [
    (["AWS_S3_USE_ARN_REGION": "false"], ""), ([:], "s3_use_arn_region = false"),
    ([:], "s3 =\n  use_arn_region = false"),
  ])
  func keepsARNsInTheRegionOnRequest(variables: [String: String], profile: String) throws {
    let endpoint = try settings(variables, profile: profile).s3Endpoint(in: .usEast1)
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try endpoint.address(bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/audit")
      })
    #expect(error.message.contains("UseArnRegion"))
  }

  @Test(arguments: [
    (["AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true"], ""),
    ([:], "s3_disable_express_session_auth = true"),
  ])
  func leavesOutSessionsOnRequest(variables: [String: String], profile: String) throws {
    let bucket = "logs--use1-az4--x-s3"
    #expect(
      try settings().s3Endpoint(in: .usEast1).address(bucket: bucket).scheme == .s3Express)
    let address = try settings(variables, profile: profile).s3Endpoint(in: .usEast1)
      .address(bucket: bucket)
    #expect(address.scheme == .sigV4)
    #expect(address.signingName == "s3express")
  }
}
