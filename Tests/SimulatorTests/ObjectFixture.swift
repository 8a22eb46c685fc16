import Signing
import Testing
import Vocabulary

@testable import Simulator

/// A server with contents, and what its objects are by its own model.
struct ObjectFixture {
  let server: SimulatedS3

  /// Objects of 100 to 5000 bytes, those from 2000 on in parts of 700; three versions of each key.
  init(
    _ versioning: VersioningState = .enabled, dialect: VersionDialect = .aws,
    storageClass: String? = nil, faults: [FaultSpecification] = [], count: Int = 40,
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = SimulatorConfiguration(
      buckets: ["logs", "copies"].map { name in
        BucketSpecification(
          name: name, shape: .flat, count: count, versioning: versioning,
          storageClass: storageClass.flatMap { ObjectModel.storageClasses.firstIndex(of: $0) } ?? 0)
      })
    configuration.isWritable = true
    configuration.hasControl = true
    configuration.versions.dialect = dialect
    configuration.versions.perKey = 3...3
    configuration.objects.hasContents = true
    configuration.objects.sizes = 100...5_000
    configuration.objects.multipartFrom = 2_000
    configuration.objects.partBytes = 700
    configuration.faults = faults
    change(&configuration)
    server = try SimulatedS3(configuration)
  }

  func client() throws -> LoopbackClient { try LoopbackClient(port: server.port) }

  /// A version that is an object, as the bucket holds it.
  func versions(inParts: Bool? = nil) -> [SimulatedVersion] {
    server.versions(of: "logs").filter { version in
      guard let object = version.object else { return false }
      return inParts.map { $0 == object.etag.contains("-") } ?? true
    }
  }

  static func target(_ version: SimulatedVersion, bucket: String = "logs") -> String {
    "/\(bucket)/\(version.key.text)?versionId=\(formEncoded(Array(version.versionID.utf8)))"
  }

  func get(
    _ version: SimulatedVersion, _ headers: [(String, String)] = [], also: String = ""
  ) throws -> LoopbackClient.Response {
    try client().get(Self.target(version) + also, headers: headers)
  }

  /// The bytes of a version, read whole.
  func bytes(_ version: SimulatedVersion) throws -> [UInt8] {
    let answer = try get(version)
    try #require(answer.status == 200)
    return answer.body
  }
}

/// MD5 in hexadecimal.
func md5(_ bytes: some Collection<UInt8>) -> String {
  var digest = RunningDigest(.md5)
  digest.update(Array(bytes))
  return Hexadecimal.text(digest.finish())
}
