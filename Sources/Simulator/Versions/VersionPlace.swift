/// A version of a bucket: numbers of writes are their key's own.
struct VersionPlace: Hashable, Sendable {
  var slot: Int
  var number: WriteNumber
}
