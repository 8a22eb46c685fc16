extension CommandLineTool {
  /// Works with bash 3.2, which macOS ships, and without the bash-completion package.
  func bashCompletion() -> String {
    let function = shellFunction(root.name)
    return """
      # bash completion for \(root.name). Load it with: source <(\(root.name) completions bash)

      \(bashTable(function))
      \(bashPaths(function))
      \(bashCompleter(function))
      complete -F \(function) \(root.name)

      """
  }

  /// Says what each command accepts.
  private func bashTable(_ function: String) -> String {
    """
    # Sets what the command named by $1 accepts.
    \(function)_table() {
      commands='' options='' valued='' arguments='' paths=''
      case $1 in
    \(nodes.map(bashTableRow).joined())  esac
    }

    """
  }

  /// Completes the names of files.
  private func bashPaths(_ function: String) -> String {
    """
    \(function)_paths() {
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    }

    """
  }

  /// Finds the command that is being typed, and completes its next word.
  private func bashCompleter(_ function: String) -> String {
    """
    \(function)() {
      local commands options valued arguments paths word index=1 path='\(root.name)'
      local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
      COMPREPLY=()
      # Readline splits '--name=value' at '='.
      if [ "$current" = '=' ]; then
        current=''
      elif [ "$previous" = '=' ] && [ "$COMP_CWORD" -ge 2 ]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
      fi
      \(function)_table "$path"
      while [ "$index" -lt "$COMP_CWORD" ]; do
        word=${COMP_WORDS[index]}
        case " $valued " in
          *" $word "*)
            index=$((index + 1))
            if [ "${COMP_WORDS[index]}" = '=' ]; then index=$((index + 1)); fi
            ;;
          *)
            case " $commands " in
              *" $word "*)
                if [ "$word" != help ]; then path="$path $word"; \(function)_table "$path"; fi
                ;;
            esac
            ;;
        esac
        index=$((index + 1))
      done
      case " $valued " in
        *" $previous "*)
          case "$path $previous" in
    \(nodes.reversed().flatMap(bashValueRows).joined())      esac
          return
          ;;
      esac
      case $current in
        -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
        *)
          COMPREPLY=($(compgen -W "$commands $arguments" -- "$current"))
          if [ -n "$paths" ]; then \(function)_paths; fi
          ;;
      esac
    }

    """
  }

  private func bashTableRow(_ node: CommandNode<Options>) -> String {
    let command = node.command
    let commands = command.subcommands.isEmpty ? [] : command.subcommands.map(\.name) + ["help"]
    let options =
      node.options.flatMap(\.spellings) + ["--help", "-h"]
      + (node.path.isEmpty ? ["--version"] : [])
    let valued = node.options.filter { $0.value != nil }.flatMap(\.spellings)
    let choices = command.positionals.flatMap(\.choices)
    let paths = command.positionals.contains(where: \.completesPaths) ? ["yes"] : []
    let settings = [
      ("commands", commands), ("options", options), ("valued", valued), ("arguments", choices),
      ("paths", paths),
    ]
    let lines = settings.filter { !$0.1.isEmpty }
      .map { "      \($0.0)=\(singleQuoted($0.1.joined(separator: " ")))\n" }
    return "    \(singleQuoted(node.title)))\n\(lines.joined())      ;;\n"
  }

  /// What values an option has; rows of inner commands come first, as the first that fits is taken.
  private func bashValueRows(_ node: CommandNode<Options>) -> [String] {
    node.command.options.compactMap { option in
      guard !option.choices.isEmpty || option.completesPaths else { return nil }
      // An option declared on a group serves every command below it.
      let patterns = option.spellings.flatMap { spelling in
        [
          singleQuoted("\(node.title) \(spelling)"),
          singleQuoted(node.title + " ") + "*" + singleQuoted(" " + spelling),
        ].prefix(node.command.subcommands.isEmpty ? 1 : 2)
      }
      let words = singleQuoted(option.choices.joined(separator: " "))
      let action =
        option.completesPaths
        ? "\(shellFunction(root.name))_paths"
        : "COMPREPLY=($(compgen -W \(words) -- \"$current\"))"
      return "        \(patterns.joined(separator: " | "))) \(action) ;;\n"
    }
  }
}
