"""The index as a file: who reads it at rest and beside a sync, what it is called, what damages it."""

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time

import pytest

from support import scripted_s3
from support.limits import limited
from support.scripted_s3 import error

READ = """
import sqlite3, sys
print(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("SELECT count(*) FROM objects").fetchone()[0])
"""


def as_another_user(*command):
    return subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command],
        capture_output=True, encoding="utf-8", timeout=60)


needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")


def let_everybody_in(path):
    for folder in path.parents:
        if folder.owner() == "root" and folder != folder.parent and folder.stat().st_mode & 0o077 == 0:
            folder.chmod(0o711)


@needs_root
def test_another_user_reads_it_at_rest(audit, bucket):
    audit.sync("--mode", "0644")
    let_everybody_in(audit.index)
    result = as_another_user(sys.executable, "-c", READ, str(audit.index))
    assert result.stdout.strip() == str(len(scripted_s3.KEYS)), result
    assert stat.S_IMODE(audit.index.stat().st_mode) == 0o644
    assert sorted(path.name for path in audit.index.parent.glob("index*")) == [
        "index.sqlite3", "index.sqlite3.lock"]


def test_it_has_no_log_whoever_had_it_open_before(audit, bucket):
    audit.sync()

    def journal():
        with audit.reading() as database:
            return database.execute("PRAGMA journal_mode").fetchone()[0]
    assert journal() == "delete"
    reader = sqlite3.connect(f"file:{audit.index}?mode=ro", uri=True)
    assert reader.execute("SELECT count(*) FROM objects").fetchone()
    audit.sync()
    reader.close()
    audit.sync()
    assert journal() == "delete"


@pytest.mark.parametrize("name", ["file:x.sqlite3", ":memory:", "file::memory:"])
def test_its_name_is_the_name_of_a_file(audit, bucket, name):
    audit.run("sync", "--index", name)
    assert sorted(path.name for path in audit.home.iterdir()) == sorted([name, name + ".lock"])
    assert stat.S_IMODE((audit.home / name).stat().st_mode) == 0o600
    rows = audit.run("query", "totals", "--index", name, "--format", "json")
    assert rows.returncode == 0 and f'"objects":{len(scripted_s3.KEYS)}' in rows.stdout.replace(" ", "")


def test_an_index_without_buckets_is_not_complete(audit):
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    assert audit.run("sync", env=env).returncode == 1
    result = audit.run("query", "totals", "--format", "json")
    assert '"never"' in result.stdout and "ever listed" in result.stderr
    for question in ["totals", "buckets", "top", "find", "du", "findings"]:
        assert audit.run("query", question, "--require-complete").returncode == 3, question
    assert audit.run("query", "sql", "SELECT 1", "--require-complete").returncode == 3


def test_an_account_that_stops_answering_is_told(audit, bucket):
    audit.sync()
    assert audit.run("query", "totals", "--require-complete").returncode == 0
    bucket.script = lambda request, number: None if request.bucket else error("AccessDenied", 403)
    assert audit.run("sync").returncode == 1
    result = audit.run("query", "totals", "--require-complete", "--format", "json")
    assert result.returncode == 3 and '"partial"' in result.stdout and "AccessDenied" in result.stderr
    assert audit.run("query", "totals", "bucket", "--require-complete").returncode == 0
    bucket.script = lambda request, number: None
    audit.sync()
    assert audit.run("query", "totals", "--require-complete").returncode == 0


def test_a_synced_prefix_is_known(audit, s3):
    s3.buckets = {"bucket": ["a/1", "a/2", "b/1"]}
    audit.sync("s3://bucket/a/")
    assert audit.run("query", "du", "s3://bucket/a/", "--require-complete").returncode == 0
    assert audit.run("query", "du", "s3://bucket", "--require-complete").returncode == 3


def test_forget_drops_what_still_exists(audit, s3):
    s3.buckets = {"first": ["a"], "second": ["b", "c"]}
    audit.sync()
    result = audit.run("forget", "second")
    assert result.returncode == 0 and "1 bucket with 2 objects" in result.stdout, result
    assert audit.sql("SELECT bucket, objects FROM buckets") == [("first", 1)]
    audit.check_index()
    assert audit.run("forget", "nothing").returncode == 1
    assert audit.run("forget").returncode == 64
    assert audit.run("forget", "s3://first/a/").returncode == 64
    audit.sync()
    assert audit.sql("SELECT count(*) FROM buckets") == [(2,)]


def test_a_named_bucket_that_is_gone_is_pruned(audit, s3):
    s3.buckets = {"stays": ["a"], "goes": ["b"]}
    audit.sync()
    del s3.buckets["goes"]
    assert audit.run("sync", "goes").returncode == 3
    assert "pruned: goes" in audit.sync("goes", "--prune").stdout
    assert audit.sql("SELECT bucket FROM buckets") == [("stays",)]


def test_a_lock_of_another_program_is_waited_for_with_words(audit, bucket):
    audit.sync()
    other = sqlite3.connect(audit.index, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    process = audit.start("sync")
    time.sleep(4)
    assert process.poll() is None
    other.execute("COMMIT")
    other.close()
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0 and words.startswith("Waiting: another program"), words
    audit.check_index()


def test_a_sync_that_waits_for_a_lock_ends_when_told(audit, bucket):
    audit.sync()
    other = sqlite3.connect(audit.index, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    process = audit.start("sync")
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 130
    other.close()


def test_an_error_names_the_file_and_no_statement(audit, bucket):
    audit.sync()
    size = audit.index.stat().st_size
    with audit.index.open("r+b") as file:
        file.truncate(size - 3 * 16384)
    result = audit.run("query", "sql", "SELECT * FROM objects, buckets, syncs, prefixes")
    assert result.returncode == 1, result
    assert str(audit.index) in result.stderr and "SELECT" not in result.stderr


@pytest.mark.parametrize("limit,value,name", [
    (resource.RLIMIT_NOFILE, 8, "open files"), (resource.RLIMIT_NOFILE, 15, "open files"),
    (resource.RLIMIT_AS, 512 << 20, "address space")])
def test_limits_that_are_too_low_are_named(audit, bucket, limit, value, name):
    for command in (["sync"], ["query", "totals"]):
        result = audit.run(*command, preexec_fn=limited(limit, value), seconds=20)
        assert result.returncode == 1 and name in result.stderr, result
