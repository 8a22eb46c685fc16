internal import SQLite

extension IndexReader {
  /// The storage classes of the index that are meant by some names, by the numbers of their rows; nil
  /// for all.
  ///
  /// Servers other than AWS have classes of their own, in lower case too. A name means the class that
  /// is spelled like it; where there is none, the classes that differ from it by case alone.
  ///
  /// - Throws: `IndexError.noStorageClass` for a name that means nothing, neither here nor to AWS.
  func storageClasses(named names: [String]) throws -> [Int64: String]? {
    guard !names.isEmpty else { return nil }
    let known = try storageClassNames()
    return try names.reduce(into: [:]) { meant, name in
      let exact = known.filter { $0.value == name }
      let alike =
        exact.isEmpty ? known.filter { $0.value.lowercased() == name.lowercased() } : exact
      guard !alike.isEmpty || Self.classesOfAWS.contains(name.uppercased()) else {
        throw IndexError.noStorageClass(name: name, known: known.values.sorted())
      }
      meant.merge(alike) { first, _ in first }
    }
  }

  /// The names of storage classes by the numbers that rows have for them.
  package func classNames() throws -> [Int64: String] { try storageClassNames() }

  /// Refuses names that mean no class: none of the index's, of AWS's, or of `others`, in any case of letters.
  ///
  /// - Throws: `IndexError.noStorageClass` with the classes that there are.
  package func refuseSlips(inClasses names: [String], beside others: Set<String>) throws {
    let known = Set(others.map { $0.lowercased() })
    for name in names where !known.contains(name.lowercased()) {
      do {
        _ = try storageClasses(named: [name])
      } catch IndexError.noStorageClass(let name, let stored) {
        throw IndexError.noStorageClass(name: name, known: others.union(stored).sorted())
      }
    }
  }

  func storageClassNames() throws -> [Int64: String] {
    let pairs = try connection.all("SELECT id, name FROM storage_class") {
      ($0.int64(at: 0), $0.string(at: 1))
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The classes that a listing may name
  /// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
  ///
  /// A question about one of them has an answer even when no object is in it: none.
  package static let classesOfAWS: Set<String> = [
    "STANDARD", "REDUCED_REDUNDANCY", "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
    "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP",
  ]
}
