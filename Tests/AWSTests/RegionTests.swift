import AWS
import Testing

@Suite struct RegionTests {
  @Test(arguments: [
    "us-east-1", "eusc-de-east-1", "x", "fake-region-10", String(repeating: "a", count: 63),
  ])
  func acceptsHostLabels(name: String) {
    #expect(Region(name)?.name == name)
  }

  @Test(arguments: [
    "", "us-east-1.evil.example", "us-east-1/", "us_east_1", "US-EAST-1", "-a", "a-", "a b", "a#",
    "a@b", "a:1", "ü", "us-east-1\n", String(repeating: "a", count: 64),
  ])
  func refusesWhatWouldChangeTheHost(name: String) {
    #expect(Region(name) == nil)
  }

  @Test(arguments: [
    ("eu-west-1", "amazonaws.com"), ("us-gov-west-1", "amazonaws.com"),
    ("cn-north-1", "amazonaws.com.cn"), ("us-iso-east-1", "c2s.ic.gov"),
    ("us-isob-east-1", "sc2s.sgov.gov"), ("us-isof-south-1", "csp.hci.ic.gov"),
    ("eu-isoe-west-1", "cloud.adc-e.uk"), ("eusc-de-east-1", "amazonaws.eu"),
  ])
  func knowsThePartitionsDomain(name: String, suffix: String) {
    #expect(Region(name).map { Partition(of: $0).dnsSuffix } == suffix)
  }

  @Test(
    arguments: [
      ("a", ["AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"], "d", "a"),
      (nil, ["AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"], "d", "b"),
      (nil, ["AWS_REGION": " ", "AWS_DEFAULT_REGION": "c"], "d", "c"),
      (nil, [:], "d", "d"), (nil, [:], nil, nil),
    ] as [(String?, [String: String], String?, String?)])
  func resolvesInOrder(
    option: String?, variables: [String: String], profile: String?, expected: String?
  ) throws {
    let section = ProfileSection(
      name: "default", properties: profile.map { ["region": $0] } ?? [:])
    let region = try RegionResolver.resolve(
      option: option, environment: environment(variables), profile: section)
    #expect(region?.name == expected)
  }

  @Test(
    arguments: [
      ("a.b", [:], [:], "the user's choice"), (nil, ["AWS_REGION": "a.b"], [:], "AWS_REGION"),
      (nil, ["AWS_DEFAULT_REGION": "a.b"], [:], "AWS_DEFAULT_REGION"),
      (nil, [:], ["region": "a.b"], "profile 'p'"),
    ] as [(String?, [String: String], [String: String], String)])
  func namesThePlaceOfABadRegion(
    option: String?, variables: [String: String], properties: [String: String], place: String
  ) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try RegionResolver.resolve(
          option: option, environment: environment(variables),
          profile: ProfileSection(name: "p", properties: properties))
      })
    #expect(error.kind == .region)
    #expect(error.message == "the region 'a.b' of \(place) is not valid")
  }
}
