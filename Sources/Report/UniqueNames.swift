/// These names, each made one of its own by a number: JSON objects and readers of CSV want every
/// name once.
package func uniqueNames(_ names: [String]) -> [String] {
  var used: Set<String> = []
  return names.map { name in
    var unique = name
    var number = 1
    while !used.insert(unique).inserted {
      number += 1
      unique = "\(name)_\(number)"
    }
    return unique
  }
}
