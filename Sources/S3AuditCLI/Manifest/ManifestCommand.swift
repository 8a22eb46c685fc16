internal import Arguments

/// `manifest`: lists of versions, made and compared.
let manifestCommand = ToolCommand(
  group: Command<ManifestGroupArguments>(
    name: "manifest", abstract: "List the versions that were there at a moment, and compare lists."),
  [manifestCreateCommand, manifestDiffCommand])

private struct ManifestGroupArguments: CommandArguments {}
