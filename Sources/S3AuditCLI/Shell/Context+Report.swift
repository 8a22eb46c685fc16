internal import Report

extension Context {
  /// The format that was asked for, where it is one for programs.
  var machineFormat: OutputFormat? {
    options.output.format.flatMap { $0 == .table ? nil : $0 }
  }

  /// Whether results are read by people, who need not see what is nothing.
  var isForPeople: Bool {
    let format = options.output.format ?? .table
    return format == .table || format == .markdown
  }

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
