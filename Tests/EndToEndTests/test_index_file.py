"""The index as a file: who reads it at rest and beside a sync, what it is called, what damages it."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support import scripted_s3
from support.limits import limited
from support.scripted_s3 import Answer, error, page
from support.servers import wait_for

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


# --- Readers that stay

def the_file_alone(audit):
    """What a copy of the file without its log has."""
    copy = audit.index.with_name("alone.sqlite3")
    # In a process of its own: a reader's locks here would be gone once this one had closed the file.
    subprocess.run(["cp", audit.index, copy], check=True)
    with sqlite3.connect(f"file:{copy}?immutable=1", uri=True) as database:
        return database.execute("SELECT min(etag), count(*) FROM objects").fetchone()


def log_bytes(audit):
    log = audit.index.with_name(audit.index.name + "-wal")
    return log.stat().st_size if log.exists() else None


def held_at(audit, s3, *statements, **options):
    """A sync during which another program opens the index and runs statements; its connection stays."""
    s3.latency_seconds = 0.2
    process = audit.start("sync", "--full", "--concurrency", "1")
    wait_for(lambda: log_bytes(audit), "the sync never began")
    reader = sqlite3.connect(f"file:{audit.index}?mode=ro", uri=True, isolation_level=None, **options)
    for statement in statements:
        reader.execute(statement).fetchall()
    s3.latency_seconds = 0
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    return reader, words


def version(s3, number):
    s3.list_script = lambda request, _: Answer(page(scripted_s3.KEYS[:1000], etag=f'"night{number}"'))


def test_a_connection_that_is_only_held_neither_ages_the_file_nor_grows_its_log(audit, bucket):
    version(bucket, 0)
    audit.sync()
    version(bucket, 1)
    reader, words = held_at(audit, bucket, "SELECT count(*) FROM objects")
    assert words == ""
    for number in range(2, 6):
        assert the_file_alone(audit) == (f"night{number - 1}", 1000)
        assert log_bytes(audit) == 0
        version(bucket, number)
        assert audit.sync("--full").stderr == ""
        assert reader.execute("SELECT min(etag) FROM objects").fetchone() == (f"night{number}",)
    reader.close()
    audit.sync("--full")
    assert log_bytes(audit) is None


@pytest.mark.parametrize("options", [[], ["--quiet"]], ids=["plain", "quiet"])
def test_a_transaction_that_is_held_is_told(audit, bucket, options):
    version(bucket, 0)
    audit.sync()
    reader, _ = held_at(audit, bucket, "SELECT 1 FROM objects", "BEGIN", "SELECT count(*) FROM objects")
    version(bucket, 1)
    result = audit.sync("--full", *options)
    assert result.stderr.startswith("Warning: another program is in the middle of reading") and "-wal" in result.stderr
    assert "Help:" in result.stderr and log_bytes(audit) > 0
    assert audit.query("find", "-n", "1")[0]["etag"] == "night1"
    reader.execute("ROLLBACK")
    version(bucket, 2)
    assert audit.sync("--full").stderr == ""
    assert the_file_alone(audit) == ("night2", 1000)
    reader.close()


# --- What the documentation says of the log

SCHEMA = (Path(__file__).parents[2] / "Migrations/README.md").read_text()
WAYS = [line.removeprefix("$ ") for block in re.findall(r"^```console\n(.*?)^```", SCHEMA, re.MULTILINE | re.DOTALL)
        for line in block.splitlines() if "INDEX" in line]
WITH_LOG, WITHOUT_LOG = WAYS[:3], WAYS[3]

needs_shell = pytest.mark.skipif(not shutil.which("sqlite3"), reason="the sqlite3 shell is not installed")


def test_the_ways_are_found():
    assert len(WAYS) == 4 and "immutable" in WITHOUT_LOG and "immutable" not in "".join(WITH_LOG)


@pytest.fixture
def shared(audit, bucket, stranger):
    """Tries the documented ways as another user, who may read the index but not write beside it."""
    folder = stranger.folder / "shared"
    folder.mkdir(mode=0o755)
    audit.index = folder / "index.sqlite3"
    audit.environment["S3AUDIT_INDEX"] = str(audit.index)

    def tries(way):
        own = Path(tempfile.mkdtemp(dir=stranger.home))
        own.chmod(0o777)
        for path in folder.iterdir():
            path.chmod(0o644)
        stranger.home.chmod(0o755)
        words = way.replace("INDEX", str(audit.index)).replace("FOLDER", str(own))
        words = words.replace("s3audit", str(stranger.binary))
        return as_another_user("sh", "-c", words + (" --format csv" if "query" in way else ""))
    return tries


def kill_at(audit, point, *arguments):
    result = audit.run("sync", "--no-properties", *arguments, env={"S3AUDIT_TEST_CRASHPOINT": point})
    assert result.returncode == -signal.SIGKILL, result


@needs_root
@needs_shell
@pytest.mark.parametrize("way", WITH_LOG)
@pytest.mark.parametrize("left_by", ["kill of a first sync", "kill of a second", "transaction"])
def test_where_there_is_a_log_the_documented_ways_see_all(audit, bucket, shared, left_by, way):
    reader = None
    bucket.buckets = {"bucket": scripted_s3.KEYS[:10]}
    if left_by != "kill of a first sync":
        audit.sync("--no-properties")
    bucket.buckets = {"bucket": scripted_s3.KEYS[:42]}
    if left_by == "transaction":
        reader, _ = held_at(audit, bucket, "SELECT 1 FROM objects", "BEGIN", "SELECT count(*) FROM objects")
        bucket.buckets = {"bucket": scripted_s3.KEYS[:43]}
        audit.sync("--full")
        expected = "43"
    else:
        kill_at(audit, "sync-committed", "--full")
        expected = "42"
    assert log_bytes(audit)
    result = shared(way)
    assert result.returncode == 0 and expected in re.findall(r"\d+", result.stdout), result
    # What was recommended once, without a look for the log.
    wrong = shared(WITHOUT_LOG.partition("|| ")[2])
    assert expected not in re.findall(r"\d+", wrong.stdout), "the log matters here"
    assert shared(WITHOUT_LOG).stdout == "", "it looks for the log"
    if reader:
        reader.close()


@needs_root
@needs_shell
def test_where_there_is_no_log_the_documented_ways_work(audit, bucket, shared):
    bucket.buckets = {"bucket": scripted_s3.KEYS[:42]}
    audit.sync()
    with sqlite3.connect(audit.index) as database:
        database.execute("PRAGMA journal_mode = WAL")
    database.close()
    assert log_bytes(audit) is None
    assert shared(WITH_LOG[1]).returncode != 0, "a plain read needs the right to write the folder"
    for way in (WITH_LOG[0], WITHOUT_LOG):
        result = shared(way)
        assert result.returncode == 0 and "42" in re.findall(r"\d+", result.stdout), result


# --- Files of others

@pytest.mark.parametrize("with_keys", [True, False])
@pytest.mark.parametrize("kind", ["text", "one byte", "folder", "database", "log database", "fifo"])
def test_nothing_is_left_beside_a_file_of_others(audit, bucket, tmp_path, kind, with_keys):
    folder = tmp_path / "theirs"
    folder.mkdir()
    path = folder / "file"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif "database" in kind:
        with sqlite3.connect(path) as database:
            database.execute(f"PRAGMA journal_mode = {'WAL' if 'log' in kind else 'DELETE'}")
            database.execute("CREATE TABLE song (title)")
        database.close()
    else:
        path.write_text("root:x:0:0\n" * 1000 if kind == "text" else "x")
    mode = path.stat().st_mode
    content = path.read_bytes() if path.is_file() else None
    keys = {} if with_keys else {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    for options in ([], ["--mode", "0640"], ["bucket"]):
        result = audit.run("sync", "--index", path, *options, env=keys)
        assert result.returncode == 1 and "Error:" in result.stderr, result
        assert [entry.name for entry in folder.iterdir()] == ["file"]
        assert path.stat().st_mode == mode and (content is None or path.read_bytes() == content)
    audit.run("forget", "bucket", "--index", path)
    audit.run("query", "totals", "--index", path)
    assert [entry.name for entry in folder.iterdir()] == ["file"]


LEAVE = """
import os, sqlite3, sys
path, kind = sys.argv[1:]
database = sqlite3.connect(path, isolation_level=None)
database.execute(f"PRAGMA journal_mode = {'DELETE' if kind == 'journal' else 'WAL'}")
database.execute("PRAGMA cache_size = 1")
if kind == "marked log":
    database.execute("PRAGMA application_id = 77")
database.execute("CREATE TABLE song (title)")
if kind == "part log":
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
if kind == "journal":
    database.execute("BEGIN")
for number in range(300):
    database.execute("INSERT INTO song VALUES (hex(randomblob(900)))")
os._exit(0)
"""


@pytest.mark.parametrize("kind", ["log", "marked log", "part log", "journal"])
def test_a_database_of_others_that_was_left_in_the_middle_stays_so(audit, bucket, tmp_path, kind):
    folder = tmp_path / "theirs"
    folder.mkdir()
    path = folder / "songs.db"
    subprocess.run([sys.executable, "-c", LEAVE, path, kind], check=True)

    def files():
        return {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    before = files()
    assert "songs.db-journal" in before if kind == "journal" else before["songs.db-wal"]
    for command in (
            ["sync"], ["sync", "bucket", "--mode", "0640"], ["sync", "--dry-run"], ["forget", "bucket"],
            ["query", "totals"], ["query", "sql", "SELECT 1"], ["doctor"]):
        result = audit.run(*command, "--index", path)
        said = result.stdout + result.stderr
        assert result.returncode == 1 and f"{path} is not an s3audit index" in said, (command, result)
        assert files() == before, command


@pytest.mark.parametrize("suffix", [".lock", "-wal", "-journal", "-shm"])
@pytest.mark.parametrize("with_keys", [True, False])
def test_a_file_of_others_where_the_index_needs_its_own_stays(audit, bucket, tmp_path, suffix, with_keys):
    folder = tmp_path / "project"
    folder.mkdir()
    theirs = folder / ("package" + suffix)
    theirs.write_text("# made by another program\n[[package]]\n" * 5)
    keys = {} if with_keys else {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    for options in ([], ["--mode", "0640"]):
        result = audit.run("sync", "--index", folder / "package", *options, env=keys)
        assert result.returncode == 1, result
        if with_keys:
            assert str(theirs) in result.stderr and "--index" in result.stderr, result
        assert [entry.name for entry in folder.iterdir()] == [theirs.name]
        assert theirs.read_text().startswith("# made by") and theirs.stat().st_mode & 0o040


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "dangling link"])
def test_no_lock_is_put_behind_another_kind_of_file(audit, bucket, tmp_path, kind):
    lock, target = tmp_path / "x.lock", tmp_path / "target"
    if kind == "folder":
        lock.mkdir()
    elif kind == "fifo":
        os.mkfifo(lock)
    else:
        lock.symlink_to(target)
        if kind == "link":
            target.write_text("")
    result = audit.run("sync", "--index", tmp_path / "x")
    assert result.returncode == 1 and str(lock) in result.stderr, result
    audit.run("doctor", "--index", tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert target.exists() == (kind == "link") and (kind != "link" or target.read_text() == "")


def test_a_lock_that_was_left_behind_is_used_again(audit, bucket):
    lock = audit.index.parent / (audit.index.name + ".lock")
    for content in ["", "s3audit 1\n"]:
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text(content)
        audit.sync()
        assert re.fullmatch(r"s3audit \d+\n", lock.read_text())
    lock.write_text("4711\n")
    audit.sync()
    assert re.fullmatch(r"s3audit \d+\n", lock.read_text()), "as older versions wrote it"


def test_no_lock_is_left_where_no_index_was_made(audit, bucket):
    keys = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    assert audit.run("sync", env=keys).returncode == 1
    assert list(audit.index.parent.glob("index*")) == []


# --- Nothing is an answer

def test_an_account_without_buckets_is_a_complete_answer(audit, s3):
    audit.sync()
    for question in ["totals", "buckets", "find", "du", "findings", "top"]:
        result = audit.run("query", question, "--require-complete", "--format", "json")
        assert result.returncode == 0 and result.stderr == "", (question, result)
    row = audit.query("totals")[0]
    assert (row["objects"], row["state"]) == (0, "complete") and row["synced_at"]
    assert audit.run("query", "totals", "nothing*").returncode == 1
    s3.buckets = {"bucket": ["a"]}
    audit.sync()
    audit.run("forget", "bucket")
    assert audit.run("query", "totals", "--require-complete").returncode == 3
    audit.sync()
    assert audit.query("totals")[0]["objects"] == 1
    s3.buckets = {}
    audit.sync("--prune")
    assert audit.run("query", "totals", "--require-complete").returncode == 0


def test_a_denied_prefix_stays_so_when_a_part_of_it_is_synced(audit, s3):
    s3.buckets = {"bucket": ["a/1", "a/b/2", "c/1"]}
    audit.sync("s3://bucket/a/")
    s3.list_script = lambda request, number: error("AccessDenied", 403)
    audit.sync("s3://bucket/a/", status=3)
    s3.list_script = lambda request, number: None
    audit.sync("s3://bucket/a/b/")
    assert audit.run("query", "totals", "s3://bucket/a/b/", "--require-complete").returncode == 0
    result = audit.run("query", "totals", "s3://bucket/a/", "--require-complete")
    assert result.returncode == 3 and "access denied" in result.stderr
    audit.sync("s3://bucket/a/")
    assert audit.run("query", "totals", "s3://bucket/a/", "--require-complete").returncode == 0


def test_what_was_not_refused_stays_as_known_as_it_was(audit, s3):
    s3.buckets = {"a1": ["a/1", "a/b/2", "c/1"]}
    audit.sync()
    s3.list_script = lambda request, number: error("AccessDenied", 403)
    audit.sync("s3://a1/a/", status=3)

    def status(*arguments):
        return audit.run("query", "totals", *arguments, "--require-complete").returncode
    assert (status("s3://a1/c/"), status("s3://a1/a/"), status("s3://a1/a/b/"), status("a1")) == (0, 3, 3, 3)
    states = {row["prefix"]: row["state"] for row in audit.query("du", "s3://a1", "--depth", "1")}
    assert (states["a/"], states["c/"]) == ("denied", "complete")
    assert "access denied" in audit.run("query", "totals", "s3://a1/a/", "--require-complete").stderr
    assert audit.query("totals", "s3://a1/c/")[0]["state"] == "complete"
    s3.list_script = lambda request, number: None
    audit.sync("s3://a1/a/")
    assert (status("s3://a1/a/"), status("a1")) == (0, 0)


def test_a_pruned_bucket_is_no_account_without_buckets(audit, s3):
    s3.buckets = {"goes": ["a"], "stays": ["b"]}
    audit.sync()
    del s3.buckets["goes"]
    result = audit.sync("goes", "--prune")
    assert "pruned: goes" in result.stdout and result.stderr == ""


def test_buckets_of_the_filter_are_among_the_arguments(audit, s3):
    s3.buckets = {"x1": ["a"], "x2": ["a"], "logs-5": ["a"]}
    audit.sync()

    def names(*arguments):
        return [row["bucket"] for row in audit.query("buckets", *arguments)]
    assert names("x?", "--bucket", "*1") == ["x1"]
    assert names("x?", "logs-5", "--bucket", "*5", "--bucket", "*2") == ["logs-5", "x2"]
    assert names("--bucket", "x?", "--bucket", "logs-5") == ["logs-5", "x1", "x2"]
    result = audit.run("query", "buckets", "x?", "--bucket", "logs-5")
    assert result.returncode == 1 and "matches 'x?' and 'logs-5'" in result.stderr
