extension CommandLineTool {
  func fishCompletion() -> String {
    let function = "_" + shellFunction(root.name)
    let descents = nodes.dropFirst().map { fishQuoted($0.title) }.joined(separator: " ")
    let valued = nodes.flatMap { node in
      node.command.options.filter { $0.value != nil }.flatMap(\.spellings).flatMap { spelling in
        // An option declared on a group serves every command below it.
        ["\(node.title) \(spelling)", "\(node.title) * \(spelling)"].map(fishQuoted)
      }
    }
    let skips =
      valued.isEmpty
      ? "" : "      case \(valued.joined(separator: " "))\n        set skip 1\n"
    let rows = nodes.flatMap { fishRows($0, condition: "\(function)_at") }.joined()
    return """
      # fish completion for \(root.name). Load it with: \(root.name) completions fish | source

      # Prints the command that the words before the cursor have reached.
      function \(function)_path
        set -l path \(root.name)
        set -l skip 0
        for word in (commandline -opc)[2..-1]
          if test $skip -eq 1
            set skip 0
            continue
          end
          switch "$path $word"
            case \(descents.isEmpty ? "''" : descents)
              set path "$path $word"
      \(skips)    end
        end
        echo $path
      end

      function \(function)_at
        test (\(function)_path) = "$argv"
      end

      # The command itself and everything below it.
      function \(function)_within
        string match -q -- "$argv *" (\(function)_path)" "
      end

      complete -c \(root.name) -f
      complete -c \(root.name) -s h -l help -d 'Show help information'
      \(rows)
      """
  }

  private func fishRows(_ node: CommandNode<Options>, condition: String) -> [String] {
    let isGroup = !node.command.subcommands.isEmpty
    let at = "complete -c \(root.name) -n \(fishQuoted("\(condition) \(node.title)"))"
    let function = condition.dropLast("_at".count)
    func scope(_ node: CommandNode<Options>) -> String {
      "\(function)_\(node.command.subcommands.isEmpty ? "at" : "within") \(node.title)"
    }
    let version = node.path.isEmpty ? ["\(at) -l version -d 'Show the version'\n"] : []
    let commands = node.command.subcommands.map {
      "\(at) -a \($0.name) -d \(fishQuoted(summary($0.abstract)))\n"
    }
    let help = isGroup ? ["\(at) -a help -d 'Show help for a subcommand'\n"] : []
    let options = node.command.options.map { option in
      // A command's own option stands for that of the same name further out.
      let hidden = nodes.filter { below in
        below.path.count > node.path.count && below.path.starts(with: node.path)
          && below.command.options.contains { $0.long == option.long }
      }
      let places = ([scope(node)] + hidden.map { "not \(scope($0))" }).joined(separator: "; and ")
      return "complete -c \(root.name) -n \(fishQuoted(places))" + fishOption(option)
    }
    let positionals = node.command.positionals.compactMap { positional -> String? in
      if positional.completesPaths { return "\(at) -F\n" }
      guard !positional.choices.isEmpty else { return nil }
      return "\(at) -a \(fishQuoted(positional.choices.joined(separator: " ")))\n"
    }
    return version + commands + help + options + positionals
  }

  private func fishOption(_ option: Option<Options>) -> String {
    let short = option.short.map { " -s \($0)" } ?? ""
    let value: String =
      if option.value == nil {
        ""
      } else if option.completesPaths {
        " -r -F"
      } else if option.choices.isEmpty {
        " -x"
      } else {
        " -x -a \(fishQuoted(option.choices.joined(separator: " ")))"
      }
    return "\(short) -l \(option.long)\(value) -d \(fishQuoted(summary(option.help)))\n"
  }

  /// `text` in single quotes, where fish gives a meaning only to `\\` and `\'`.
  private func fishQuoted(_ text: String) -> String {
    "'" + text.flatMap { $0 == "\\" || $0 == "'" ? ["\\", $0] : [$0] } + "'"
  }
}
