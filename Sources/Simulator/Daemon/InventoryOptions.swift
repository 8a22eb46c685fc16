import Arguments

/// The option of inventories.
let inventoryOptions: [Option<SimulatorOptions>] = [
  Option(
    long: "inventory", value: "inventory",
    help: """
      Delivers an inventory of a bucket at the start, with each night and when POST /_sim/inventory asks for it: \
      BUCKET[:SETTINGS]; may be repeated. Settings, with commas between: to=BUCKET (inventory), id=NAME \
      (everything), prefix=KEYS, files=NUMBER, members=NUMBER of gzip in each file, \
      order=sorted|overlapping|shuffled, versions, fields=NAME+NAME….
      """
  ) { options, text throws(UsageError) in
    let inventory = try InventorySpecification(argument: text)
    guard options.configuration.buckets.contains(where: { $0.name == inventory.bucket }) else {
      throw .invalidValue("add the bucket that it is of before it, with --bucket")
    }
    options.configuration.inventories.append(inventory)
    guard !options.configuration.buckets.contains(where: { $0.name == inventory.destination })
    else { return }
    options.configuration.buckets.append(
      BucketSpecification(name: inventory.destination, shape: .flat, count: 0))
  }
]

extension InventorySpecification {
  /// Reads `BUCKET` and, after a colon, settings with commas between.
  fileprivate init(argument: String) throws(UsageError) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(bucket: String(parts[0]))
    guard parts.count == 2 else { return }
    for setting in parts[1].split(separator: ",") {
      let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch (pair[0], pair.count > 1 ? String(pair[1]) : nil) {
      case ("versions", nil): hasVersions = true
      case ("to", let name?): destination = try Self.name(name)
      case ("id", let name?): id = try Self.name(name)
      case ("prefix", let keys?): prefix = keys
      case ("files", let text?): files = try Self.count(text)
      case ("members", let text?): members = try Self.count(text)
      case ("order", let text?):
        guard let order = Order(rawValue: text) else {
          throw .invalidValue("an order is sorted, overlapping or shuffled")
        }
        self.order = order
      case ("fields", let text?):
        fields = text.split(separator: "+").map { String($0) }
        if let unknown = fields.first(where: { !Self.fieldsKnown.contains($0) }) {
          throw .invalidValue("the field \(unknown) is not known")
        }
      default:
        throw .invalidValue(
          "settings are to, id, prefix, files, members, order, versions and fields")
      }
    }
  }

  /// A part of the keys, which is a folder.
  private static func name(_ text: String) throws(UsageError) -> String {
    guard !text.isEmpty, !text.utf8.contains(UInt8(ascii: "/")) else {
      throw .invalidValue("a name is not empty and has no slash")
    }
    return text
  }

  private static func count(_ text: String) throws(UsageError) -> Int {
    guard let count = Int(text), (1...10_000).contains(count) else {
      throw .invalidValue("use a whole number, 1 to 10000")
    }
    return count
  }
}
