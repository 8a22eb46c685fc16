internal import Arguments
internal import Vocabulary

/// `man`: the manual page, made of the same words as help.
let manCommand = ToolCommand(
  Command<NoArguments>(
    name: "man", abstract: "Print the manual page.",
    examples: [Example("For man to show:", "s3audit man")])
) { _, context in
  let date = String(context.now.iso8601.prefix(10))
  try Terminal.writeOutput(context.tool.manPage(date: date))
  return .done
}

private struct NoArguments: CommandArguments {}
