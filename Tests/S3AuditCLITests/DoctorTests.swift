import AWS
import HTTP
import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct DoctorTests {
  // MARK: - Exit codes

  private func check(
    _ status: DoctorCheck.Status, _ weight: DoctorCheck.Weight
  ) -> DoctorCheck {
    DoctorCheck(.permissions, "x", status, "", weight: weight)
  }

  @Test(arguments: [DoctorCheck.Status.ok, .warning, .unsupported, .skipped])
  func whatIsNoTroubleIsFine(status: DoctorCheck.Status) {
    #expect(
      ExitStatus(for: [check(status, .needed), check(.ok, .bucket), check(status, .optional)])
        == .done)
  }

  @Test(arguments: [DoctorCheck.Status.failed, .denied])
  func troubleCountsByWhatNeedsIt(status: DoctorCheck.Status) {
    #expect(ExitStatus(for: [check(.ok, .needed), check(status, .needed)]) == .failed)
    #expect(ExitStatus(for: [check(.ok, .needed), check(status, .optional)]) == .refused)
    #expect(ExitStatus(for: [check(.ok, .bucket), check(status, .bucket)]) == .refused)
    #expect(ExitStatus(for: [check(status, .bucket), check(status, .bucket)]) == .failed)
  }

  // MARK: - Configuration

  @Test(arguments: [
    ("http://user:canary@proxy.test:3128/", "proxy.test:3128"), ("proxy.test", "proxy.test"),
    ("user:canary@proxy.test:1", "proxy.test:1"),
    ("http://us/er:can@ry@proxy.test:1", "proxy.test:1"),
    ("socks5h://[::1]:1080?x", "[::1]:1080"),
  ])
  func showsHostsOfProxiesOnly(proxy: String, host: String) {
    #expect(DoctorSetup.host(of: proxy) == host)
  }

  private func setup(
    _ variables: [String: String], files: [String: String] = [:],
    _ options: ConnectionOptions = .init()
  ) -> DoctorSetup {
    let environment = Environment(variables: variables, home: "/home/u") {
      (path) throws(ConfigurationError) in files[path].map { Array($0.utf8) }
    }
    return DoctorSetup(options, environment: environment)
  }

  private func detail(_ setup: DoctorSetup, _ name: String) -> String? {
    setup.checks.first { $0.name == name }?.detail
  }

  @Test func saysWhereSettingsComeFrom() {
    let files = ["/home/u/.aws/config": "[profile a]\nregion = eu-west-1\n"]
    let found = setup(["AWS_PROFILE": "a"], files: files)
    #expect(detail(found, "profile") == "a, from AWS_PROFILE")
    #expect(detail(found, "region") == "eu-west-1, from profile 'a'")
    #expect(
      detail(found, "endpoint") == "https://s3.eu-west-1.amazonaws.com, AWS, partition aws")
    #expect(detail(setup([:]), "region") == "us-east-1, as none is set")
  }

  @Test func saysThatTheRegionIsTheInstances() {
    func setup(_ variables: [String: String]) -> DoctorSetup {
      DoctorSetup(
        .init(), environment: Environment(variables: variables, home: "/home/u"),
        instanceRegion: Region("cn-north-1"))
    }
    let found = setup([:])
    #expect(detail(found, "region") == "cn-north-1, from the instance")
    #expect(found.region.name == "cn-north-1")
    #expect(detail(found, "endpoint")?.hasSuffix("partition aws-cn") == true)
    #expect(detail(setup(["AWS_REGION": "us-west-1"]), "region") == "us-west-1, from AWS_REGION")
  }

  @Test func saysThatAFileCannotBeRead() {
    let environment = Environment(variables: [:], home: "/home/u") {
      path throws(ConfigurationError) in
      throw ConfigurationError(.fileRefused(path: path, reason: "Is a directory"), "")
    }
    let check = DoctorSetup(.init(), environment: environment).checks
      .first { $0.name == "credentials file" }
    #expect(check?.status == .warning)
    #expect(
      check?.detail == "/home/u/.aws/credentials, which cannot be read: Is a directory")
    #expect(check?.help != nil)
    #expect(
      detail(setup([:]), "config file") == "/home/u/.aws/config, which does not exist")
  }

  @Test func saysWhichEndpointCounts() {
    let found = setup(
      ["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000", "AWS_USE_DUALSTACK_ENDPOINT": "false"])
    #expect(detail(found, "endpoint") == "http://127.0.0.1:9000, from AWS_ENDPOINT_URL_S3")
    #expect(detail(found, "dual stack") == nil)
    let other = setup(["AWS_USE_FIPS_ENDPOINT": "true", "AWS_REGION": "us-gov-west-1"])
    #expect(detail(other, "FIPS") == "on")
    #expect(detail(other, "endpoint")?.hasSuffix("partition aws-us-gov") == true)
  }

  @Test func oneMistakeDoesNotHideTheRest() {
    let found = setup(["AWS_REGION": "not a region", "AWS_MAX_ATTEMPTS": "none"])
    let failed = found.checks.filter { $0.status == .failed }
    #expect(failed.map(\.name) == ["region", "retries"])
    #expect(failed.allSatisfy { $0.help != nil && $0.weight == .needed })
    #expect(found.service == nil)
  }

  @Test func missingAuthoritiesAreToldWithAWayOut() {
    let found = setup(["AWS_CA_BUNDLE": "/ca.pem"])
    #expect(detail(found, "authorities") == "/ca.pem, from AWS_CA_BUNDLE, does not exist")
    let wrong = setup(["AWS_CA_BUNDLE": "/ca.pem"], files: ["/ca.pem": "der"])
    #expect(detail(wrong, "authorities")?.contains("PEM") == true)
    let right = setup(
      ["AWS_CA_BUNDLE": "/ca.pem"], files: ["/ca.pem": "-----BEGIN CERTIFICATE-----"])
    #expect(right.checks.allSatisfy { $0.status == .ok })
  }

  @Test func ignoredProxyVariableIsAWarning() {
    let found = setup(["HTTP_PROXY": "http://u:canary@proxy.test:1"])
    let check = found.checks.first { $0.name == "proxy" }
    #expect(check?.status == .warning)
    #expect(check?.detail.contains("canary") == false)
  }

  // MARK: - Clock

  @Test(arguments: [
    (0, DoctorCheck.Status.ok), (59, .ok), (-62, .warning), (299, .warning), (302, .failed),
    (-902, .failed),
  ])
  func judgesTheClock(offsetSeconds: Int, status: DoctorCheck.Status) throws {
    let there = try #require(Timestamp(iso8601: "1994-11-06T08:49:37Z"))
    let here = Timestamp(
      millisecondsSinceEpoch: there.millisecondsSinceEpoch + Int64(offsetSeconds) * 1_000 + 500)
    let response = HTTPResponse(
      status: 403,
      headers: HTTPHeaders([HTTPHeader(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT")]))
    let check = DoctorNetwork.clockCheck(
      .init(response: response, sentAt: here, receivedAt: here))
    #expect(check.status == status)
    #expect(check.weight == .optional)
    #expect(check.detail.contains("15 min") == (abs(offsetSeconds) > 900))
    #expect((check.help == nil) == (status == .ok))
  }

  @Test func aServerWithoutATimeTellsNothing() {
    let now = Timestamp(millisecondsSinceEpoch: 0)
    let check = DoctorNetwork.clockCheck(
      .init(response: HTTPResponse(status: 200), sentAt: now, receivedAt: now))
    #expect(check.status == .skipped)
  }
}
