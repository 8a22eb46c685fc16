"""Child processes that are not left behind."""

import ctypes
import os
import signal
import subprocess
import sys

LOOK_SECONDS = 1


def ending_with_parent():
    """What a child does before it becomes another program, so that it is killed when its parent's thread ends.

    Only Linux has it. Elsewhere a child ends when it next writes to a pipe that nobody reads.
    """
    if not sys.platform.startswith("linux"):
        return None
    # Looked up before the fork: after it, no lock may be taken.
    prctl, parent, set_death_signal = ctypes.CDLL(None).prctl, os.getpid(), 1

    def run():
        prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return run


def output_of(words, text):
    """Runs a program that reads a text: its status, output and errors, in bytes. It does not outlive this driver.

    A driver that `spark-submit` has started would wait for the program though its Spark is gone.
    """
    spark = os.getppid() if "PYSPARK_GATEWAY_PORT" in os.environ else None
    given = text.encode()
    with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=ending_with_parent()) as child:
        try:
            while True:
                try:
                    out, err = child.communicate(given, timeout=LOOK_SECONDS)
                    return child.returncode, out, err
                except subprocess.TimeoutExpired:
                    given = None
                    if spark is not None and os.getppid() != spark:
                        sys.exit("Error: Spark has ended")
        finally:
            child.kill()
