"""Limits of the system, for the `preexec_fn` of a run: a disk that is full, few descriptors."""

import resource
import signal


def limited(limit, value):
    """What sets `limit`, one of those of `resource`, in the process to come."""
    def apply():
        # A file that grows too large is an error of write(2) then, not the end of the process.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(limit, (value, value))
    return apply
