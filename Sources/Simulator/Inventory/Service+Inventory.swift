import Signing
import Synchronization
import Vocabulary

extension Service {
  /// Delivers all inventories of the buckets as they are now, each into a folder of its own.
  func deliverInventories() {
    for specification in configuration.inventories {
      guard let source = buckets[specification.bucket],
        let destination = buckets[specification.destination]
      else { continue }
      let created = state.withLock { state in
        // Folders have no seconds, and no two deliveries may have the same.
        var time = now()
        if let last = state.lastDelivery, time.millisecondsSinceEpoch / 60_000 <= last {
          time = Timestamp(millisecondsSinceEpoch: (last + 1) * 60_000)
        }
        state.lastDelivery = time.millisecondsSinceEpoch / 60_000
        return time
      }
      let delivery = InventoryDelivery(
        specification: specification, seed: mixed(UInt64(created.millisecondsSinceEpoch)),
        created: created)
      for file in delivery.files(of: contents(of: source)) {
        put(file, into: destination)
      }
    }
  }

  private func put(_ file: InventoryDelivery.File, into bucket: SimulatedBucket) {
    var digest = RunningDigest(.md5)
    digest.update(file.bytes)
    let record = ObjectRecord(
      content: Content(file.bytes), digest: digest.finish(), storageClass: 0)
    let now = now()
    state.withLock { state in
      _ = state.contents[bucket.name]?.put(
        Key(file.key), record, nil, at: now, asMoto: false)
    }
  }

  /// The answer to GetBucketInventoryConfiguration.
  func inventoryConfiguration(
    of bucket: SimulatedBucket, _ query: Query
  ) throws(S3Error) -> Answer {
    let id = query["id"].map { String(decoding: $0, as: UTF8.self) }
    guard
      let found = configuration.inventories.first(where: {
        $0.bucket == bucket.name && $0.id == id
      })
    else {
      throw S3Error(.noSuchConfiguration, "The specified configuration does not exist.")
    }
    let filter = found.prefix.isEmpty ? "" : "<Filter><Prefix>\(found.prefix)</Prefix></Filter>"
    let fields = found.fields.map { "<Field>\($0)</Field>" }.joined()
    return Answer(
      status: 200,
      body: ByteBuffer(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <InventoryConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Id>\(found.id)</Id>\
        <IsEnabled>true</IsEnabled>\(filter)<Destination><S3BucketDestination><Format>CSV</Format>\
        <Bucket>arn:aws:s3:::\(found.destination)</Bucket></S3BucketDestination></Destination>\
        <Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>\
        \(found.hasVersions ? "All" : "Current")</IncludedObjectVersions><OptionalFields>\(fields)\
        </OptionalFields></InventoryConfiguration>
        """))
  }
}
