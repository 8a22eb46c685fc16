/// The arguments of one command, each at its default.
///
/// A command declares its rows against a structure of its own, so that nothing else sees them:
///
///     struct DuArguments: CommandArguments { var depth = 1 }
///     let depth = Option<DuArguments>.count("depth", in: 0...64, help: "…", sets: \.depth)
package protocol CommandArguments: Sendable {
  init()
}

/// What was typed for several commands, kept by the type of their arguments.
///
/// One structure can so hold the arguments of commands that it does not know.
package struct ParsedArguments: Sendable {
  private var values: [ObjectIdentifier: any CommandArguments] = [:]

  package init() {}

  /// The arguments of a type: those that were set, or all at their defaults.
  package subscript<Arguments: CommandArguments>(_ key: Key<Arguments>) -> Arguments {
    get { values[key.id] as? Arguments ?? Arguments() }
    set { values[key.id] = newValue }
  }

  /// Names a type of arguments in a key path: `\.arguments[ParsedArguments.Key<DuArguments>()]`.
  package struct Key<Arguments: CommandArguments>: Hashable, Sendable {
    package init() {}

    fileprivate var id: ObjectIdentifier { ObjectIdentifier(Arguments.self) }
  }
}
