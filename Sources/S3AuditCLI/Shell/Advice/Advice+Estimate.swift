internal import AWS

extension RegionRefusal {
  /// What the user can do about it.
  var hint: String? {
    guard let refused = error as? QueryError, refused.isDenied else {
      return error.flatMap { S3AuditCLI.hint(for: $0) }
    }
    return "what it needs is printed by: s3audit doctor --policy estimate"
  }
}

extension CostExplorerError {
  /// What the user can do about it.
  var hint: String? {
    if isDenied {
      return """
        Cost Explorer has to be enabled (Billing and Cost Management, Cost Explorer), for member accounts by the \
        account that pays, and ce:GetCostAndUsage be allowed: s3audit doctor --policy estimate
        """
    }
    if hasNoData {
      return """
        a day after it was enabled (Billing and Cost Management, Cost Explorer) there are data, of 13 months; ask for \
        fewer with --months
        """
    }
    return switch code {
    case "BillExpirationException", "RequestChangedException", "InvalidNextTokenException":
      "ask again: the report changed meanwhile"
    case "ValidationException": "ask for fewer months with --months, and check the key of --tag"
    default: nil
    }
  }
}
