internal import Arguments
internal import Index

/// Every command of s3audit, in the order in which help lists them.
let commands: [ToolCommand] = [
  syncCommand, queryCommand, browseCommand, serveCommand, statusCommand, listCommand, planCommand,
  manifestCommand, restoreCommand, estimateCommand, importCommand, checkCommand, backupCommand,
  vacuumCommand, exportCommand, settingCommand, metadataCommand, forgetCommand, doctorCommand,
  completionsCommand, manCommand,
]

/// The whole command line of s3audit.
let tool = CommandLineTool(
  version: IndexFile.programVersion,
  root: Command(
    name: "s3audit",
    abstract: "List S3 buckets once, then ask anything about them.",
    discussion: """
      s3audit lists buckets into one SQLite file, refreshes it cheaply each night, and answers from \
      it at once: by command, by SQL, or in the plain sqlite3 shell.
      """,
    options: ToolOptions.rows, subcommands: commands.map(\.words),
    exitStatuses: ExitStatus.rowsOfProgram),
  defaults: ToolOptions())
