import Testing
import Vocabulary

@testable import Simulator

/// Versions over the wire: requests that write, faults, churn and counts.
@Suite struct VersionRequestTests {
  private func server(
    _ versioning: VersioningState = .enabled, _ dialect: VersionDialect = .aws, count: Int = 40,
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: [
        BucketSpecification(name: "logs", shape: .flat, count: count, versioning: versioning)
      ])
    configuration.isWritable = true
    configuration.hasControl = true
    configuration.versions.dialect = dialect
    configuration.versions.perKey = 3...3
    change(&configuration)
    return try SimulatedS3(configuration)
  }

  /// What pages say, and what a bucket holds: the same.
  private func versions(_ server: SimulatedS3, _ query: String = "") throws -> [SimulatedVersion] {
    let answer = try LoopbackClient(port: server.port)
      .get("/logs?versions&encoding-type=url&max-keys=1000\(query)")
    #expect(answer.status == 200)
    let listing = try #require(ParsedListing(answer.body))
    return listing.simulatedVersions(isURLEncoded: true)
  }

  private func stack(_ server: SimulatedS3, _ key: String) throws -> [SimulatedVersion] {
    #expect(try versions(server) == server.versions(of: "logs"))
    return server.versions(of: "logs").filter { $0.key.text == key }
  }

  private static let key = "object-000000000002"

  @Test func putMakesTheCurrentVersionNoncurrent() throws {
    let server = try server()
    let client = try LoopbackClient(port: server.port)
    let before = try stack(server, Self.key)
    let answer = try client.send(
      "PUT", "/logs/\(Self.key)", headers: [("x-amz-storage-class", "GLACIER")], body: "hello")
    let after = try stack(server, Self.key)
    #expect(after.count == 4 && after[0].isLatest && after[0].object?.size == 5)
    #expect(after[0].object?.storageClass == "GLACIER")
    #expect(answer.headers["x-amz-version-id"] == after[0].versionID)
    #expect(after.dropFirst().map(\.versionID) == before.map(\.versionID))
    #expect(!after[1].isLatest && after[0].lastModified > after[1].lastModified)
    #expect(server.objects(of: "logs").first { $0.key.text == Self.key } == after[0].object)
  }

  @Test func deleteMakesAMarkerThatCanBeDeletedAgain() throws {
    let server = try server()
    let client = try LoopbackClient(port: server.port)
    for key in [Self.key, "never%20was"] {
      let text = String(decoding: percentDecoded(key.utf8), as: UTF8.self)
      let before = try stack(server, text)
      let answer = try client.send("DELETE", "/logs/\(key)")
      #expect(answer.status == 204 && answer.headers["x-amz-delete-marker"] == "true")
      let after = try stack(server, text)
      #expect(after.count == before.count + 1 && after[0].object == nil)
      let id = try #require(answer.headers["x-amz-version-id"])
      #expect(after[0].versionID == id)
      let undone = try client.send(
        "DELETE", "/logs/\(key)?versionId=\(formEncoded(Array(id.utf8)))")
      #expect(undone.status == 204 && undone.headers["x-amz-delete-marker"] == "true")
      #expect(try stack(server, text) == before)
    }
  }

  @Test func versionsAreDeletedByTheirIDs() throws {
    let server = try server()
    let client = try LoopbackClient(port: server.port)
    let before = try stack(server, Self.key)
    let id = formEncoded(Array(before[0].versionID.utf8))
    for _ in 0..<2 {
      #expect(try client.send("DELETE", "/logs/\(Self.key)?versionId=\(id)").status == 204)
      let after = try stack(server, Self.key)
      #expect(after.map(\.versionID) == before.dropFirst().map(\.versionID) && after[0].isLatest)
    }
    let malformed = try client.send("DELETE", "/logs/\(Self.key)?versionId=x")
    #expect(malformed.status == 400 && malformed.text.contains("InvalidArgument"))
  }

  @Test func manyAreDeletedAtOnce() throws {
    let server = try server()
    let client = try LoopbackClient(port: server.port)
    _ = try client.send("PUT", "/logs/a%26%3Cb%3E", body: "x")
    let victim = try stack(server, Self.key)[1]
    let body = """
      <Delete><Object><Key>a&amp;&lt;b&#x3e;</Key></Object><Object><Key>\(Self.key)</Key>\
      <VersionId>\(victim.versionID)</VersionId></Object></Delete>
      """
    let answer = try client.send("POST", "/logs?delete", body: body)
    #expect(answer.status == 200 && answer.text.contains("<DeleteMarker>true</DeleteMarker>"))
    #expect(try stack(server, "a&<b>").map { $0.object == nil } == [true, false])
    #expect(try !stack(server, Self.key).contains(victim))
    #expect(try client.send("POST", "/logs?delete", body: "<Delete/>").status == 400)
  }

  @Test func versioningIsTurnedOnAndSuspended() throws {
    let server = try server(.none)
    let client = try LoopbackClient(port: server.port)
    func put() throws -> String? {
      try client.send("PUT", "/logs/k", body: "x").headers["x-amz-version-id"]
    }
    func turn(_ status: String) throws {
      let body = "<VersioningConfiguration><Status>\(status)</Status></VersioningConfiguration>"
      #expect(try client.send("PUT", "/logs?versioning", body: body).status == 200)
      #expect(try client.get("/logs?versioning").text.contains("<Status>\(status)</Status>"))
    }
    #expect(try !client.get("/logs?versioning").text.contains("Status"))
    #expect(try put() == nil && put() == nil)
    #expect(try stack(server, "k").map(\.versionID) == ["null"])
    try turn("Enabled")
    let id = try #require(try put())
    #expect(try stack(server, "k").map(\.versionID) == [id, "null"])
    try turn("Suspended")
    #expect(try put() == nil)
    #expect(try stack(server, "k").map(\.versionID) == ["null", id])
    #expect(try client.send("DELETE", "/logs/k").headers["x-amz-version-id"] == nil)
    let left = try stack(server, "k")
    #expect(left.map(\.versionID) == ["null", id] && left[0].object == nil)
    #expect(try client.send("PUT", "/logs?versioning", body: "<Status>On</Status>").status == 400)
  }

  @Test func motoHasOtherHabits() throws {
    let enabled = try server(.enabled, .moto)
    let client = try LoopbackClient(port: enabled.port)
    #expect(try client.send("DELETE", "/logs/never").headers["x-amz-delete-marker"] == nil)
    #expect(enabled.versions(of: "logs").count == 120)
    let suspended = try server(.suspended, .moto)
    let other = try LoopbackClient(port: suspended.port)
    _ = try other.send("PUT", "/logs/\(Self.key)", body: "x")
    #expect(suspended.versions(of: "logs").count { $0.key.text == Self.key } == 1)
    #expect(try other.send("DELETE", "/logs/\(Self.key)").status == 204)
    #expect(suspended.versions(of: "logs").count { $0.key.text == Self.key } == 0)
  }

  @Test func rcloneKnowsNoVersions() throws {
    let server = try server(.enabled, .rclone)
    let client = try LoopbackClient(port: server.port)
    let versions = try client.get("/logs?versions")
    #expect(versions.status == 501 && versions.text.contains("<Code>NotImplemented</Code>"))
    let uploads = try client.get("/logs?uploads")
    #expect(uploads.status == 404 && uploads.text.contains("<Code>NoSuchUpload</Code>"))
    #expect(try client.get("/logs?list-type=2").status == 200)
    #expect(try !client.get("/logs?versioning").text.contains("Status"))
  }

  @Test func refusesToWriteUnlessConfigured() throws {
    let server = try server { $0.isWritable = false }
    let client = try LoopbackClient(port: server.port)
    for (method, target) in [
      ("PUT", "/logs/k"), ("DELETE", "/logs/k"), ("PUT", "/logs?versioning"),
      ("POST", "/logs/k?uploads"),
    ] {
      #expect(try client.send(method, target, body: "").status == 405)
    }
    #expect(server.versions(of: "logs").count == 120)
  }

  @Test(arguments: [
    (VersionDialect.aws, 405, 404), (.rgw, 404, 404), (.moto, 405, 404),
  ])
  func headTellsOfEachVersion(dialect: VersionDialect, marker: Int, absent: Int) throws {
    let server = try server(.enabled, dialect)
    let client = try LoopbackClient(port: server.port)
    for version in server.versions(of: "logs").prefix(9) {
      let id = formEncoded(Array(version.versionID.utf8))
      let head = try client.send("HEAD", "/logs/\(version.key.text)?versionId=\(id)")
      #expect(head.status == 200 && head.headers["x-amz-version-id"] == version.versionID)
      #expect(head.headers["etag"] == version.object.map { "\"\($0.etag)\"" })
      #expect(head.headers["content-length"] == version.object.map { String($0.size) })
    }
    let id = try #require(
      try client.send("DELETE", "/logs/\(Self.key)").headers["x-amz-version-id"])
    let named = "/logs/\(Self.key)?versionId=\(formEncoded(Array(id.utf8)))"
    #expect(try client.send("HEAD", named).status == marker)
    let current = try client.send("HEAD", "/logs/\(Self.key)")
    #expect(current.status == 404 && current.headers["x-amz-delete-marker"] == "true")
    _ = try client.send("DELETE", named)
    #expect(try client.send("HEAD", named).status == absent)
  }

  @Test func uploadsAreBegunFilledAndEnded() throws {
    let server = try server { $0.versions.uploads = 4 }
    let client = try LoopbackClient(port: server.port)
    func listed() throws -> [[String: String]] {
      try #require(ParsedListing(try client.get("/logs?uploads").body)).entries
    }
    #expect(try listed().count == 4)
    let begun = try client.send("POST", "/logs/big?uploads", body: "")
    let id = try #require(ParsedListing(begun.body)?.fields["UploadId"])
    let target = "/logs/big?uploadId=\(formEncoded(Array(id.utf8)))"
    for number in [7, 2, 2] {
      #expect(try client.send("PUT", "\(target)&partNumber=\(number)", body: "xyz").status == 200)
    }
    #expect(try client.send("PUT", "\(target)&partNumber=0", body: "").status == 400)
    let parts = try #require(ParsedListing(try client.get(target).body)).entries
    #expect(parts.map { $0["PartNumber"] } == ["2", "7"])
    #expect(try listed().count == 5 && server.versions(of: "logs").count == 120)
    #expect(try client.send("POST", target, body: "<CompleteMultipartUpload/>").status == 200)
    let made = try #require(server.versions(of: "logs").first { $0.key.text == "big" })
    #expect(made.object?.size == 6 && made.object?.etag.hasSuffix("-2") == true)
    // One of the seed's can be ended too, and is gone for everybody.
    let other = try listed()[1]
    let gone =
      "/logs/\(other["Key"] ?? "")?uploadId="
      + formEncoded(Array((other["UploadId"] ?? "").utf8))
    #expect(try client.get(gone).status == 200)
    #expect(try client.send("DELETE", gone).status == 204)
    for ended in [gone, target] {
      let answer = try client.get(ended)
      #expect(answer.status == 404 && answer.text.contains("NoSuchUpload"))
    }
    #expect(try listed().count == 3)
  }
}

extension VersionRequestTests {
  @Test(arguments: [
    "slow-down", "cut-document", "missing-size", "no-latest", "overlap", "no-token",
  ])
  func listingsOfVersionsMeetFaults(name: String) throws {
    let kind = try #require(FaultKind(name: name))
    let server = try server { $0.faults = [FaultSpecification(kind, .request(2))] }
    let client = try LoopbackClient(port: server.port)
    let target = "/logs?versions&key-marker=\(Self.key)&max-keys=30"
    let right = try client.get(target)
    let wrong = try client.get(target)
    #expect(wrong.status == (name == "slow-down" ? 503 : 200) && wrong.body != right.body)
    #expect(server.statistics.faults == [kind: 1])
    // The connection may be gone with the fault.
    #expect(try LoopbackClient(port: server.port).get(target).body == right.body)
  }

  @Test(arguments: PageFault.allCases)
  func everyFaultOfPagesIsOneOfVersions(fault: PageFault) throws {
    let server = try server { $0.faults = [FaultSpecification(.page(fault), .request(2))] }
    let client = try LoopbackClient(port: server.port)
    let target = "/logs?versions&key-marker=\(Self.key)&max-keys=30"
    let right = try client.get(target).body
    let wrong = try client.get(target).body
    // Flat keys have no folders to roll up.
    #expect((wrong != right) == (fault != .rolledUp))
  }

  @Test(arguments: ["internal-error", "cut-document"])
  func listingsOfUploadsMeetFaults(name: String) throws {
    let kind = try #require(FaultKind(name: name))
    let server = try server { configuration in
      configuration.versions.uploads = 9
      configuration.faults = [FaultSpecification(kind, .request(1)), .init(kind, .request(3))]
    }
    let page = try LoopbackClient(port: server.port).get("/logs?uploads")
    #expect(page.status == 500 || !page.text.hasSuffix("Result>"))
    let whole = try #require(
      ParsedListing(try LoopbackClient(port: server.port).get("/logs?uploads").body))
    let upload = whole.entries[0]
    let target =
      "/logs/\(upload["Key"] ?? "")?uploadId="
      + formEncoded(Array((upload["UploadId"] ?? "").utf8))
    let parts = try LoopbackClient(port: server.port).get(target)
    #expect(parts.status == 500 || !parts.text.hasSuffix("Result>"))
    #expect(server.statistics.faults == [kind: 2])
  }

  @Test func churnHappensBehindTruncatedPages() throws {
    let server = try server { configuration in
      configuration.versions.churnPercent = 100
      configuration.pageKeysMax = 2
    }
    let before = server.versions(of: "logs")
    let client = try LoopbackClient(port: server.port)
    var changed = 0
    for version in before.prefix(40) {
      let held = server.versions(of: "logs")
      let marker = formEncoded(version.key.bytes)
      _ = try client.get("/logs?versions&key-marker=\(marker)")
      let after = server.versions(of: "logs")
      if after != held { changed += 1 }
      #expect(Set(after.map(\.key)).symmetricDifference(held.map(\.key)).count <= 1)
    }
    #expect(changed > 30 && server.statistics.churned == 40)
    server.heal()
    let last = server.versions(of: "logs")
    _ = try client.get("/logs?versions")
    #expect(server.versions(of: "logs") == last)
  }

  @Test func countsByKind() throws {
    let server = try server { $0.versions.uploads = 3 }
    let client = try LoopbackClient(port: server.port)
    for target in ["/logs?versions", "/logs?uploads", "/logs?versioning", "/logs?versions"] {
      _ = try client.get(target)
    }
    _ = try client.send("PUT", "/logs/k", body: "x")
    #expect(
      server.statistics.requests == [
        .listObjectVersions: 2, .listMultipartUploads: 1, .getBucketVersioning: 1, .putObject: 1,
      ])
    #expect(server.statistics.versions == 240 && server.statistics.uploads == 3)
    let holdings = try client.get("/_sim/holdings/logs").text.split(separator: "\n")
    #expect(holdings.count == 124 && holdings[0].hasPrefix("{\"kind\":\"version\",\"key\":\"k\","))
    #expect(try client.get("/_sim/holdings/absent").status == 404)
  }

  @Test func nightsLeaveWrittenVersionsInTheirOrder() throws {
    let server = try server { $0.sharePercent = 100 }
    let client = try LoopbackClient(port: server.port)
    let answer = try client.send("PUT", "/logs/\(Self.key)", body: "x")
    let id = try #require(answer.headers["x-amz-version-id"])
    server.nextNight()
    let stack = try stack(server, Self.key)
    #expect(stack.count == 5 && stack[1].versionID == id)
    #expect(zip(stack, stack.dropFirst()).allSatisfy { $0.lastModified > $1.lastModified })
  }
}
