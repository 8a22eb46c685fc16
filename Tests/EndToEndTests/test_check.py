"""Whether an index contradicts itself: each defect is found, named and mended, and nothing is made worse."""

import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from support import servers, spoiled_index
from support.audit import Audit
from support.index_checks import assert_same, check_index, snapshot
from support.spoiled_index import change


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """An index of two nights, and the server that it is of."""
    with spoiled_index.nights(tmp_path_factory.mktemp("source"), 2) as made:
        yield made


@pytest.fixture
def copied(audit, source):
    return spoiled_index.copy(source, audit)


def check(audit, *words, status):
    result = audit.run("check", *words, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout)


def test_a_sound_index(copied):
    assert check(copied, status=0) == []
    assert check(copied, "--quick", status=0) == []
    result = copied.run("check")
    assert result.stdout.startswith("2 buckets, ") and "nothing is wrong" in result.stdout
    assert check(copied, "logs", "med*", status=0) == []
    assert copied.run("check", "nothing").returncode == 1
    assert copied.run("check", "s3://logs/2026/").returncode == 64


BUCKET = "(SELECT id FROM bucket WHERE name = 'logs')"
MEDIA = "(SELECT id FROM bucket WHERE name = 'media')"
# What is done to an index, the table that is named, and whether the bucket waits for the next sync.
DEFECTS = {
    "a sum of a class": (
        f"UPDATE bucket_usage SET objects = objects + 1 WHERE bucket_id = {BUCKET}", "bucket_usage", False),
    "a sum of small objects": (
        f"UPDATE bucket_usage SET small_bytes = small_bytes - 5 WHERE bucket_id = {BUCKET}", "bucket_usage", False),
    "a class without a sum": (f"DELETE FROM bucket_usage WHERE bucket_id = {BUCKET}", "bucket_usage", False),
    "a sum of a prefix": (
        f"UPDATE prefix_usage SET bytes = bytes + 7 WHERE rowid_of = 1", "prefix_usage", False),
    "a prefix too many": (
        f"INSERT INTO prefix_usage VALUES ({BUCKET}, 1, 'nowhere/', 1, 1)", "prefix_usage", False),
    "a sum of versions": (
        f"UPDATE version_usage SET markers = markers + 3 WHERE bucket_id = {MEDIA}", "version_usage", None),
    "the newest time": (
        f"UPDATE bucket SET newest_object_ms = newest_object_ms + 1000 WHERE id = {BUCKET}", "bucket", False),
    "an object lost": (
        f"DELETE FROM object WHERE key = (SELECT min(key) FROM object WHERE bucket_id = {BUCKET})",
        "bucket_usage", True),
    "an object too many": (
        f"INSERT INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id)"
        f" VALUES ({BUCKET}, 'stray', 5, 1000, 'e', 1)", "bucket_usage", True),
    "a size": (f"UPDATE object SET size = size + 1 WHERE bucket_id = {BUCKET}", "bucket_usage", True),
    "a lost version": (f"DELETE FROM object_version WHERE bucket_id = {MEDIA} AND rank ="
                       f" (SELECT max(rank) FROM object_version WHERE bucket_id = {MEDIA})", "version_usage", None),
    "rows of no bucket": (
        "INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes) VALUES (999, 1, 5, 5)",
        "bucket_usage", False),
    "history of the last night": (
        f"UPDATE usage_history SET objects = objects + 1 WHERE bucket_id = {BUCKET}"
        f" AND at_ms = (SELECT max(at_ms) FROM usage_history WHERE bucket_id = {BUCKET})", "usage_point", False),
    "history of the night before": (
        f"DELETE FROM usage_history WHERE bucket_id = {BUCKET} AND at_ms ="
        f" (SELECT min(at_ms) FROM usage_history WHERE bucket_id = {BUCKET})", "usage_point", None),
    "a point of history": (
        f"UPDATE usage_point SET bytes = bytes + 1 WHERE bucket_id = {BUCKET}"
        f" AND at_ms = (SELECT max(at_ms) FROM usage_point WHERE bucket_id = {BUCKET})", "usage_point", False),
    "history of a prefix": (
        f"DELETE FROM prefix_usage_history WHERE bucket_id = {BUCKET} AND depth = 1", "prefix_usage_history", False),
    "a prefix that is compared with": (
        f"DELETE FROM prefix_usage_recorded WHERE bucket_id = {BUCKET} AND depth = 1", "prefix_usage_history",
        False),
    "an index": ("DROP INDEX object_large", "object_large", False),
    "a view": ("DROP VIEW buckets", "buckets", False),
    "a setting": ("UPDATE setting SET value = 'often' WHERE name = 'change_retention_days'", "setting", False),
    "a setting that sums follow": ("DELETE FROM setting WHERE name = 'prefix_depth'", "setting", False),
    "a class of a change": (
        f"UPDATE object_change SET class_before_id = 77 WHERE key = (SELECT min(key) FROM object_change)",
        "object_change", False),
    "a mark": (f"UPDATE bucket_mark SET objects = -1 WHERE bucket_id = {BUCKET}", "bucket_mark", False),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found_named_and_mended(copied, name):
    statement, table, awaits_sync = DEFECTS[name]
    before = snapshot(copied.index)
    if "rowid_of" in statement:
        statement = (f"UPDATE prefix_usage SET bytes = bytes + 7 WHERE prefix ="
                     f" (SELECT min(prefix) FROM prefix_usage WHERE bucket_id = {BUCKET})")
    change(copied, statement)
    findings = check(copied, status=2)
    assert table in {finding["table"] for finding in findings}, findings
    assert all(finding["expected"] and finding["found"] for finding in findings)
    result = copied.run("check", "--repair")
    assert result.returncode in ((3,) if awaits_sync else (0,) if awaits_sync is False else (0, 3)), result
    assert "Repair: " in result.stderr
    assert check(copied, status=0) == []
    if awaits_sync:
        assert copied.bucket("logs")["state"] == "partial"
    copied.sync("--versions")
    check_index(copied.index)
    assert_same(snapshot(copied.index), before)
    assert check(copied, status=0) == []


def test_a_kill_leaves_nothing_to_find(audit, simulator):
    simulator("--bucket", "logs:dates:20000", "--latency", "5")
    chance = random.Random(3)
    for _ in range(6):
        process = audit.start("sync")
        time.sleep(chance.uniform(0.2, 0.9))
        process.kill()
        process.communicate()
        if audit.index.exists():
            assert check(audit, status=0) == []
    audit.sync()
    assert check(audit, status=0) == []


def test_checkpoints_that_do_not_join(audit, simulator):
    slow = simulator("--bucket", "logs:dates:60000", "--latency", "300")
    process = audit.start("sync", "--concurrency", "4")
    servers.wait_for(
        lambda: audit.index.exists() and audit.run("query", "totals").returncode == 0
        and audit.sql("SELECT count(*) FROM crawl_range")[0][0] > 2, "ranges")
    process.kill()
    process.communicate()
    change(audit, "DELETE FROM crawl_range WHERE lo = (SELECT max(lo) FROM crawl_range)")
    findings = check(audit, "--quick", status=2)
    assert {finding["table"] for finding in findings} == {"crawl_range"}
    # 3 where the kill came when rows of that range were stored: then all of the bucket is to be listed again.
    assert audit.run("check", "--repair").returncode in (0, 3)
    slow.stop()
    simulator("--bucket", "logs:dates:60000", port=slow.port)
    audit.sync()
    assert audit.bucket("logs")["objects"] == 60000
    assert check(audit, status=0) == []


def damage(path, chance):
    """Overwrites a page, a few bytes of one, or cuts the file."""
    pages = path.stat().st_size // 16384
    page = chance.randrange(1, pages)
    kind = chance.choice(["noise", "zero", "flip", "cut"])
    with open(path, "r+b") as file:
        if kind == "cut":
            file.truncate(page * 16384 + chance.choice([0, 5000]))
            return kind
        file.seek(page * 16384)
        content = bytearray(file.read(16384))
        if kind == "flip":
            for _ in range(40):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        else:
            content[:] = bytes(16384) if kind == "zero" else chance.randbytes(16384)
        file.seek(page * 16384)
        file.write(content)
    return kind


def rescue(audit, source, seed):
    """Damages a copy, mends it and syncs: what comes out is the bucket, or the damage was said to be beyond help."""
    chance = random.Random(seed)
    shutil.copy(source.index, audit.index)
    kind = damage(audit.index, chance)
    found = audit.run("check", "--format", "json")
    if found.returncode == 0:
        # Bytes of a page that nobody uses, or a value that only the bucket can tell.
        return "unseen"
    assert found.returncode in (1, 2), (seed, kind, found)
    assert "Error: " in found.stderr or json.loads(found.stdout), (seed, kind, found)
    damaged = audit.index.read_bytes()
    result = audit.run("check", "--repair")
    assert result.returncode in (0, 1, 3), (seed, kind, result)
    if result.returncode == 1:
        assert "Error: " in result.stderr and "Help: " in result.stderr, (seed, kind, result)
        assert audit.index.read_bytes() == damaged, (seed, kind, result)
        return "beyond help"
    kept = [path for path in audit.index.parent.glob("index.sqlite3.damaged-*") if not path.name.endswith("-wal")]
    if kept:
        assert kept[0].read_bytes() == damaged
    assert audit.run("check").returncode == 0, (seed, kind)
    audit.sync("--versions")
    assert_same(snapshot(audit.index), snapshot(source.index))
    assert audit.run("check").returncode == 0, (seed, kind)
    return "mended"


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_mended_or_left_as_it_is(audit, source, seed):
    original, server = source
    audit.use(server)
    rescue(audit, original, seed)


@pytest.mark.long
def test_two_hundred_damaged_files(tmp_path, source):
    original, server = source
    ends = {}
    for seed in range(1000, 1200):
        folder = tmp_path / str(seed)
        folder.mkdir()
        audit = Audit(folder)
        audit.use(server)
        end = rescue(audit, original, seed)
        ends[end] = ends.get(end, 0) + 1
        shutil.rmtree(folder)
    assert ends.get("mended", 0) > 100, ends
