/// The arguments of one command, each at its default.
///
/// A command declares its rows against a structure of its own, so that nothing else sees them:
///
///     struct TouchArguments: CommandArguments { var isForced = false }
///     let force = Option<TouchArguments>.flag("force", help: "…", sets: \.isForced)
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

  /// Names a type of arguments in a key path: `\.arguments[ParsedArguments.Key<TouchArguments>()]`.
  package struct Key<Arguments: CommandArguments>: Hashable, Sendable {
    package init() {}

    fileprivate var id: ObjectIdentifier { ObjectIdentifier(Arguments.self) }
  }
}
