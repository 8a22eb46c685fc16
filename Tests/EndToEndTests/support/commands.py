"""The commands that the program has, as its own help names them."""

import os
import re
import subprocess


def every_command(path=()):
    """The words of a command and of all below it: [], ["query"], ["query", "totals"] and so on."""
    text = subprocess.run(
        [os.environ["S3AUDIT_BINARY"], *path, "--help"], env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=True).stdout
    _, _, below = text.partition("SUBCOMMANDS:\n")
    names = re.findall(r"^  ([a-z-]+) ", below.partition("\n\n")[0], re.MULTILINE)
    return [list(path), *(found for name in names for found in every_command((*path, name)))]
