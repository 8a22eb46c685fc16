"""What a process has written into a pipe that nobody reads."""

import fcntl
import struct
import termios
import time

from support.servers import wait_for


def unread(pipe):
    """How many bytes wait in it."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def wait_until_full(pipe):
    """Waits until there is something in it and no more comes."""
    seen = []

    def is_full():
        time.sleep(0.2)
        seen.append(unread(pipe))
        return seen[-1] > 0 and seen[-2:-1] == seen[-1:]
    wait_for(is_full, "full pipe")
