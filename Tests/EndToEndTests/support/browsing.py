"""A person at `s3audit browse`: a pseudo-terminal with a shell's job control, and the screen that it shows."""

import errno
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl

import pyte

# What a shell does: the program is a job of its own in the foreground, and every change of its state is told.
_SHELL = """
import os, signal, sys, termios
from fcntl import ioctl
told = int(sys.argv[1])
ioctl(0, termios.TIOCSCTTY, 0)
for number in (signal.SIGTTOU, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    for number in (signal.SIGTTOU, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.close(told)
    os.execve(sys.argv[2], sys.argv[2:], os.environ)
os.write(told, b"job %d\\n" % job)
while True:
    _, status = os.waitpid(job, os.WUNTRACED | os.WCONTINUED)
    if os.WIFSTOPPED(status):
        os.write(told, b"stopped\\n")
    elif os.WIFCONTINUED(status):
        os.write(told, b"continued\\n")
    elif os.WIFSIGNALED(status):
        os.write(told, b"signal %d\\n" % os.WTERMSIG(status))
        break
    else:
        os.write(told, b"exit %d\\n" % os.WEXITSTATUS(status))
        break
"""

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
PAGE_UP, PAGE_DOWN, HOME, END = "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F"
ESCAPE, ENTER, BACKSPACE, CTRL_C, CTRL_Z = "\x1b", "\r", "\x7f", "\x03", "\x1a"
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"

# Long enough for a machine under any load; nothing waits for it unless something is wrong.
PATIENCE_SECONDS = 60


class Browser:
    """`s3audit browse` with a keyboard and a screen. To be used with `with`: what still runs is ended."""

    def __init__(self, audit, *arguments, columns=80, rows=24, env=None):
        self._controller, terminal = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._set_size(columns, rows)
        self.settings_before = termios.tcgetattr(self._controller)
        self.shown = b""
        told, telling = os.pipe()
        variables = audit.variables({"TERM": "xterm-256color", **(env or {})})
        self._shell = subprocess.Popen(
            [sys.executable, "-S", "-c", _SHELL, str(telling), audit.binary, "browse", *map(str, arguments)],
            env=variables, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            pass_fds=[telling], cwd=audit.home)
        os.close(terminal)
        os.close(telling)
        self._told = told
        self._lines = b""
        self.job = int(self.next_change().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._shell.poll() is None:
            for kill in (lambda: os.kill(self.job, signal.SIGKILL), self._shell.kill):
                try:
                    kill()
                except ProcessLookupError:
                    pass
        self._shell.wait(PATIENCE_SECONDS)
        os.close(self._told)
        if self._controller is not None:
            os.close(self._controller)

    # What a person does

    def press(self, *keys):
        for key in keys:
            os.write(self._controller, key.encode() if isinstance(key, str) else key)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def send(self, number):
        os.kill(self.job, number)

    def hang_up(self):
        """The terminal goes away, as when a connection breaks."""
        os.close(self._controller)
        self._controller = None

    # What a person sees

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def selected(self):
        """The line under the cursor, which is shown the other way round."""
        for number, line in enumerate(self.screen.display):
            if self.screen.buffer[number][0].reverse:
                return line.rstrip()
        return None

    def wait_for(self, what):
        """Looks at the screen until it shows a text, or until a condition on this browser holds."""
        holds = what if callable(what) else lambda browser: what in browser.text
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds(self):
            assert time.monotonic() < end, f"still waiting for {what!r}:\n{self.text}"
            assert self._pump(0.1) or self._shell.poll() is None, f"it has ended:\n{self.text}"
        return self

    def settings(self):
        return termios.tcgetattr(self._controller)

    def set(self, settings):
        """What a shell does to a terminal that a stopped job has left in disorder."""
        termios.tcsetattr(self._controller, termios.TCSANOW, settings)

    # How it ends

    def next_change(self):
        """The next change of the job's state, such as `stopped` or `exit 0`."""
        end = time.monotonic() + PATIENCE_SECONDS
        while b"\n" not in self._lines:
            assert time.monotonic() < end, f"the job does not change:\n{self.text}"
            self._pump(0)
            if select.select([self._told], [], [], 0.05)[0]:
                chunk = os.read(self._told, 4_096)
                assert chunk, "the shell has gone"
                self._lines += chunk
        line, _, self._lines = self._lines.partition(b"\n")
        return line.decode()

    def end(self):
        """Waits for the end and returns how it ended, such as `exit 0`."""
        change = self.next_change()
        # It may go on and end faster than the shell looks.
        if change == "continued":
            change = self.next_change()
        self._shell.wait(PATIENCE_SECONDS)
        while self._pump(0):
            pass
        return change

    def assert_terminal_restored(self):
        assert self.settings() == self.settings_before
        self.assert_screen_restored()

    def assert_screen_restored(self):
        assert self.shown.rindex(b"\x1b[?1049l") > self.shown.rindex(b"\x1b[?1049h")
        assert self.shown.rindex(b"\x1b[?25h") > self.shown.rindex(b"\x1b[?25l")
        assert self.shown.rindex(b"\x1b[?7h") > self.shown.rindex(b"\x1b[?7l")

    @property
    def left_behind(self):
        """What was written after the screen was given back."""
        return self.shown[self.shown.rindex(LEFT_ALTERNATE_SCREEN) + len(LEFT_ALTERNATE_SCREEN):].decode()

    def _set_size(self, columns, rows):
        ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _pump(self, seconds):
        """Takes what was written; false where nothing was."""
        if self._controller is None or not select.select([self._controller], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._controller, 65_536)
        except OSError as error:
            # Linux says EIO when the last one on the other side has gone.
            assert error.errno == errno.EIO
            return False
        self.shown += chunk
        self._stream.feed(chunk)
        return bool(chunk)
