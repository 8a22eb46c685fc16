import Index
import IndexFixtures
import TestSupport
import Vocabulary

/// The naive answers to all queries, from buckets held as dictionaries.
struct QueryModel {
  struct Bucket {
    var name: String
    var region: String?
    /// The number or owner; nil when not known.
    var account: String?
    var contents: Contents
  }

  /// One object with the bucket that it is in.
  struct Found: Equatable {
    var bucket: String
    var key: Key
    var object: ModelObject
  }

  /// In order of name.
  var buckets: [Bucket]

  // MARK: - Filters

  func chosen(_ filter: ObjectFilter) -> [Bucket] {
    buckets.filter { bucket in
      let isOfAccount = filter.accounts.contains { globMatches($0, bucket.account ?? "") }
      let isInScope = filter.scopes.contains { globMatches($0.bucketPattern, bucket.name) }
      return (filter.accounts.isEmpty || isOfAccount) && (filter.scopes.isEmpty || isInScope)
    }
  }

  /// In order of bucket and key.
  func found(_ filter: ObjectFilter) -> [Found] {
    chosen(filter).flatMap { bucket in
      bucket.contents.filter { passes(filter, bucket, $0.key, $0.value) }
        .sorted { $0.key < $1.key }
        .map { Found(bucket: bucket.name, key: $0.key, object: $0.value) }
    }
  }

  private func passes(
    _ filter: ObjectFilter, _ bucket: Bucket, _ key: Key, _ object: ModelObject
  ) -> Bool {
    let isInScope =
      filter.scopes.isEmpty
      || filter.scopes.contains { scope in
        globMatches(scope.bucketPattern, bucket.name)
          && key.bytes.starts(with: scope.prefix.bytes)
      }
    let classes = filter.storageClasses
    return isInScope && key.bytes.starts(with: filter.prefix.bytes)
      && filter.keyGlob.map { globMatches($0, key.text) } ?? true
      && filter.keyMatches.map { $0.matches(key.bytes.span) } ?? true
      && object.size >= filter.sizeMin ?? .min && object.size <= filter.sizeMax ?? .max
      && filter.modifiedFrom.map { object.lastModified >= $0 } ?? true
      && filter.modifiedBefore.map { object.lastModified < $0 } ?? true
      && (classes.isEmpty || classes.contains(object.storageClass))
  }

  // MARK: - Answers

  func totals(by grouping: Grouping?, _ filter: ObjectFilter, now: Timestamp) -> [[Key]: Usage] {
    var sums: [[Key]: Usage] = [:]
    // Buckets, accounts and regions are named even where nothing of them passes.
    switch grouping {
    case nil: sums[[]] = Usage()
    case .bucket: for bucket in chosen(filter) { sums[[Key(bucket.name)]] = Usage() }
    case .region: for bucket in chosen(filter) { sums[[Key(bucket.region ?? "")]] = Usage() }
    case .account: for bucket in chosen(filter) { sums[Self.account(of: bucket)] = Usage() }
    default: break
    }
    let regions = Dictionary(uniqueKeysWithValues: buckets.map { ($0.name, $0.region ?? "") })
    let accounts = Dictionary(
      uniqueKeysWithValues: buckets.map { ($0.name, Self.account(of: $0)) })
    for one in found(filter) {
      let group: [Key] =
        switch grouping {
        case nil: []
        case .bucket: [Key(one.bucket)]
        case .region: [Key(regions[one.bucket] ?? "")]
        case .account: accounts[one.bucket] ?? []
        case .class: [Key(one.object.storageClass)]
        case .prefix:
          [
            Key(one.bucket),
            one.key.text.firstIndex(of: "/").map { Key(String(one.key.text[...$0])) } ?? .start,
          ]
        case .extension: [Key(fileExtension(of: one.key.text))]
        case .age:
          [
            Key(
              ageClass(now.millisecondsSinceEpoch - one.object.lastModified.millisecondsSinceEpoch))
          ]
        case .size: [Key(sizeClass(one.object.size))]
        }
      sums[group, default: Usage()] += Usage(objects: 1, bytes: one.object.size)
    }
    return sums
  }

  /// The account with its profile, of which no bucket has one.
  private static func account(of bucket: Bucket) -> [Key] { [Key(bucket.account ?? ""), Key("")] }

  func top(_ order: TopOrder, count: Int, perBucket: Bool, _ filter: ObjectFilter) -> [Found] {
    func rank(_ found: Found) -> Int64 {
      switch order {
      case .largest: -found.object.size
      case .smallest: found.object.size
      case .newest: -found.object.lastModified.millisecondsSinceEpoch
      case .oldest: found.object.lastModified.millisecondsSinceEpoch
      }
    }
    func first(_ found: [Found]) -> ArraySlice<Found> {
      found.sorted { (rank($0), $0.bucket, $0.key) < (rank($1), $1.bucket, $1.key) }.prefix(count)
    }
    let all = found(filter)
    guard perBucket else { return Array(first(all)) }
    return buckets.flatMap { bucket in first(all.filter { $0.bucket == bucket.name }) }
  }

  /// One list of rows for each part of a bucket that the scopes name, the outermost where they
  /// nest.
  func prefixUsage(_ filter: ObjectFilter, depth: Int) -> [(
    bucket: String, prefix: Key, usage: Usage
  )] {
    let found = found(filter)
    return chosen(filter).flatMap { bucket in
      let scopes = filter.scopes.isEmpty ? [.init(bucketPattern: "*")] : filter.scopes
      let asked = Set(
        scopes.filter { globMatches($0.bucketPattern, bucket.name) }.compactMap { scope -> Key? in
          let (short, long) =
            scope.prefix.bytes.count < filter.prefix.bytes.count
            ? (scope.prefix, filter.prefix) : (filter.prefix, scope.prefix)
          return long.bytes.starts(with: short.bytes) ? long : nil
        })
      let outermost = asked.filter { inner in
        !asked.contains { $0 != inner && inner.bytes.starts(with: $0.bytes) }
      }
      return outermost.sorted().flatMap { prefix -> [(bucket: String, prefix: Key, usage: Usage)] in
        var sums: [Key: Usage] = [prefix: Usage()]
        for one in found where one.bucket == bucket.name && one.key.bytes.starts(with: prefix.bytes)
        {
          let usage = Usage(objects: 1, bytes: one.object.size)
          sums[prefix, default: Usage()] += usage
          let rest = one.key.bytes.dropFirst(prefix.bytes.count)
          for slash in rest.indices.filter({ rest[$0] == UInt8(ascii: "/") }).prefix(depth) {
            sums[Key(Array(one.key.bytes[...slash])), default: Usage()] += usage
          }
        }
        return sums.sorted { $0.key < $1.key }
          .map { (bucket: bucket.name, prefix: $0.key, usage: $0.value) }
      }
    }
  }
}

// MARK: - Classes of objects, spelled out

private func sizeClass(_ bytes: Int64) -> String {
  switch bytes {
  case 0: "0 B"
  case 1..<1_024: "1 B to 1 KiB"
  case 1_024..<16_384: "1 KiB to 16 KiB"
  case 16_384..<131_072: "16 KiB to 128 KiB"
  case 131_072..<1_048_576: "128 KiB to 1 MiB"
  case 1_048_576..<16_777_216: "1 MiB to 16 MiB"
  case 16_777_216..<134_217_728: "16 MiB to 128 MiB"
  case 134_217_728..<1_073_741_824: "128 MiB to 1 GiB"
  case 1_073_741_824..<17_179_869_184: "1 GiB to 16 GiB"
  case 17_179_869_184..<1_099_511_627_776: "16 GiB to 1 TiB"
  default: "from 1 TiB"
  }
}

private func ageClass(_ milliseconds: Int64) -> String {
  switch Double(milliseconds) / 86_400_000 {
  case ..<1: "under 1 day"
  case 1..<7: "1 day to 7 days"
  case 7..<30: "7 days to 30 days"
  case 30..<90: "30 days to 90 days"
  case 90..<180: "90 days to 180 days"
  case 180..<365: "180 days to 1 year"
  case 365..<730: "1 year to 2 years"
  case 730..<1_825: "2 years to 5 years"
  default: "over 5 years"
  }
}

/// What follows the last dot of the last segment, unless nothing or a hidden file's name only.
private func fileExtension(of key: String) -> String {
  let segment = key.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
  guard let dot = segment.lastIndex(of: "."), dot != segment.startIndex else { return "" }
  let text = segment[segment.index(after: dot)...]
  guard (1...16).contains(text.utf8.count) else { return "" }
  return String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
      }))
}

/// GLOB with `*`, `?` and `[abc]`, the slow and simple way.
func globMatches(_ pattern: String, _ text: String) -> Bool {
  func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case "*":
      return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
    case "?": return !text.isEmpty && matches(rest, text.dropFirst())
    case "[":
      guard let next = text.first, let end = rest.firstIndex(of: "]") else { return false }
      return rest[..<end].contains(next) && matches(rest[(end + 1)...], text.dropFirst())
    default: return text.first == first && matches(rest, text.dropFirst())
    }
  }
  return matches(pattern.unicodeScalars.map { $0 }[...], text.unicodeScalars.map { $0 }[...])
}
