internal import Arguments

/// `completions`: a script that teaches a shell the command line.
let completionsCommand = ToolCommand(
  Command<CompletionsArguments>(
    name: "completions", abstract: "Print a completion script for a shell.",
    positionals: [
      Positional(name: "shell", help: "The shell.", choices: Shell.allCases.map(\.rawValue))
    ],
    examples: [Example("For this bash session:", "s3audit completions bash")],
    applyPositionals: { options, arguments in
      options.shell = arguments.first.flatMap { Shell(rawValue: $0) }
    })
) { arguments, context in
  guard let shell = arguments.shell else {
    preconditionFailure("the parser lets only known shells through")
  }
  try Terminal.writeOutput(context.tool.completionScript(shell: shell))
  return .done
}

private struct CompletionsArguments: CommandArguments {
  var shell: Shell?
}
