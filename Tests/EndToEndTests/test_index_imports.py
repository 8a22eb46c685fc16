"""`import index`: the buckets of other indexes, as if they had been synced here."""

import json
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest

from support import index_checks, servers, spoiled_index
from support.audit import another
from support.index_tables import assert_equal, tables

QUERIES = [
    ("totals",), ("totals", "--by", "class"), ("buckets",), ("du", "s3://logs"), ("top", "s3://logs"),
    ("find", "s3://logs", "--limit", "20"), ("versions", "s3://media", "--limit", "20"), ("changes",),
    ("changes", "--by", "bucket"), ("history",), ("growth",), ("findings",), ("small",), ("cost",),
    ("histogram", "s3://logs"), ("duplicates",), ("uploads",)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """An index of three nights, and the server that it is of."""
    with spoiled_index.nights(tmp_path_factory.mktemp("source"), 3) as made:
        yield made


def imported(audit, *files, status=0, **options):
    """What is said of each bucket."""
    result = audit.run("import", "index", *files, "--format", "json", **options)
    assert result.returncode == status, result
    return {row["bucket"]: row for row in json.loads(result.stdout)} if result.stdout else result.stderr


def check(audit):
    result = audit.run("check")
    assert result.returncode == 0, result
    index_checks.check_index(audit.index)


def execute(audit, *statements):
    with closing(sqlite3.connect(audit.index, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def test_into_an_empty_index_all_is_the_same(source, audit):
    original, _ = source
    found = imported(audit, original.index)
    assert {(row["taken"], row["state"]) for row in found.values()} == {("all", "complete")}
    check(audit)
    expected = tables(original.index)
    # The program's own prices have the time of their own.
    assert_equal(tables(audit.index), expected, but=["price_list"])
    for words in QUERIES:
        one, other = (each.run("query", *words, "--format", "json") for each in (original, audit))
        assert one.returncode in (0, 3) and one.stdout == other.stdout, words
    before = audit.index.read_bytes()
    assert {row["taken"] for row in imported(audit, original.index).values()} == {"past"}
    assert_equal(tables(audit.index), expected, but=["price_list"])
    assert len(before) == len(audit.index.read_bytes())


def test_a_sync_goes_on_from_it(source, audit, tmp_path):
    original, server = source
    imported(audit, original.index)
    audit.use(server)
    audit.sync("--versions")
    assert audit.sql("SELECT sum(added + changed + removed) FROM sync_crawl"
                     " WHERE sync_id = (SELECT max(id) FROM sync)") == [(0,)]
    check(audit)


def test_the_newer_complete_crawl_wins_and_both_pasts_are_kept(tmp_path):
    server = servers.Simulator("--bucket", "logs:dates:1200", "--share", "20")
    one, other = (another(tmp_path, name, server) for name in ("one", "other"))
    moments = []
    for audit in (one, other, one, other):
        audit.sync()
        moments.append(audit.sql("SELECT synced_ms FROM bucket")[0][0])
        server.night()
    server.stop()
    newer = tables(other.index)
    older = tables(one.index)
    assert imported(one, other.index)["logs"]["taken"] == "all"
    check(one)
    found = tables(one.index)
    for name in ("object", "bucket_usage", "prefix_usage", "bucket_mark", "listed_prefix"):
        assert found[name] == newer[name], name
    assert one.sql("SELECT at_ms FROM usage_point ORDER BY 1") == [(moment,) for moment in moments]
    assert set(found["object_change"]) == set(newer["object_change"]) | set(older["object_change"])
    prefix_history_is_right(one, [one, other], older, newer)
    assert one.sql("SELECT count(*) FROM sync") == [(5,)]
    # The older one changes nothing but the past.
    imported(other, one.index)
    check(other)
    for name in ("object", "prefix_usage", "usage_point", "usage_history", "object_change", "prefix_usage_history"):
        assert tables(other.index)[name] == tables(one.index)[name], name
    for audit, file in ((one, other.index), (other, one.index)):
        before = tables(audit.index)
        assert imported(audit, file)["logs"]["taken"] == "past"
        assert_equal(tables(audit.index), before)


def prefix_history_is_right(joined, sources, *kept):
    """At each moment a prefix is what the index said that recorded that moment."""
    rows = {}
    for table in kept:
        recorded = {row[1] for row in table["usage_point"]}
        for moment in recorded:
            last = {}
            for _, depth, prefix, at, objects, size in sorted(table["prefix_usage_history"], key=lambda row: row[3]):
                if at <= moment:
                    last[depth, prefix] = (objects, size)
            rows[moment] = {key: value for key, value in last.items() if value != (0, 0)}
    found = tables(joined.index)["prefix_usage_history"]
    for moment, expected in rows.items():
        last = {}
        for _, depth, prefix, at, objects, size in sorted(found, key=lambda row: row[3]):
            if at <= moment:
                last[depth, prefix] = (objects, size)
        assert {key: value for key, value in last.items() if value != (0, 0)} == expected


def test_versions_here_stay_where_the_other_has_none(tmp_path):
    server = servers.Simulator("--bucket", "media:uuid:800:versioning=enabled", "--versions-per-key", "1-3")
    one, other = (another(tmp_path, name, server) for name in ("one", "other"))
    one.sync("--versions")
    server.night()
    other.sync("--no-versions")
    server.stop()
    assert imported(one, other.index)["media"]["taken"] == "parts"
    check(one)
    assert index_checks.snapshot(one.index)["objects"] == index_checks.snapshot(other.index)["objects"]
    assert one.sql("SELECT count(*) FROM object_version")[0][0] > 0
    assert imported(one, other.index)["media"]["taken"] == "past"


def test_prefixes_of_several_machines_make_one_bucket(tmp_path):
    server = servers.Simulator("--bucket", "logs:deep:3000")
    whole = another(tmp_path, "whole", server)
    whole.sync()
    tops = sorted({key.split("/")[0] + "/" for (key,) in whole.sql("SELECT key FROM object")})
    audits = []
    for number, top in enumerate(tops[:3]):
        audit = another(tmp_path, f"part{number}", server)
        audit.sync(f"s3://logs/{top}")
        audits.append(audit)
    server.stop()
    joined = another(tmp_path, "joined")
    found = imported(joined, *(audit.index for audit in audits), status=3)
    assert found["logs"]["state"] == "partial" and joined.run("check").returncode == 0
    for top, audit in zip(tops, audits):
        one, other = (each.query("du", f"s3://logs/{top}") for each in (joined, whole))
        assert [row["objects"] for row in one] == [row["objects"] for row in other]
    assert joined.sql("SELECT count(*) FROM listed_prefix") == [(min(3, len(tops)),)]
    # A listing of all of it takes the place of its parts.
    assert imported(joined, whole.index)["logs"]["state"] == "complete"
    check(joined)
    assert_equal(index_checks.snapshot(joined.index), index_checks.snapshot(whole.index))
    # And none of its older parts brings it back.
    assert imported(joined, audits[0].index)["logs"]["state"] == "complete"


def test_a_prefix_that_was_listed_here_later_stays(tmp_path):
    server = servers.Simulator("--bucket", "logs:dates:2000", "--share", "30")
    one, other = (another(tmp_path, name, server) for name in ("one", "other"))
    one.sync()
    server.night()
    other.sync()
    server.night()
    top = one.sql("SELECT min(key) FROM object")[0][0].split("/")[0] + "/"
    one.sync(f"s3://logs/{top}")
    server.stop()
    late = one.query("find", f"s3://logs/{top}", "--limit", "9999")
    assert imported(one, other.index)["logs"]["taken"] == "all"
    check(one)
    assert one.query("find", f"s3://logs/{top}", "--limit", "9999") == late
    rest = [row for row in other.query("find", "s3://logs", "--limit", "9999") if not row["key"].startswith(top)]
    assert [row["key"] for row in one.query("find", "s3://logs", "--limit", "9999")
            if not row["key"].startswith(top)] == [row["key"] for row in rest]
    assert imported(one, other.index)["logs"]["taken"] == "past"
    check(one)


@pytest.fixture(scope="module")
def later(source, tmp_path_factory):
    """An index of the same buckets that was made afterwards."""
    audit = another(tmp_path_factory.mktemp("later"), "one", source[1])
    audit.sync("--versions")
    return audit


KILLS = ["rows-copied", "batch-committed"]
MORE_KILLS = ["index-opened", "batch-begun", "batch-summed", "index-at-rest"]


@pytest.mark.parametrize("crashpoint", [*KILLS, *(pytest.param(name, marks=pytest.mark.long) for name in MORE_KILLS)])
def test_a_kill_leaves_the_old_answer_or_the_new_one(source, later, audit, crashpoint):
    shutil.copyfile(source[0].index, audit.index)
    before, answer = tables(audit.index), audit.query("totals")
    process = audit.start("import", "index", str(later.index), env={"S3AUDIT_TEST_CRASHPOINT": crashpoint})
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    check(audit)
    found = tables(audit.index)
    if crashpoint not in ("batch-committed", "index-at-rest"):
        assert_equal(found, before)
        assert audit.query("totals") == answer
    imported(audit, later.index)
    check(audit)
    assert tables(audit.index)["object"] == tables(later.index)["object"]


def refusal(audit, file, **options):
    message = imported(audit, file, status=1, **options)
    assert "Error: " in message and "Help: " in message, message
    assert not audit.index.exists(), "something was made"
    return message


def test_what_is_no_index_is_refused(source, audit, tmp_path):
    original, _ = source
    assert "no index at" in refusal(audit, tmp_path / "none.sqlite3")
    (tmp_path / "text").write_text("hello, this is a text and no database at all")
    assert "is not an s3audit index" in refusal(audit, tmp_path / "text")
    older = tmp_path / "older.sqlite3"
    shutil.copyfile(original.index, older)
    with closing(sqlite3.connect(older, isolation_level=None)) as database:
        database.execute("DELETE FROM schema_view")
    before = older.read_bytes()
    assert "of another version" in refusal(audit, older)
    assert older.read_bytes() == before
    assert audit.run("import", "index").returncode == 64


def test_an_index_is_not_imported_into_itself(source, audit):
    shutil.copyfile(source[0].index, audit.index)
    assert "would be imported into" in imported(audit, audit.index, status=1)


@pytest.mark.parametrize("damage", ["page", "sum", "row", "twice"])
def test_a_damaged_index_is_refused_before_anything_is_written(source, audit, tmp_path, damage):
    spoiled = another(tmp_path, "spoiled")
    shutil.copyfile(source[0].index, spoiled.index)
    if damage == "page":
        root = spoiled.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'object'")[0][0]
        with open(spoiled.index, "r+b") as file:
            file.seek((root - 1) * 16384)
            file.write(bytes(16384))
    elif damage == "sum":
        execute(spoiled, "UPDATE bucket_usage SET bytes = bytes + 1 WHERE bucket_id = 1")
    elif damage == "row":
        execute(spoiled, "UPDATE object SET size = size + 1 WHERE key = (SELECT max(key) FROM object)")
    else:
        execute(spoiled, "DELETE FROM object WHERE key = (SELECT min(key) FROM object)")
    audit.index.write_bytes(source[0].index.read_bytes())
    execute(audit, "DELETE FROM object_change")
    before = tables(audit.index)
    mine = another(tmp_path, "mine")
    assert "is damaged" in imported(mine, spoiled.index, status=1) and not mine.index.exists()
    # Where the rows of a bucket are not wanted, they are not looked at.
    result = audit.run("import", "index", spoiled.index)
    assert result.returncode == (0 if damage in ("row", "twice") else 1)
    if result.returncode:
        assert_equal(tables(audit.index), before)


def test_the_other_index_is_not_written(source, audit, tmp_path):
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(source[0].index, copy)
    copy.chmod(0o400)
    before = copy.stat()
    imported(audit, copy)
    after = copy.stat()
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    assert not list(tmp_path.glob("copy.sqlite3-*"))
