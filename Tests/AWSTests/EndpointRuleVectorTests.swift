import AWS
import Foundation
import TestSupport
import Testing

/// Cases of boto/botocore: parameters, and the endpoint or the error that the rules answer.
@Suite(.enabled(if: Vectors.havePart("endpoints"), Comment(rawValue: Vectors.notice("endpoints"))))
struct EndpointRuleVectorTests {
  /// By the names of the files, each as far as it is there; the first three always are.
  private static let services: [(file: String, service: ServiceName, isRequired: Bool)] = [
    ("s3", .s3, true), ("sts", .sts, true), ("cloudwatch", .cloudwatch, true),
    ("sso", .sso, false), ("sso-oidc", .ssoOIDC, false), ("signin", .signin, false),
  ]

  static let cases = services.flatMap { file, service, _ in cases(in: file, of: service) }

  private static func cases(in file: String, of service: ServiceName) -> [RuleCase] {
    // An unreadable file leaves no cases, and `findsTheSuites` fails.
    let suite = try? JSONDecoder().decode(
      RuleSuite.self, from: Vectors.data("endpoints/\(file).json"))
    return suite.map { $0.testCases.map { RuleCase(service: service, vector: $0) } } ?? []
  }

  @Test func findsTheSuites() {
    let present = Vectors.names(in: "endpoints")
    for (file, service, isRequired) in Self.services
    where isRequired || present.contains("\(file).json") {
      #expect(Self.cases.contains { $0.service == service }, "\(file)")
    }
  }

  @Test(arguments: cases)
  func answersAsTheRuleSetsDo(test: RuleCase) {
    check(test.vector, test.service)
  }

  /// Of a case, all but what is expected may be missing (Smithy, "smithy.rules#endpointTests").
  @Test func readsCasesWithoutParameters() throws {
    let text = """
      {"version": "1.0", "testCases": [
        {"expect": {"error": "Invalid Configuration: Missing Region"}},
        {"params": {}, "expect": {"error": "Invalid Configuration: Missing Region"}}]}
      """
    let suite = try JSONDecoder().decode(RuleSuite.self, from: Data(text.utf8))
    for vector in suite.testCases { check(vector, .sts) }
  }

  @Test func knowsThePartitions() throws {
    let file = try JSONDecoder().decode(
      PartitionFile.self, from: Vectors.data("endpoints/partitions.json"))
    #expect(Partition.all.map(\.id).sorted() == file.partitions.map(\.id).sorted())
    for expected in file.partitions {
      let partition = try #require(Partition.all.first { $0.id == expected.id })
      #expect(partition.dnsSuffix == expected.outputs.dnsSuffix)
      #expect(partition.dualStackDNSSuffix == expected.outputs.dualStackDnsSuffix)
      #expect(partition.implicitGlobalRegion == expected.outputs.implicitGlobalRegion)
      #expect(partition.supportsFIPS == expected.outputs.supportsFIPS)
      #expect(partition.supportsDualStack == expected.outputs.supportsDualStack)
      for name in expected.regions.keys {
        #expect(Partition(of: try #require(Region(name))) == partition, Comment(rawValue: name))
      }
    }
  }

  private func check(_ vector: RuleSuite.Case, _ service: ServiceName) {
    let comment = Comment(rawValue: "\(service): \(vector.documentation ?? "\(vector)")")
    let parameters = (vector.params ?? RuleSuite.Parameters()).parameters
    do throws(EndpointRuleError) {
      let resolved =
        try service == .s3
        ? S3EndpointRules.resolve(parameters)
        : RegionalEndpointRules.resolve(service, parameters)
      guard let expected = vector.expect.endpoint else {
        Issue.record(Comment(rawValue: "\(comment): \(resolved.url) is no error"))
        return
      }
      #expect(resolved.url == expected.url, comment)
      #expect((expected.headers ?? [:]).isEmpty, "no rule that is known here asks for headers")
      #expect(resolved.backend == expected.properties?.backend, comment)
      let schemes = expected.properties?.authSchemes ?? []
      #expect(resolved.authSchemes.map(\.vector) == schemes.map(\.withDefaults), comment)
    } catch {
      #expect(error.message == vector.expect.error, comment)
    }
  }
}

/// A case and the service that it is about.
struct RuleCase: Sendable, CustomTestStringConvertible {
  let service: ServiceName
  let vector: RuleSuite.Case

  var testDescription: String { "\(service): \(vector.documentation ?? "\(vector)")" }
}

struct RuleSuite: Decodable {
  struct Case: Decodable {
    var documentation: String?
    var expect: Expectation
    var params: Parameters?
  }

  struct Expectation: Decodable {
    var endpoint: Endpoint?
    var error: String?
  }

  struct Endpoint: Decodable {
    struct Properties: Decodable {
      var authSchemes: [Scheme]?
      var backend: String?
    }

    var url: String
    var headers: [String: [String]]?
    var properties: Properties?
  }

  struct Scheme: Decodable, Equatable {
    var name: String
    var signingName: String?
    var signingRegion: String?
    var signingRegionSet: [String]?
    var disableDoubleEncoding: Bool?

    var withDefaults: Scheme {
      var scheme = self
      scheme.disableDoubleEncoding = disableDoubleEncoding ?? false
      return scheme
    }
  }

  struct Parameters: Decodable {
    var region: String?
    var useFIPS: Bool?
    var useDualStack: Bool?
    var endpoint: String?
    var useGlobalEndpoint: Bool?
    var bucket: String?
    var accelerate: Bool?
    var forcePathStyle: Bool?
    var useARNRegion: Bool?
    var disableAccessPoints: Bool?
    var disableMultiRegionAccessPoints: Bool?
    var useObjectLambdaEndpoint: Bool?
    var useS3ExpressControlEndpoint: Bool?
    var disableS3ExpressSessionAuth: Bool?

    enum CodingKeys: String, CodingKey {
      case region = "Region"
      case useFIPS = "UseFIPS"
      case useDualStack = "UseDualStack"
      case endpoint = "Endpoint"
      case useGlobalEndpoint = "UseGlobalEndpoint"
      case bucket = "Bucket"
      case accelerate = "Accelerate"
      case forcePathStyle = "ForcePathStyle"
      case useARNRegion = "UseArnRegion"
      case disableAccessPoints = "DisableAccessPoints"
      case disableMultiRegionAccessPoints = "DisableMultiRegionAccessPoints"
      case useObjectLambdaEndpoint = "UseObjectLambdaEndpoint"
      case useS3ExpressControlEndpoint = "UseS3ExpressControlEndpoint"
      case disableS3ExpressSessionAuth = "DisableS3ExpressSessionAuth"
    }

    var parameters: EndpointParameters {
      var parameters = EndpointParameters(region: region)
      parameters.useFIPS = useFIPS ?? false
      parameters.useDualStack = useDualStack ?? false
      parameters.endpoint = endpoint
      parameters.useGlobalEndpoint = useGlobalEndpoint ?? false
      parameters.bucket = bucket
      parameters.accelerate = accelerate ?? false
      parameters.forcePathStyle = forcePathStyle ?? false
      parameters.useARNRegion = useARNRegion
      parameters.disableAccessPoints = disableAccessPoints ?? false
      parameters.disableMultiRegionAccessPoints = disableMultiRegionAccessPoints ?? false
      parameters.useObjectLambdaEndpoint = useObjectLambdaEndpoint ?? false
      parameters.useS3ExpressControlEndpoint = useS3ExpressControlEndpoint ?? false
      parameters.disableS3ExpressSessionAuth = disableS3ExpressSessionAuth ?? false
      return parameters
    }
  }

  var testCases: [Case]
}

extension AuthScheme {
  fileprivate var vector: RuleSuite.Scheme {
    let isSet = name == .sigV4a
    return RuleSuite.Scheme(
      name: name.rawValue, signingName: signingName,
      signingRegion: isSet ? nil : signingRegions.first,
      signingRegionSet: isSet ? signingRegions : nil,
      disableDoubleEncoding: disablesDoubleEncoding)
  }
}

private struct PartitionFile: Decodable {
  struct Entry: Decodable {
    struct Outputs: Decodable {
      var dnsSuffix: String
      var dualStackDnsSuffix: String
      var implicitGlobalRegion: String
      var supportsFIPS: Bool
      var supportsDualStack: Bool
    }

    struct Description: Decodable {
      var description: String
    }

    var id: String
    var outputs: Outputs
    var regions: [String: Description]
  }

  var partitions: [Entry]
}
