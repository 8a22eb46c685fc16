internal import Inventory
internal import Vocabulary

extension ListingError {
  /// What the user can do about it; nothing was imported.
  var hint: String {
    switch kind {
    case .noReceipts, .noReceipt, .badReceipt:
      "name what 's3audit list --receipt FILE' has written with --receipt"
    case .guarded: "nothing was imported; list that range again, with --raw-csv"
    case .unsoundReceipt: "nothing was imported; list that range again"
    case .otherBucket, .otherPrefix: "import one bucket, or one prefix of it, at a time"
    case .outsidePrefix: "nothing was imported; list that range again, without the prefix"
    case .overlap:
      "nothing was imported; leave one of them out, or list ranges that 's3audit plan' cuts"
    case .damaged, .differs: "nothing was imported; list that range again, or fetch the file again"
    case .noHeader, .badRow:
      "nothing was imported; listings are of 's3audit list --format csv --raw-csv'"
    case .outside: "nothing was imported; name the receipts of all files with --receipt"
    case .twice, .repeatedKey: "nothing was imported; name each listing once"
    case .noFile: "nothing was imported; name the file that was listed with that receipt"
    case .older: "nothing was imported; list again, or put the index back with --force"
    case .severalServers: "say which of them with --endpoint-url, or take an index of its own"
    }
  }
}
