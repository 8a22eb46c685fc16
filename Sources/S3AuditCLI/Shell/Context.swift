internal import Arguments
internal import System
internal import Vocabulary

/// What a command works with: its options, and the process around it.
struct Context: Sendable {
  /// The whole command line, for commands that print parts of it.
  let tool: CommandLineTool<ToolOptions>
  let options: ToolOptions
  let interrupt: Interrupt
  var variables = ThisProcess.environment
  /// When the command began.
  var now = systemTime()

  /// The index file: `--index`, `S3AUDIT_INDEX`, or the one in the user's data folder.
  ///
  /// - Throws: `CommandFailure` when there is no home to put it in.
  func indexPath() throws -> String {
    if let path = options.indexPath { return path }
    if let path = variables["S3AUDIT_INDEX"], !path.isEmpty { return path }
    // The XDG Base Directory Specification: relative paths are to be ignored.
    if let data = variables["XDG_DATA_HOME"], data.hasPrefix("/") {
      return data + "/s3audit/index.sqlite3"
    }
    guard let home = variables["HOME"], !home.isEmpty else {
      throw CommandFailure(
        message: "there is no HOME to keep the index in", hint: "name a file with --index")
    }
    return home + "/.local/share/s3audit/index.sqlite3"
  }

  /// POSIX, "Environment Variables": `TMPDIR` names where temporary files go.
  var temporaryFolder: String {
    variables["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  }

  /// A line for `--verbose`, on standard error.
  func say(_ text: @autoclosure () -> String) {
    if options.output.isVerbose {
      Terminal.writeError(text().escapingControls(scalarsMax: .max) + "\n")
    }
  }
}
