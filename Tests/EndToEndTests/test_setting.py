"""How much an index keeps, shown and changed."""

import json
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def index(audit, simulator):
    audit.server = simulator("--bucket", "logs:deep:4000", "--bucket", "media:uuid:500:versioning=enabled")
    audit.sync("--versions")
    return audit.index


def change(audit, *words, status=0):
    result = audit.run("setting", "set", *words)
    assert result.returncode == status, result
    return result.stdout + result.stderr


def settings(audit):
    result = audit.run("setting", "list", "--format", "json")
    assert result.returncode == 0, result
    return {row["setting"]: row for row in json.loads(result.stdout)}


def test_all_settings_are_shown(audit, index):
    shown = settings(audit)
    assert {name: row["value"] for name, row in shown.items()} == dict(audit.sql("SELECT name, value FROM setting"))
    assert all(row["value"] == row["usual"] and row["meaning"] for row in shown.values())
    assert audit.run("setting", "get", "history_prefixes").stdout == "10000\n"


def test_an_index_of_somebody_else_is_not_written(audit, index, loner):
    loner.give(index, 0o755, 0o644)
    for words in (("setting", "set", "change_retention_days", "30"), ("vacuum",), ("check", "--repair")):
        result = loner.run(*words)
        if words[0] == "check":
            assert result.returncode == 0, "nothing is wrong, so nothing is to be written"
            continue
        assert result.returncode == 1, result
        assert f"this user may not write {loner.index}" in result.stderr and "the user whose index it is" in result.stderr


def prefixes(audit, depth):
    """The sums of prefixes down to a depth, counted here."""
    sums = {}
    for bucket, key, size in audit.sql("SELECT bucket, key, size FROM objects"):
        parts = key.split("/")[:-1][:depth]
        for level in range(1, len(parts) + 1):
            prefix = "".join(f"{part}/" for part in parts[:level])
            objects, total = sums.get((bucket, prefix), (0, 0))
            sums[bucket, prefix] = (objects + 1, total + size)
    return sorted((*place, *sum_) for place, sum_ in sums.items())


@pytest.mark.parametrize("depth", [0, 2, 7])
def test_sums_of_prefixes_follow_their_depth(audit, index, depth):
    assert change(audit, "prefix_depth", str(depth)) == f"prefix_depth was 4 and is {depth}\n"
    deepest, = audit.sql("SELECT max(depth) FROM prefixes")[0]
    assert deepest == depth if depth else deepest is None
    assert audit.run("check").returncode == 0
    assert prefixes(audit, depth) == sorted(audit.sql("SELECT bucket, prefix, objects, bytes FROM prefixes"))
    sizes = audit.query("du", "logs", "--depth", "6")
    # The next night keeps them so, as far as they reach now.
    audit.server.night()
    audit.sync("--versions")
    assert audit.run("check").returncode == 0
    assert len(audit.query("du", "logs", "--depth", "6")) >= len(sizes) // 2


def test_changes_are_not_kept_where_nobody_wants_them(audit, index):
    audit.server.night()
    audit.sync("--versions")
    kept = audit.sql("SELECT count(*) FROM changes")[0][0]
    assert kept > 0
    change(audit, "change_retention_days", "off")
    assert audit.sql("SELECT count(*) FROM changes") == [(kept,)]
    audit.server.night()
    counted = audit.synced("--versions")
    assert sum(row["added"] + row["removed"] for row in counted.values()) > 0
    assert audit.sql("SELECT count(*) FROM changes") == [(0,)]
    second, = audit.sql("SELECT started FROM syncs WHERE sync = 2")[0]
    result = audit.run("query", "changes", "--since", second)
    assert "older changes are not kept" in result.stderr, result
    change(audit, "change_retention_days", "ever")
    audit.server.night()
    audit.sync("--versions")
    assert audit.sql("SELECT count(*) FROM changes")[0][0] > 0


@pytest.mark.parametrize("words", [
    ["prefix_depth", "65"], ["prefix_depth", "ever"], ["prefix_depth", "-1"], ["prefix_depth", ""],
    ["history_daily_days", "off"], ["history_daily_days", "0"], ["change_retention_days", "90d"],
    ["depth", "3"], ["prefix_depth"], ["prefix_depth", "1", "2"], [],
])
def test_what_means_nothing_is_refused(audit, index, words):
    before = audit.sql("SELECT * FROM setting")
    said = change(audit, *words, status=64)
    assert said.startswith("Error: "), said
    assert audit.sql("SELECT * FROM setting") == before


@pytest.mark.parametrize("name", ["prefix_depth", "history_weekly_days", "change_retention_days"])
def test_a_bad_value_can_be_set_right(audit, index, name):
    with closing(sqlite3.connect(index)) as database, database:
        database.execute("UPDATE setting SET value = 'many' WHERE name = ?", [name])
    failed = audit.sync(status=1).stderr
    assert f"setting {name}" in failed and f"s3audit setting set {name}" in failed, failed
    assert settings(audit)[name]["value"] == "many"
    assert change(audit, name, "5") == f"{name} was many and is 5\n"
    audit.sync("--versions")
    assert audit.run("check").returncode == 0


def test_a_sync_that_runs_comes_first(audit, simulator):
    simulator("--bucket", "slow:flat:50000", "--latency", "200")
    process = audit.start("sync", "--concurrency", "1")
    while not audit.index.exists() or not audit.sql("SELECT 1 FROM sqlite_schema WHERE name = 'setting'"):
        pass
    said = change(audit, "prefix_depth", "2", status=1)
    assert "is writing" in said and "Help: " in said, said
    process.kill()
    process.communicate()


def test_a_kill_leaves_setting_and_sums_as_they_were(audit, index):
    before = audit.sql("SELECT * FROM prefixes ORDER BY bucket, depth, prefix")
    for delay in (0.02, 0.06, 0.12):
        process = audit.start("setting", "set", "prefix_depth", "9")
        try:
            process.communicate(timeout=delay)
        except Exception:
            process.kill()
            process.communicate()
        if settings(audit)["prefix_depth"]["value"] == "4":
            assert audit.sql("SELECT * FROM prefixes ORDER BY bucket, depth, prefix") == before
        else:
            change(audit, "prefix_depth", "4")
    assert audit.run("check").returncode == 0
