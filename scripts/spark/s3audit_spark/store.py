"""Folders of any file system that Hadoop knows: where a job writes, and how that becomes its output.

A job writes beside its output, into a folder whose name begins with a point, so that no reader takes it for data. What
was verified is renamed, and `_SUCCESS` is made last of all: on S3 a rename copies file by file, and only `_SUCCESS`
says that all were.
"""

import re
import uuid
from contextlib import suppress

SUCCESS = "_SUCCESS"


class OutputThere(Exception):
    """The output folder holds something that must stay."""


class Store:
    """An output and the folders beside it, all as text."""

    def __init__(self, spark, output):
        context = spark.sparkContext
        self.path = context._jvm.org.apache.hadoop.fs.Path
        path = self.path(output)
        self.files = path.getFileSystem(context._jsc.hadoopConfiguration())
        path = self.files.makeQualified(path)
        if path.getParent() is None:
            raise OutputThere(f"{output} is a root: name a folder in it")
        self.output = path.toString()
        beside, name = path.getParent().toString(), path.getName()
        # An application may run two jobs at once, and two machines may call theirs the same.
        run = f"{context.applicationId}-{uuid.uuid4().hex[:8]}"
        self.staging = self.below(beside, f".{name}.staging-{run}")
        self.former = self.below(beside, f".{name}.former-{run}")

    def below(self, folder, name):
        return self.path(folder, name).toString()

    @staticmethod
    def pattern(path):
        """A path for where Spark expects a pattern: brackets, braces and stars stand for themselves."""
        return re.sub(r"([\\*?\[\]{}])", r"\\\1", path)

    def is_there(self, path=None):
        return self.files.exists(self.path(path or self.output))

    def is_finished(self):
        return self.is_there(self.below(self.output, SUCCESS))

    def check_free(self, replaces):
        """Refuses an output that is there, unless it is a job's and is to be replaced."""
        if not self.is_there():
            return
        if not replaces:
            raise OutputThere(f"{self.output} is there already: choose another, or replace it with --replace")
        if not self.is_finished() or not self.is_there(self.below(self.output, "kind=range")):
            raise OutputThere(f"{self.output} is not the output of a finished job: it is not replaced")

    def publish(self, replaces):
        """Makes what was written the output, by a swap of folders."""
        # Some committers leave a mark whatever they are told: a copied folder would be marked before it is whole.
        self._remove(self.below(self.staging, SUCCESS))
        self.check_free(replaces)
        replaced = self.is_there()
        if replaced:
            self._rename(self.output, self.former)
        try:
            self._rename(self.staging, self.output)
        except Exception:
            if replaced:
                self._rename(self.former, self.output)
            raise
        self.files.create(self.path(self.output, SUCCESS)).close()
        if replaced:
            self._remove(self.former)

    def _rename(self, source, target):
        moved = self.files.rename(self.path(source), self.path(target))
        # Where another job was faster, a folder is moved into the one that is there by now.
        inside = self.below(target, self.path(source).getName())
        if moved and self.is_there(inside):
            self._remove(inside)
            raise OutputThere(f"{target} was made by another job meanwhile: it stays")
        if not moved:
            raise OutputThere(f"{source} could not be renamed to {target}")

    def _remove(self, path):
        self.files.delete(self.path(path), True)

    def discard(self):
        """Removes what was written and not published."""
        with suppress(Exception):
            self._remove(self.staging)
