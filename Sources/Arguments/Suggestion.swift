/// The candidate that `word` was most likely meant to be; nil when none is near.
///
/// Near is fewer than four single-character edits, and fewer than would rewrite the whole word, or
/// a word that is the beginning of exactly one candidate. The earliest candidate wins a tie.
package func nearest<Candidates: Collection<String>>(
  to word: String, in candidates: Candidates
) -> String? {
  let close =
    candidates
    .map { (name: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance < min(4, max(word.count, 2), max($0.name.count, 2)) }
    .min { $0.distance < $1.distance }
  if let close { return close.name }
  let continued = candidates.filter { word.count > 1 && $0.hasPrefix(word) }
  return continued.count == 1 ? continued.first : nil
}

/// Levenshtein's distance: insertions, deletions and substitutions between two texts.
func editDistance(_ left: String, _ right: String) -> Int {
  let columns = Array(right.unicodeScalars)
  var previous = Array(0...columns.count)
  for (row, scalar) in left.unicodeScalars.enumerated() {
    var current = [row + 1]
    for (column, other) in columns.enumerated() {
      let substitution = previous[column] + (scalar == other ? 0 : 1)
      current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[columns.count]
}
