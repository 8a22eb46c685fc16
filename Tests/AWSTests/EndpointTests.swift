import AWS
import Foundation
import TestSupport
import Testing

@Suite struct EndpointTests {
  @Test(arguments: [
    ("https://s3.example.com", "https://s3.example.com", "s3.example.com"),
    ("HTTPS://S3.Example.com/", "https://s3.example.com", "s3.example.com"),
    ("http://localhost:9000", "http://localhost:9000", "localhost:9000"),
    ("http://127.0.0.1:80/", "http://127.0.0.1", "127.0.0.1"),
    ("https://host:443", "https://host", "host"),
    ("https://host:9000/base//", "https://host:9000/base", "host:9000"),
    ("http://[::1]:9000/a/b", "http://[::1]:9000/a/b", "[::1]:9000"),
    ("http://minio_1:9000", "http://minio_1:9000", "minio_1:9000"),
    (" https://host. ", "https://host.", "host."),
  ])
  func readsURLs(text: String, expected: String, authority: String) throws {
    let endpoint = try Endpoint(parsing: text, from: "--endpoint-url")
    #expect(endpoint.description == expected)
    #expect(endpoint.authority == authority)
  }

  @Test(arguments: [
    ("", "begin with"), ("host:9000", "begin with"), ("ftp://host", "begin with"),
    ("//host", "begin with"), ("https://", "host name"), ("https:///x", "host name"),
    ("https://a b", "host name"), ("https://a..b", "host name"), ("https://-a", "host name"),
    ("https://[::1", "host name"), ("https://[x]", "host name"), ("https://[::1]x", "host name"),
    ("https://a\\b", "host name"), ("https://a%2Fb", "host name"), ("https://ü", "host name"),
    ("https://host:", "port"), ("https://host:0", "port"), ("https://host:65536", "port"),
    ("https://host:+1", "port"), ("https://host:1:2", "port"),
    ("https://host/a?b", "query"), ("https://host?", "query"), ("https://host#a", "fragment"),
    ("https://user:canary@host", "user name"), ("https://canary@host", "user name"),
    ("https://host/a b", "path"), ("https://host/ü", "path"),
  ])
  func refusesOtherURLs(text: String, problem: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) { try Endpoint(parsing: text, from: "--x") })
    #expect(error.kind == .endpoint)
    #expect(error.message.hasPrefix("the endpoint URL of --x "))
    #expect(error.message.contains(problem))
    #expect(!error.message.contains("canary"))
  }
}

@Suite struct S3EndpointTests {
  @Test(
    arguments: [
      ("us-east-1", nil, .auto, "logs", "https://logs.s3.us-east-1.amazonaws.com"),
      ("cn-north-1", nil, .auto, "logs", "https://logs.s3.cn-north-1.amazonaws.com.cn"),
      ("us-gov-west-1", nil, .auto, "logs", "https://logs.s3.us-gov-west-1.amazonaws.com"),
      ("us-east-1", nil, .virtual, "logs", "https://logs.s3.us-east-1.amazonaws.com"),
      ("us-east-1", nil, .path, "logs", "https://s3.us-east-1.amazonaws.com/logs"),
      ("us-east-1", nil, .auto, "a.b.c", "https://s3.us-east-1.amazonaws.com/a.b.c"),
      ("us-east-1", nil, .auto, "Old_Bucket", "https://s3.us-east-1.amazonaws.com/Old_Bucket"),
      ("us-east-1", nil, .auto, "ab", "https://s3.us-east-1.amazonaws.com/ab"),
      ("us-east-1", "https://s3.example.com", .auto, "logs", "https://s3.example.com/logs"),
      ("us-east-1", "https://s3.example.com", .virtual, "logs", "https://logs.s3.example.com"),
      ("us-east-1", "https://s3.example.com", .virtual, "a.b", "https://s3.example.com/a.b"),
      ("us-east-1", "http://s3.example.com", .virtual, "a.b", "http://a.b.s3.example.com"),
      ("us-east-1", "http://s3.example.com", .virtual, "1.2.3.4", "http://s3.example.com/1.2.3.4"),
      ("us-east-1", "http://localhost:9000", .auto, "logs", "http://localhost:9000/logs"),
      ("us-east-1", "http://localhost:9000", .virtual, "logs", "http://logs.localhost:9000"),
      ("us-east-1", "http://10.0.0.1:9000", .virtual, "logs", "http://10.0.0.1:9000/logs"),
      ("us-east-1", "http://[::1]", .virtual, "logs", "http://[::1]/logs"),
      ("us-east-1", "https://h/base", .virtual, "logs", "https://logs.h/base"),
      ("us-east-1", "https://h/base", .auto, "tenant:logs", "https://h/base/tenant%3Alogs"),
    ] as [(String, String?, AddressingStyle, String, String)])
  func putsTheBucketIntoHostOrPath(
    region: String, custom: String?, style: AddressingStyle, bucket: String, expected: String
  ) throws {
    let endpoint = try S3Endpoint(
      region: #require(Region(region)),
      custom: custom.map { try Endpoint(parsing: $0, from: "--endpoint-url") },
      addressingStyle: style)
    #expect(try endpoint.address(bucket: bucket).endpoint.description == expected)
  }

  @Test func namesTheServiceWithoutABucket() throws {
    #expect(
      try S3Endpoint(region: .usEast1).service.endpoint.description
        == "https://s3.us-east-1.amazonaws.com")
  }

  @Test(arguments: [
    "", ".", "..", "a/b", "a b", "a\n", "\u{1B}[2J", "arn:\u{1B}[2J",
    String(repeating: "a", count: 256),
  ])
  func refusesWhatIsNoBucket(bucket: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try S3Endpoint(region: .usEast1).address(bucket: bucket)
      })
    #expect(error.kind == .bucketName)
    #expect(!error.message.contains("\u{1B}"))
  }
}

/// Cases of boto/botocore.
@Suite(
  .enabled(
    if: Vectors.havePart("configured-endpoint-urls"),
    Comment(rawValue: Vectors.notice("configured-endpoint-urls"))))
struct ConfiguredEndpointVectorTests {
  static let cases = {
    // An unreadable file leaves no cases, and `findsTheSuite` fails.
    let file = try? JSONDecoder().decode(
      VectorFile.self, from: Vectors.data("configured-endpoint-urls/profile-tests.json"))
    return (file?.testSuites ?? []).flatMap { suite in
      suite.endpointUrlTests.map { ConfiguredEndpointCase(suite: suite, vector: $0) }
    }
  }()

  @Test func findsTheSuite() {
    #expect(!Self.cases.isEmpty)
  }

  @Test(arguments: cases)
  func resolvesConfiguredEndpoints(test: ConfiguredEndpointCase) throws {
    let (suite, vector) = (test.suite, test.vector)
    let client = try #require(suite.clientConfigs[vector.clientConfig])
    var variables = try #require(suite.environments[vector.environment])
    // The client's own switch, which is no flag of this program.
    if client.ignoreConfiguredEndpointURLs == true {
      variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
    }
    let environment = environment(variables, config: suite.configFile)
    let profile = try selectProfile(vector.profile, in: environment)
    let region = try RegionResolver.resolve(
      option: nil, environment: environment, profile: profile.section)
    let settings = try EndpointSettings(
      environment: environment, profile: profile.section, files: profile.files,
      endpointURL: client.endpointURL)
    let custom = try settings.customEndpoint(ofServiceNamed: vector.service)
    let url =
      try custom
      ?? settings.endpoint(
        of: #require(ServiceName(rawValue: vector.service)), in: #require(region))
    #expect(url.description == vector.output.endpointUrl, Comment(rawValue: vector.name))
  }
}

struct ConfiguredEndpointCase: Sendable, CustomTestStringConvertible {
  fileprivate let suite: VectorFile.Suite
  fileprivate let vector: VectorFile.Case

  var testDescription: String { vector.name }
}

private struct VectorFile: Decodable {
  struct Client: Decodable {
    var endpointURL: String?
    var ignoreConfiguredEndpointURLs: Bool?

    enum CodingKeys: String, CodingKey {
      case endpointURL = "endpoint_url"
      case ignoreConfiguredEndpointURLs = "ignore_configured_endpoint_urls"
    }
  }

  struct Case: Decodable {
    struct Output: Decodable {
      var endpointUrl: String
    }

    var name: String
    var profile: String
    var clientConfig: String
    var environment: String
    var service: String
    var output: Output

    enum CodingKeys: String, CodingKey {
      case name, profile, environment, service, output
      case clientConfig = "client_config"
    }
  }

  struct Suite: Decodable {
    var profiles: [String: [String: String]]
    var services: [String: [String: [String: String]]]
    var clientConfigs: [String: Client]
    var environments: [String: [String: String]]
    var endpointUrlTests: [Case]

    enum CodingKeys: String, CodingKey {
      case profiles, services, environments, endpointUrlTests
      case clientConfigs = "client_configs"
    }

    /// The profiles and services as a config file would write them.
    var configFile: String {
      let profiles = profiles.map { name, properties in
        "[profile \(name)]\n" + properties.map { "\($0) = \($1)\n" }.joined()
      }
      let services = services.map { name, services in
        let blocks = services.map { service, properties in
          "\(service) =\n" + properties.map { "  \($0) = \($1)\n" }.joined()
        }
        return "[services \(name)]\n" + blocks.joined()
      }
      return (profiles + services).joined()
    }
  }

  var testSuites: [Suite]
}
