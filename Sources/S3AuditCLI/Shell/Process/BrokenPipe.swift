/// Whoever read the results has gone, as `head` does: no reason to complain.
struct BrokenPipe: Error {}
