import Testing

/// The modules depend on each other in one direction, and as it is written down.
@Suite struct ArrowTests {
  private let modules: Modules

  init() throws {
    modules = try Modules()
  }

  @Test func findsTheModules() {
    #expect(modules.order.count >= 15)
    #expect(modules.systemLibraries.count >= 4)
    #expect(modules.declared["Index"]?.contains("SQLite") == true)
  }

  @Test func arrowsGoDown() {
    for (place, name) in modules.order.enumerated() {
      let above = Set(modules.order[..<place])
      let up = (modules.declared[name] ?? []).subtracting(above)
      #expect(up.isEmpty, "\(name) depends on what is declared after it: \(up.sorted())")
    }
  }

  @Test func importsAreWhatPackageDeclares() throws {
    for name in modules.order {
      let imports = try modules.imports(of: name)
      let declared = modules.declared[name] ?? []
      for (module, path) in imports where !declared.contains(module) && module != name {
        Issue.record("\(path) imports \(module), which Package.swift does not give to \(name)")
      }
      let unused = declared.subtracting(imports.keys)
      #expect(unused.isEmpty, "\(name) declares but never imports \(unused.sorted())")
    }
  }

  /// The map leaves out what another arrow reaches anyway; it neither hides nor invents one.
  @Test func mapShowsTheSameArrows() {
    #expect(Set(modules.documented.keys) == Set(modules.order))
    for name in modules.order {
      let shown = modules.documented[name] ?? []
      let declared = modules.declared[name] ?? []
      #expect(shown.isSubset(of: Modules.reach(from: name, by: modules.declared)), "\(name)")
      #expect(
        declared.isSubset(of: Modules.reach(from: name, by: modules.documented)),
        "Sources/README.md does not show all that \(name) imports")
    }
  }

  @Test(arguments: [
    ("S3", "Index"), ("Index", "S3"), ("S3AuditCLI", "Simulator"), ("Answers", "AWS"),
    ("Answers", "Crawl"), ("Crawl", "Index"),
  ])
  func neverMeet(_ name: String, _ other: String) {
    let reach = Modules.reach(from: name, by: modules.declared)
    #expect(!reach.contains(other), "\(name) reaches \(other)")
  }

  @Test func oneModuleImportsEachLibrary() throws {
    for library in modules.systemLibraries {
      let users = try modules.order.filter { try modules.imports(of: $0)[library] != nil }
      #expect(users.count == 1, "\(library) is imported by \(users)")
    }
  }

  @Test(arguments: ["s3audit", "s3sim"])
  func executablesHaveNoLogic(_ name: String) throws {
    let code = try Tree.File(path: "Sources/\(name)/main.swift").codeLines.filter { line in
      line.contains { !$0.isWhitespace }
    }
    #expect(code.count == 2, "one import and one statement")
  }
}
