"""A terminal that a person would sit at, and what it shows."""

import errno
import os
import pty
import select
import signal
import struct
import termios
import time
from fcntl import ioctl


def on_terminal(audit, *arguments, columns=100, env=None, interrupt_at=None, answers=None):
    """Runs on a pseudo-terminal and returns the status and all that it showed.

    Once it shows `interrupt_at`, Ctrl-C is pressed. `answers` are typed once their questions are shown; without
    them nobody sits at the keyboard.
    """
    answers = dict(answers or {})
    controller, terminal = pty.openpty()
    keyboard = {"stdin": terminal} if answers else {}
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    process = audit.start(
        *arguments, env={"TERM": "xterm-256color", **(env or {})}, stdout=terminal, stderr=terminal,
        **keyboard)
    os.close(terminal)
    shown, start = b"", time.monotonic()
    while True:
        if interrupt_at and interrupt_at.encode() in shown:
            process.send_signal(signal.SIGINT)
            interrupt_at = None
        for question in [question for question in answers if question.encode() in shown]:
            os.write(controller, answers.pop(question).encode())
        assert time.monotonic() - start < 60
        if not select.select([controller], [], [], 0.1)[0]:
            continue
        try:
            chunk = os.read(controller, 65_536)
        except OSError as error:
            # Linux says EIO when the last one on the other side has gone.
            assert error.errno == errno.EIO
            chunk = b""
        if not chunk:
            os.close(controller)
            return process.wait(10), shown.decode()
        shown += chunk
