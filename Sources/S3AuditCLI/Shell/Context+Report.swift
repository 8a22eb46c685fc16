internal import Report

extension Context {
  /// How results look: as asked, else a table.
  func reportOptions(guardsFormulas: Bool = true) -> ReportOptions {
    let isTerminal = Terminal.outputIsTerminal
    let noColor = variables["NO_COLOR"].map { !$0.isEmpty } ?? false
    return ReportOptions(
      format: options.output.format ?? .table, unit: options.output.unit,
      width: Terminal.width(environment: variables), isTerminal: isTerminal,
      usesColor: isTerminal && options.output.allowsColor && !noColor
        && variables["TERM"] != "dumb",
      guardsFormulas: guardsFormulas)
  }
}
