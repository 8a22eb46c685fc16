extension CommandLineTool {
  /// A function a command, each a call of `_arguments` (zshcompsys(1), "_arguments").
  func zshCompletion() -> String {
    let function = shellFunction(root.name)
    let functions = nodes.map(zshFunction).joined(separator: "\n")
    // Loaded from fpath the file is the function's body; sourced, it has to register itself.
    return """
      #compdef \(root.name)
      # zsh completion for \(root.name). Save it as '_\(root.name)' in a directory of $fpath.

      \(functions)
      if [ "$funcstack[1]" = "\(function)" ]; then
        \(function) "$@"
      else
        compdef \(function) \(root.name)
      fi

      """
  }

  private func zshFunction(_ node: CommandNode<Options>) -> String {
    let specifications =
      node.options.map(zshSpecification)
      + ["'(- *)'{-h,--help}'[Show help information]'"]
      + (node.path.isEmpty ? ["'(- *)--version[Show the version]'"] : [])
    let isGroup = !node.command.subcommands.isEmpty
    let arguments =
      isGroup
      ? ["'1: :->command'", "'*:: :->arguments'"] : node.command.positionals.map(zshArgument)
    let list = (specifications + arguments).map { "    \($0)" }.joined(separator: " \\\n")
    let call = """
        local curcontext="$curcontext" state line
        typeset -A opt_args
        _arguments -C -s -S \\
      \(list)
      """
    let name = shellFunction(node.title)
    return isGroup
      ? "\(name)() {\n\(call)\n\(zshDispatch(node))}\n" : "\(name)() {\n\(call)\n}\n"
  }

  private func zshDispatch(_ node: CommandNode<Options>) -> String {
    let described =
      node.command.subcommands.map { "\($0.name):\(zshEscaped(summary($0.abstract), ":"))" }
      + ["help:Show help for a subcommand"]
    let commands = described.map { "        \(singleQuoted($0))\n" }.joined()
    let calls = node.command.subcommands.map {
      "        \($0.name)) \(shellFunction(node.child($0).title)) ;;\n"
    }.joined()
    return """
        case $state in
          command)
            local -a commands=(
      \(commands)      )
            _describe -t commands subcommand commands
            ;;
          arguments)
            case $words[1] in
      \(calls)      esac
            ;;
        esac

      """
  }

  private func zshSpecification(_ option: Option<Options>) -> String {
    let names =
      option.short.map { "'*'{-\($0),--\(option.long)}" } ?? "'*'--\(option.long)"
    let help = singleQuoted("[\(zshEscaped(summary(option.help), "[]"))]")
    guard let value = option.value else { return names + help }
    let action: String =
      if option.completesPaths {
        "_files"
      } else if option.choices.isEmpty {
        " "
      } else {
        "(\(option.choices.map { zshEscaped($0, " ()") }.joined(separator: " ")))"
      }
    // `+` allows -nvalue, `=` allows --name=value.
    let suffixed =
      option.short.map { "'*'{-\($0)+,--\(option.long)=}" } ?? "'*'--\(option.long)="
    return suffixed + help + singleQuoted(":\(zshEscaped(value, ":")):\(action)")
  }

  private func zshArgument(_ positional: Positional) -> String {
    let place = positional.isRepeated ? "*" : ""
    let gap = positional.isRequired || positional.isRepeated ? ":" : "::"
    let action: String =
      if positional.completesPaths {
        "_files"
      } else if positional.choices.isEmpty {
        // No words, rather than the blank that stands for a hint: beside a hint zsh inserts no option, not even
        // the only one that fits.
        "()"
      } else {
        "(\(positional.choices.map { zshEscaped($0, " ()") }.joined(separator: " ")))"
      }
    return singleQuoted("\(place)\(gap)\(zshEscaped(positional.name, ":")):\(action)")
  }

  /// `text` with a backslash before itself and each of `special`.
  private func zshEscaped(_ text: String, _ special: String) -> String {
    String(text.flatMap { $0 == "\\" || special.contains($0) ? ["\\", $0] : [$0] })
  }
}
