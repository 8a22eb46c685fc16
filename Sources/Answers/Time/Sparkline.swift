/// A row of values as a picture of one line.
enum Sparkline {
  /// How many values there is room for.
  static let valuesMax = 60

  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// A block a value, of eight heights, and a blank for nil.
  ///
  /// From the lowest to the highest block it is never less than 4 % of the largest value: else noise would look
  /// like news. Values that are all the same are in the middle.
  static func text(_ values: [Int64?]) -> String {
    let known = values.compactMap { $0.map { Double($0) } }
    guard let least = known.min(), let most = known.max() else {
      return String(repeating: " ", count: values.count)
    }
    let range = max(most - least, most * 0.04)
    let middle = (least + most) / 2
    return String(
      values.map { value in
        guard let value else { return " " }
        let height = range > 0 ? (Double(value) - middle) / range + 0.5 : 0
        return blocks[max(0, min(blocks.count - 1, Int(height * Double(blocks.count))))]
      })
  }
}
