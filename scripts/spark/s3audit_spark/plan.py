"""Ranges that tile the keys of a bucket, as `s3audit plan` writes them: a line of JSON each.

Ends of ranges and prefixes stay the text that they are written as, percent-encoded: tasks only hand them on.
"""

import json
import os
from pathlib import Path
from typing import NamedTuple, Optional
from urllib.parse import unquote_to_bytes

from . import child

FAILED, CONTRADICTED, USAGE = 1, 2, 64


class Refusal(Exception):
    """What is wrong, in words, and the status to end with."""

    def __init__(self, message, status=FAILED):
        super().__init__(message)
        self.status = status


class ProgramFailed(Exception):
    """`s3audit` on the driver ended with another status than 0."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class PlannedRange(NamedTuple):
    """The keys in (lower, upper], written `lower:upper`, of one bucket."""

    bucket: str
    range: str
    prefix: Optional[str] = None
    objects: Optional[int] = None

    @classmethod
    def parse(cls, line):
        fields = json.loads(line)
        return cls(fields["bucket"], fields["range"], fields.get("prefix"), fields.get("objects"))

    @property
    def line(self):
        fields = {"bucket": self.bucket, "objects": self.objects, "prefix": self.prefix, "range": self.range}
        return json.dumps({name: value for name, value in fields.items() if name != "prefix" or value is not None})

    @property
    def target(self):
        """What `s3audit list` is to list, in the bytes of its command line."""
        prefix = unquote_to_bytes(self.prefix or "")
        if b"\0" in prefix:
            raise ValueError(f"the prefix {self.prefix} of s3://{self.bucket} has a zero byte, which no command line can hold")
        return b"s3://" + self.bucket.encode() + (b"/" + prefix if prefix else b"")


def output_of(program, *arguments, accepted=(0,), text=""):
    """What `s3audit` prints on this machine of a text that it reads, and its status."""
    try:
        ended, out, err = child.output_of([program, *arguments], text)
    except OSError as error:
        raise ProgramFailed(1, f"there is no s3audit to run at {program}: {error.strerror}") from None
    if ended not in accepted:
        said = err.decode(errors="replace").strip()
        words = " ".join(os.fsdecode(word) for word in arguments[:2])
        raise ProgramFailed(max(ended, 1), said or f"s3audit {words} ended with {ended}")
    return out.decode(errors="replace"), ended


def untiled(program, lines):
    """What `s3audit plan --check` finds in lines of plans or receipts: gaps, overlaps, what is twice, seams that disagree."""
    text = "".join(f"{line}\n" for line in lines)
    said, status = output_of(program, "plan", "--check", "-", accepted=(0, CONTRADICTED), text=text)
    return said.splitlines() or ([] if status == 0 else ["the ranges do not tile the buckets"])


def version_of(program):
    return output_of(program, "--version")[0].split()[-1]


def plan(program, target, *options):
    """Asks for the ranges of a bucket or prefix; `options` are those of `s3audit plan`."""
    lines = output_of(program, "plan", target, *options)[0].splitlines()
    return [PlannedRange.parse(line) for line in lines]


def read_plan(path):
    """The ranges of a file that `s3audit plan` has printed."""
    try:
        lines = Path(path).read_text("utf-8").splitlines()
        return [PlannedRange.parse(line) for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is no plan: {error}") from None


def tiled(program, parts):
    """The same ranges, of which it is known now that they are all of each bucket once, or of one prefix of it.

    What is missing or twice is found now rather than when everything is listed, or, by the data source, never.
    """
    if not parts:
        raise Refusal("the plan holds no range")
    if len({part.target for part in parts}) != len({part.bucket for part in parts}):
        raise Refusal("a bucket is named with two prefixes: list them one after the other", USAGE)
    findings = untiled(program, [part.line for part in parts])
    if findings:
        raise Refusal("\n".join(["the plan contradicts itself, and nothing is listed:", *findings]), CONTRADICTED)
    return parts
