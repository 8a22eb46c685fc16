/// What `?` shows.
enum HelpText {
  /// Each key with what it does; no line is wider than the smallest screen.
  static let lines = [
    "↑ ↓ j k      move",
    "PgUp PgDn    a screen up, down",
    "Home End g G to the first, the last",
    "→ l Enter    open",
    "← h Bksp     up, to where one came from",
    "s n C M      sort by size, name, objects,",
    "             last modified; again: reverse",
    "r            growth: 7, 30, 90 days",
    "c            objects on, off",
    "p            percent, bar, both",
    "u            unit of sizes",
    "i            facts of the row",
    "/            filter names; Esc ends it",
    "y            print s3://… on leaving",
    "R            read anew",
    "Esc          leave what is being read",
    "q            leave",
    "",
    "! denied     ~ partial   ? never listed",
    "* listed over 36 h ago   e empty",
    "– not known",
  ]
}
