"""One range, listed by a child process on an executor: all of it with its receipt, or an error.

    scan = Scan(listing, PlannedRange("logs", "2026/01:2026/02"))
    for batch in scan: …          # key, size, last_modified, etag, storage_class
    scan.receipt                  # the line that proves it, there once the batches have ended

Exit 0 alone proves nothing, as CSV has no end mark: the receipt is written last, and says how many objects and bytes
there were. A child ends with its worker, however that ends, and a silent one is ended.
"""

import json
import os
import select
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import Optional, Tuple

import pyarrow as pa
import pyarrow.compute as compute

from . import rows
from .child import ending_with_parent

PIPE_BYTES = 1 << 20
RECEIPT_BYTES_MAX = 1 << 16
STDERR_BYTES_SHOWN = 2000
USAGE_STATUS = 64
# A listing that may seldom ask is silent for longer; a page may take several attempts.
REQUESTS_UNTIL_SILENT = 20
# The system counts them in 32 bits.
POLL_MILLISECONDS_MAX = (1 << 31) - 1
SPARK_FILE = "sparkfile:"


class ListingFailed(Exception):
    """A range was not listed; the task fails, and Spark may repeat it."""


@dataclass(frozen=True)
class Listing:
    """How ranges are listed, the same for all tasks of a job."""

    # The program on executors: a path, a name in PATH, or "sparkfile:NAME" for one that Spark brings along.
    program: str = "s3audit"
    # Options of `s3audit list` that say where the bucket is.
    options: Tuple[str, ...] = ()
    # Of one task: all of them share what a job may ask.
    requests_per_second: Optional[float] = None
    stall_timeout: float = 300
    # The driver's version, which every receipt must name.
    version: Optional[str] = None

    @property
    def path(self):
        if not self.program.startswith(SPARK_FILE):
            return self.program
        from pyspark import SparkFiles
        return SparkFiles.get(self.program[len(SPARK_FILE):])

    @property
    def silence_max(self):
        if self.requests_per_second is None:
            return self.stall_timeout
        return max(self.stall_timeout, REQUESTS_UNTIL_SILENT / self.requests_per_second)

    def command(self, part, receipt_fd):
        words = [
            self.path, "list", part.target, f"--range={part.range}", "--receipt", f"/dev/fd/{receipt_fd}",
            "--format", "csv", "--raw-csv", "--quiet", "--progress", "never", *self.options]
        if self.requests_per_second is not None:
            words += ["--max-requests-per-second", f"{self.requests_per_second:.6f}"]
        return words


def positive(convert):
    """A number from a text, by `int` or `float`; a `ValueError` for what is no number above 0."""
    def value(text):
        number = convert(text)
        if not 0 < number < float("inf"):
            raise ValueError(text)
        return number
    value.__name__ = f"positive {convert.__name__}"
    return value


def share_of(requests_per_second, slots):
    """What one of so many tasks may ask of what a job may; `s3audit` knows no less than one request a second."""
    if requests_per_second is None:
        return None
    if requests_per_second < slots:
        raise ValueError(
            f"{requests_per_second:g} requests a second are less than one for each of {slots} tasks at once: allow more, or run fewer")
    return requests_per_second / slots


class Output:
    """The standard output of a child as Arrow reads it: whole blocks, and an error in the place of silence."""

    closed = False

    def __init__(self, file, silence_max):
        self.fd = file.fileno()
        self.silence_max = silence_max
        self.poll = select.poll()
        self.poll.register(self.fd, select.POLLIN)
        with suppress(ImportError, AttributeError, OSError):
            import fcntl
            fcntl.fcntl(self.fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def read(self, count=-1):
        if count < 0:
            count = rows.BLOCK_BYTES
        pieces = []
        while count > 0:
            if not self.poll.poll(min(self.silence_max * 1000, POLL_MILLISECONDS_MAX)):
                raise ListingFailed(f"s3audit said nothing for {self.silence_max:g} s")
            piece = os.read(self.fd, count)
            if not piece:
                break
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def readable(self):
        return True

    def writable(self):
        return False

    def seekable(self):
        return False

    def close(self):
        self.closed = True


class Scan:
    """The objects of one range, and then its receipt. See the head of this file."""

    def __init__(self, listing, part):
        self.listing = listing
        self.part = part
        self.receipt = None

    def __iter__(self):
        objects = size = 0
        try:
            with tempfile.TemporaryFile() as said:
                child, receipts = self._start(said)
                try:
                    for batch in self._batches(child, said):
                        objects += batch.num_rows
                        size += compute.sum(batch.column("size")).as_py() or 0
                        yield batch
                    self._finish(child, said)
                    receipt = os.read(receipts, RECEIPT_BYTES_MAX).decode()
                finally:
                    self._end(child)
                    os.close(receipts)
            self._compare(receipt, objects, size)
            self.receipt = receipt.strip()
        except ListingFailed as error:
            where = f"{socket.gethostname()}: s3://{self.part.bucket}, range {self.part.range}"
            raise ListingFailed(f"{where}: {' '.join(str(error).split())}") from None

    def _start(self, said):
        """The child, and the end of a pipe that its receipt comes out of."""
        receipts, receipt_entry = os.pipe()
        try:
            child = subprocess.Popen(
                self.listing.command(self.part, receipt_entry), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=said, bufsize=0, pass_fds=[receipt_entry], preexec_fn=ending_with_parent())
        except OSError as error:
            os.close(receipts)
            raise ListingFailed(f"there is no s3audit to run at {self.listing.path}: {error.strerror}") from None
        finally:
            os.close(receipt_entry)
        return child, receipts

    def _batches(self, child, said):
        try:
            yield from rows.read(pa.PythonFile(Output(child.stdout, self.listing.silence_max), "r"))
        except pa.ArrowException as error:
            # An output that is cut short is no CSV: why it was cut is the error.
            self._finish(child, said)
            raise ListingFailed(f"what s3audit printed cannot be read: {error}") from None

    def _finish(self, child, said):
        """Waits for the end of a child that has printed all; an error says how it failed."""
        try:
            status = child.wait(self.listing.silence_max)
        except subprocess.TimeoutExpired:
            raise ListingFailed(f"s3audit did not end within {self.listing.silence_max:g} s of its output") from None
        if status == 0:
            return
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - STDERR_BYTES_SHOWN))
        words = said.read().decode(errors="replace").strip()
        if status == USAGE_STATUS:
            raise ListingFailed(f"{self.listing.path} may be older than the driver's, {self.listing.version}: {words}")
        ended = f"was killed by signal {-status}" if status < 0 else f"ended with {status}"
        raise ListingFailed(f"s3audit {ended}" + (f": {words}" if words else ""))

    def _end(self, child):
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()

    def _compare(self, line, objects, size):
        """Whether a receipt is about what was asked for and what came."""
        try:
            receipt = json.loads(line)
        except ValueError:
            raise ListingFailed("s3audit ended with 0 and wrote no receipt") from None
        wanted = {
            "version": self.listing.version or receipt.get("version"), "bucket": self.part.bucket,
            "range": self.part.range, "prefix": self.part.prefix, "objects": objects, "bytes": size}
        for name, value in wanted.items():
            if receipt.get(name) != value:
                raise ListingFailed(
                    f"the receipt's {name} is {receipt.get(name)}, where {value} "
                    + ("is the driver's" if name == "version" else "was expected"))
