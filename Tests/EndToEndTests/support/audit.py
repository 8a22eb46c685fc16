"""The program under test: s3audit as one test runs it, and as another user runs it."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from support import servers


class Audit:
    """s3audit with a home, an index and an environment that only this test has."""

    def __init__(self, folder):
        self.binary = os.environ["S3AUDIT_BINARY"]
        self.sync_options = ()
        self.home = folder / "home"
        self.home.mkdir()
        self.index = folder / "index.sqlite3"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8",
            "S3AUDIT_INDEX": str(self.index), "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1", **servers.KEYS,
        }

    def use(self, server):
        """Makes `server` the endpoint of the commands that follow."""
        self.environment["AWS_ENDPOINT_URL"] = server.endpoint

    def configure(self, config="", credentials=""):
        """Writes the files of ~/.aws, and takes the keys out of the environment."""
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(credentials)
        for name in servers.KEYS:
            self.environment.pop(name, None)

    def variables(self, changes):
        merged = {**self.environment, **(changes or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def run(self, *arguments, env=None, seconds=120, **options):
        """Runs to the end and returns status and both outputs as text."""
        return subprocess.run(
            [self.binary, *map(str, arguments)], env=self.variables(env), timeout=seconds,
            stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True,
            encoding="utf-8", cwd=self.home, **options)

    def start(self, *arguments, env=None, **options):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        options = {**pipes, **options}
        return subprocess.Popen(
            [self.binary, *map(str, arguments)], env=self.variables(env), cwd=self.home,
            encoding="utf-8", **options)

    def sync(self, *arguments, status=0, **options):
        result = self.run("sync", *self.sync_options, *arguments, **options)
        assert result.returncode == status, result
        return result

    def synced(self, *arguments, status=0, **options):
        """Syncs and returns the rows of its own report, by bucket."""
        result = self.sync(*arguments, "--format", "json", status=status, **options)
        return {row["bucket"]: row for row in json.loads(result.stdout)["buckets"]}

    def query(self, *arguments):
        """The rows that a query answers with."""
        result = self.run("query", *arguments, "--format", "json")
        assert result.returncode == 0, result
        return json.loads(result.stdout)

    def reading(self):
        """The file, opened to read; closed at once, because SQLite's locks do not survive that some
        other code of this process opens and closes the same file.

        A sync that was killed while it made the file leaves a journal that a reader has to roll back,
        which takes the right to write: the sqlite3 shell has it.
        """
        database = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)
        try:
            database.execute("PRAGMA schema_version").fetchall()
        except sqlite3.OperationalError as error:
            database.close()
            if "readonly" not in str(error):
                raise
            database = sqlite3.connect(f"file:{self.index}?mode=rw", uri=True)
        return closing(database)

    def sql(self, statement, *values):
        """Rows straight from the file, as the sqlite3 shell would read it."""
        with self.reading() as database:
            return database.execute(statement, values).fetchall()

    def objects(self, bucket):
        """Everything the index holds of a bucket, in the form of `servers.listing`."""
        rows = self.sql(
            "SELECT key, size, etag, last_modified, storage_class FROM objects WHERE bucket = ?",
            bucket)
        found = {row[0]: row[1:] for row in rows}
        assert len(found) == len(rows)
        return found

    def bucket(self, name):
        """The row of the view `buckets` by column."""
        with self.reading() as database:
            database.row_factory = sqlite3.Row
            return dict(
                database.execute("SELECT * FROM buckets WHERE bucket = ?", [name]).fetchone())

    def last_sync(self):
        with self.reading() as database:
            database.row_factory = sqlite3.Row
            return dict(
                database.execute("SELECT * FROM syncs ORDER BY sync DESC LIMIT 1").fetchone())

    def check_index(self):
        """Everything that must be true of an index at any instant, also after a kill."""
        assert self.sql("PRAGMA integrity_check") == [("ok",)]
        assert self.sql("PRAGMA foreign_key_check") == []
        if not self.sql("SELECT 1 FROM sqlite_schema WHERE name = 'objects'"):
            # Killed while the file was made.
            return
        counted = self.sql(
            "SELECT bucket, storage_class, count(*), sum(size) FROM objects GROUP BY 1, 2 ORDER BY 1, 2")
        kept = self.sql(
            "SELECT bucket, storage_class, sum(objects), sum(bytes) FROM bucket_classes"
            " WHERE objects > 0 GROUP BY 1, 2 ORDER BY 1, 2")
        assert counted == kept, "rollups differ from rows"

    def assert_complete(self, keys):
        assert sorted(self.objects("bucket")) == sorted(keys)
        assert self.bucket("bucket")["state"] == "complete"
        self.check_index()

    def assert_marked(self, **options):
        """A sync ends with 3, and every answer says that `bucket` is not whole."""
        result = self.sync(status=3, **options)
        assert "s3://bucket" in result.stderr
        row = self.bucket("bucket")
        assert row["state"] == "partial" and row["error"]
        assert self.run("query", "totals", "--require-complete").returncode == 3
        self.check_index()
        return result


class Stranger(Audit):
    """s3audit as a user who owns nothing, in a folder that everybody may enter."""

    user = 65534

    def __init__(self, audit, folder):
        super().__init__(folder)
        self.folder = folder
        self.environment |= audit.environment | {"HOME": str(self.home)}
        self.binary = shutil.copy(audit.binary, folder)
        folder.chmod(0o755)

    def give(self, index, folder_mode, file_mode):
        """Makes a copy of an index with these permissions the one that is used."""
        self.folder = Path(tempfile.mkdtemp(dir=self.home))
        self.index = self.folder / "index.sqlite3"
        shutil.copy(index, self.index)
        self.index.chmod(file_mode)
        self.folder.chmod(folder_mode)

    def run(self, *arguments, env=None, **options):
        env = {"S3AUDIT_INDEX": str(self.index), **(env or {})}
        return super().run(*arguments, env=env, **self.identity, **options)

    @property
    def identity(self):
        # For root, permissions mean nothing.
        return {"user": self.user, "group": self.user, "extra_groups": []} if os.geteuid() == 0 else {}


class Loner(Stranger):
    """s3audit as a user of whom nothing else runs, so that the user's threads can be counted."""

    def __init__(self, audit, folder):
        super().__init__(audit, folder)
        self.user = 100_000 + os.getpid()
        for path in (folder, self.home):
            os.chown(path, self.user, self.user)

    def start(self, *arguments, env=None, **options):
        env = {"S3AUDIT_INDEX": str(self.index), **(env or {})}
        return super().start(*arguments, env=env, **self.identity, **options)

    def occupy(self):
        """Another process of the same user."""
        return subprocess.Popen(["sleep", "120"], **self.identity)


def another(folder, name, server=None):
    """One with a home of its own in a folder, which asks that server if one is given."""
    (folder / name).mkdir()
    audit = Audit(folder / name)
    if server:
        audit.use(server)
    return audit
