"""Shells that complete words at a keyboard, with the completions of one installation."""

import os
import pty
import select
import shutil
import struct
import subprocess
import termios
import time
from fcntl import ioctl

import pyte
import pytest


class TypedShell:
    """A shell on a terminal of its own, in a home of its own."""

    def __init__(self, name, prefix, home):
        if not shutil.which(name):
            pytest.skip(f"there is no {name}: run scripts/setup --tests")
        share = prefix / "share"
        home.mkdir()
        # A shell's own prompt tells of the machine; this one says when the shell listens.
        (home / ".bashrc").write_text(f"PS1='> '; source {share}/bash-completion/completions/s3audit\n")
        (home / ".zshrc").write_text(
            f"PS1='> '; fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u\n")
        (home / ".config/fish").mkdir(parents=True)
        # What fish suggests behind the cursor would look like what it completes.
        (home / ".config/fish/config.fish").write_text(
            "function fish_prompt; echo '> '; end\nset -g fish_greeting ''\nset -g fish_autosuggestion_enabled 0\n")
        self.screen = pyte.Screen(100, 30)
        self.stream = pyte.ByteStream(self.screen)
        self.controller, terminal = pty.openpty()
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            {"bash": ["bash", "--rcfile", home / ".bashrc", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}[name],
            stdin=terminal, stdout=terminal, stderr=terminal, cwd=home, start_new_session=True,
            # fish wants a terminal that is its own to control.
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),
            env={"PATH": f"{prefix}/bin:{os.environ['PATH']}", "HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8",
                 "XDG_DATA_DIRS": f"{share}:/usr/share", "ZDOTDIR": str(home)})
        os.close(terminal)
        self.wait_for(">")

    @property
    def shown(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, f"no '{text}' in:\n{self.shown}"
            if select.select([self.controller], [], [], 0.1)[0]:
                self.stream.feed(os.read(self.controller, 65_536))

    def type(self, text):
        os.write(self.controller, text.encode())

    def completes(self, line, expected):
        """Types a line and Tab, waits for what that makes of it, and wipes it."""
        self.type(line + "\t")
        self.wait_for(expected)
        # Ctrl-U leaves an empty line in all three shells, Ctrl-L an empty screen.
        self.type("\x15\x0c")
        deadline = time.monotonic() + 20
        while expected in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.controller], [], [], 0.1)[0]:
                self.stream.feed(os.read(self.controller, 65_536))

    def stop(self):
        self.process.kill()
        self.process.wait()
        os.close(self.controller)
