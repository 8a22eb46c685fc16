"""Thirty nights with gaps, a denied week and a pruned bucket: history and growth against figures made apart."""

import random
import sqlite3
import statistics
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from support import scripted_s3
from support.audit import Audit

DAY_MS = 86_400_000
NIGHTS = 30
DENIED = range(12, 19)
LATE = 10
GONE = 20
# What says when objects or buckets are of, not when they were listed.
OBJECT_TABLES = {"object", "object_version", "upload"}
OBJECT_TIMES = {"created_ms", "newest_object_ms", "null_ids_before_ms"}


def age(audit, days=1):
    """Makes everything that was recorded older, as if the clock had moved on."""
    with closing(sqlite3.connect(audit.index)) as database, database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in set(tables) - OBJECT_TABLES:
            for column in [row[1] for row in database.execute(f"PRAGMA table_info({table})")]:
                if column.endswith("_ms") and column not in OBJECT_TIMES:
                    # By way of negative times, so that no row meets another's key.
                    database.execute(f"UPDATE {table} SET {column} = -({column} - {days * DAY_MS})")
                    database.execute(f"UPDATE {table} SET {column} = -{column}")


def page(request, contents):
    after, prefix = request.query.get("start-after", ""), request.query.get("prefix", "")
    contents = {key: row for key, row in contents.items() if key > after and key.startswith(prefix)}
    rows = "".join(
        f"<Contents><Key>{key}</Key><LastModified>{scripted_s3.MODIFIED}</LastModified>"
        f"<ETag>&quot;{size:032x}&quot;</ETag><Size>{size}</Size><StorageClass>{storage_class}</StorageClass></Contents>"
        for key, (size, storage_class) in sorted(contents.items()))
    return scripted_s3.Answer(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>'
        f"<KeyCount>{len(contents)}</KeyCount>{rows}</ListBucketResult>")


def changed(chance, contents):
    """The objects of the next night: some more, some larger, some gone, now and then a whole folder."""
    contents = dict(contents)
    for _ in range(4):
        folder, sub = chance.choice("abcde"), chance.choice("xyz")
        storage_class = chance.choice(["STANDARD", "STANDARD", "GLACIER"])
        contents[f"{folder}/{sub}/{chance.randrange(40):02}"] = (chance.randrange(1, 10**9), storage_class)
    if chance.random() < 0.2:
        gone = chance.choice("abcde") + "/"
        contents = {key: row for key, row in contents.items() if not key.startswith(gone)}
    return contents


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """`truth`: what each bucket held on each night; None for a night on which that is not known."""
    today = datetime.now(timezone.utc)
    if today.hour == 23 and today.minute >= 57:
        # Nights are days apart, to the second: none of them may be past midnight.
        time.sleep(240)
    server = scripted_s3.ScriptedS3()
    audit = Audit(tmp_path_factory.mktemp("nights"))
    audit.use(server)
    chance = random.Random(15)
    truth = {"steady": [], "closed": [], "late": []}
    held = {name: {} for name in [*truth, "gone"]}
    for night in range(NIGHTS):
        held = {name: changed(chance, contents) for name, contents in held.items()}
        there = {name for name in held if (name != "late" or night >= LATE) and (name != "gone" or night < GONE)}
        server.buckets = {name: [] for name in there}
        denied = {"closed"} if night in DENIED else set()
        server.list_script = lambda request, number: (
            scripted_s3.error("AccessDenied", 403) if request.bucket in denied else page(request, held[request.bucket]))
        audit.sync("--no-properties", *(["--prune"] if night == GONE else []), status=3 if denied else 0)
        for name in truth:
            truth[name].append(held[name] if name in there - denied else None)
        if night < NIGHTS - 1:
            age(audit)
    audit.truth, audit.server = truth, server
    yield audit
    server.stop()


def usage(contents, prefix="", storage_class=None):
    sizes = [size for key, (size, own) in contents.items()
             if key.startswith(prefix) and storage_class in (None, own)]
    return len(sizes), sum(sizes)


def added(*usages):
    return tuple(map(sum, zip(*usages)))


def figures(row):
    return None if row["objects"] is None else (row["objects"], row["bytes"])


def test_every_night_of_every_bucket(nights):
    rows = nights.query("history", "--by", "bucket", "--every", "day")
    assert {row["bucket"] for row in rows} == {"steady", "closed", "late"}
    for name, contents in nights.truth.items():
        own = [row for row in rows if row["bucket"] == name]
        first = LATE if name == "late" else 0
        assert [figures(row) for row in own] == [held and usage(held) for held in contents[first:]]
        days = [datetime.fromisoformat(row["at"]) for row in own]
        assert all(later - earlier == timedelta(days=1) for earlier, later in zip(days, days[1:]))
        for row, held in zip(own, contents[first:]):
            assert row["state"] == ("complete" if held else "denied")
            assert (row["synced_at"] or "").startswith(row["at"][:10] if held else "")
    # By sync there is a row for each listing and each refusal, and none for what was not there.
    assert Counter(row["bucket"] for row in nights.query("history", "--by", "bucket")) == {
        "steady": NIGHTS, "closed": NIGHTS, "late": NIGHTS - LATE}


def test_sums_have_no_dips(nights):
    for every in ("sync", "day"):
        result = nights.run("query", "history", "--every", every, "--format", "json")
        assert result.returncode == 0 and "closed" in result.stderr and "late" in result.stderr
        rows = nights.query("history", "--every", every)
        expected = [
            added(*map(usage, held)) if all(held) else None for held in zip(*nights.truth.values())]
        assert expected.count(None) == LATE + len(DENIED)
        assert [figures(row) for row in rows] == expected
        assert all((row["state"] == "complete") == (row["objects"] is not None) for row in rows)
    only = nights.query("history", "steady", "closed", "--every", "day")
    assert [figures(row) is None for row in only] == [night in DENIED for night in range(NIGHTS)]


def test_classes_add_up(nights):
    rows = nights.query("history", "closed", "--by", "class", "--every", "day")
    for name in ("STANDARD", "GLACIER"):
        own = [figures(row) for row in rows if row["storage_class"] == name]
        assert own == [held and usage(held, storage_class=name) for held in nights.truth["closed"]]


def weeks_of(nights):
    """The index of the last night with figures in each week, and whether there is one."""
    rows = nights.query("history", "closed", "--every", "day")
    weeks = {}
    for night, row in enumerate(rows):
        week = datetime.fromisoformat(row["at"]).isocalendar()[:2]
        weeks[week] = night if row["objects"] is not None else weeks.get(week)
    return list(weeks.values())


def test_weeks_have_their_last_listing(nights):
    rows = nights.query("history", "closed", "--every", "week")
    assert [figures(row) for row in rows] == [
        None if night is None else usage(nights.truth["closed"][night]) for night in weeks_of(nights)]
    assert all(datetime.fromisoformat(row["at"]).weekday() == 0 for row in rows)


def test_every_prefix_of_every_night(nights):
    rows = nights.query("history", "steady", "closed", "--by", "prefix", "--every", "day")
    rows += nights.query("history", *[f"s3://steady/{name}/" for name in "abcde"], "--by", "prefix", "--every", "day")
    found = {}
    for row in rows:
        found.setdefault((row["bucket"], row["prefix"]), []).append(figures(row))
    for name in ("steady", "closed"):
        contents = nights.truth[name]
        levels = {key[:2] for held in contents if held for key in held}
        levels |= {key[:4] for held in contents if held for key in held if name == "steady"}
        assert {prefix for bucket, prefix in found if bucket == name} == levels
        for prefix in levels:
            expected = [held and usage(held, prefix) for held in contents]
            first = next(night for night, value in enumerate(expected) if value and value[0])
            assert found[name, prefix] == expected[first:], (name, prefix)
    # One prefix has zeros before it began as well.
    one = nights.query("history", "s3://steady/a/", "--every", "day")
    assert [figures(row) for row in one] == [usage(held, "a/") for held in nights.truth["steady"]]


def test_rows_are_written_where_a_prefix_differs(nights):
    contents = nights.truth["steady"]
    prefixes = {key[:end] for held in contents for key in held for end in (2, 4)}
    sums = {prefix: [usage(held, prefix) for held in contents] for prefix in prefixes}
    changes = sum(
        now != before for values in sums.values() for before, now in zip([(0, 0), *values], values))
    assert nights.sql("SELECT count(*) FROM prefix_history WHERE bucket = 'steady'") == [(changes,)]
    assert nights.sql("SELECT count(*) FROM prefix_history WHERE bucket = 'gone'") == [(0,)]
    assert nights.sql("SELECT count(*) FROM points WHERE prefixes_left_out <> 0 OR prefix_depth <> 2") == [(0,)]


def test_growth_is_the_difference_of_two_nights(nights):
    for days, names in [(10, ("steady",)), (10, ("steady", "closed", "late")), (3, ("late",)), (25, ("closed",))]:
        row, = nights.query("growth", *names, "--over", f"{days}d")
        before = added(*(usage(nights.truth[name][NIGHTS - 1 - days]) for name in names))
        after = added(*(usage(nights.truth[name][-1]) for name in names))
        assert (row["objects_before"], row["bytes_before"]) == before
        assert (row["objects"], row["bytes"]) == after
        assert row["objects_change"] == after[0] - before[0]
        assert row["bytes_change"] == after[1] - before[1]
        assert row["percent"] == pytest.approx(100 * (after[1] - before[1]) / before[1])
        # Syncs began seconds apart, so a few days are not to the second so many.
        assert row["bytes_per_day"] == pytest.approx((after[1] - before[1]) / days, rel=1e-3)
        assert row["state"] == "complete"


def test_growth_compares_with_the_last_night_that_is_known(nights):
    # Eleven days ago it was refused, as for a week before: the night before that is the last.
    row, = nights.query("growth", "closed", "--over", f"{NIGHTS - 1 - DENIED[-1]}d")
    assert (row["objects_before"], row["bytes_before"]) == usage(nights.truth["closed"][DENIED[0] - 1])
    result = nights.run("query", "growth", "late", "--over", "28d", "--format", "json")
    row, = nights.query("growth", "late", "--over", "28d")
    assert (row["objects_before"], row["bytes_before"]) == usage(nights.truth["late"][LATE])
    assert row["since"][:10] in result.stderr and "Note:" in result.stderr


def test_growth_of_prefixes(nights):
    rows = nights.query("growth", "steady", "--by", "prefix", "--over", "12d")
    before, after = nights.truth["steady"][-13], nights.truth["steady"][-1]
    expected = {}
    for prefix in sorted({key[:2] for key in [*before, *after]}):
        expected[prefix] = usage(before, prefix) + usage(after, prefix)
    assert {row["prefix"]: (row["objects_before"], row["bytes_before"], row["objects"], row["bytes"])
            for row in rows} == expected
    for row in rows:
        assert (row["percent"] is None) == (row["bytes_before"] == 0)


def test_the_day_of_a_budget_is_that_of_least_squares(nights):
    points = nights.sql("SELECT at, bytes FROM points WHERE bucket = 'steady' ORDER BY at")
    days = [datetime.fromisoformat(at).timestamp() / 86_400 for at, _ in points]
    slope, start = statistics.linear_regression(days, [size for _, size in points])
    assert slope > 0
    budget = int(points[-1][1] + 200 * slope)
    row, = nights.query("growth", "steady", "--budget", budget)
    reached = datetime.fromtimestamp((budget - start) / slope * 86_400, timezone.utc)
    assert row["budget_reached"] == reached.date().isoformat()
    row, = nights.query("growth", "steady", "--budget", int(points[-1][1] + 4_000 * slope))
    assert row["budget_reached"] is None
    # Of all together there are only the nights on which all are known: enough of them.
    known = [sum(usage(held)[1] for held in night) for night in zip(*nights.truth.values()) if all(night)]
    assert len(known) >= 7
    row, = nights.query("growth", "--budget", known[-1] * 3)
    ends = [day for day, night in zip(days, zip(*nights.truth.values())) if all(night)]
    slope, start = statistics.linear_regression(ends, known)
    expected = (known[-1] * 3 - start) / slope if slope > 0 else None
    if expected is None or expected - ends[-1] > 3_652.5:
        assert row["budget_reached"] is None
    else:
        reached = datetime.fromtimestamp(expected * 86_400, timezone.utc).date()
        assert abs(reached - datetime.fromisoformat(row["budget_reached"]).date()) <= timedelta(days=1)


def test_a_table_has_a_sparkline_with_blanks(nights):
    result = nights.run("query", "history", "closed", "--every", "day", "--format", "table")
    line = next(line for line in result.stdout.splitlines() if "█" in line)
    picture = line[:NIGHTS]
    assert [mark == " " for mark in picture] == [night in DENIED for night in range(NIGHTS)]
    assert "closed" in line[NIGHTS:]
    sizes = [held and usage(held)[1] for held in nights.truth["closed"]]
    assert picture[sizes.index(max(filter(None, sizes)))] == "█"


def test_growth_of_a_closed_bucket_says_so(nights, tmp_path):
    """On a copy, as the state of the bucket is another then."""
    copy = Audit(tmp_path)
    copy.index.write_bytes(nights.index.read_bytes())
    copy.use(nights.server)
    nights.server.list_script = lambda request, number: scripted_s3.error("AccessDenied", 403)
    age(copy)
    copy.sync("s3://closed", status=3)
    row, = copy.query("growth", "closed", "--over", "5d")
    assert row["state"] == "denied" and row["bytes"] == usage(nights.truth["closed"][-1])[1]
    assert copy.run("query", "growth", "closed", "--require-complete").returncode == 3
    rows = copy.query("history", "closed", "--every", "day")
    assert rows[-1]["state"] == "denied" and rows[-1]["objects"] is None
    assert figures(rows[-2]) == usage(nights.truth["closed"][-1])


@pytest.mark.parametrize("arguments, word", [
    (["growth", "--budget", "0"], "budget"), (["growth", "--over", "0d"], "over"),
    (["history", "--every", "hour"], "hour"), (["growth", "--over", "-3d"], "over"),
    (["growth", "--budget", "-1GiB"], "budget"), (["growth", "--budget", "99999999999PiB"], "budget"),
    (["history", "--since", "2026-11-20", "--before", "2026-11-01"], "since"),
    (["history", "--since", "yesterday"], "yesterday"), (["history", "s3://steady/a"], "end in"),
    (["history", "s3://steady/a/x/y/"], "2 levels"), (["growth", "s3://steady/a/", "--by", "class"], "class"),
    (["growth", "--by", "age"], "age"),
])
def test_what_means_nothing_is_refused(nights, arguments, word):
    result = nights.run("query", *arguments)
    assert result.returncode == 64 and word in result.stderr, result
    assert result.stdout == ""


def test_buckets_that_are_not_there_are_named(nights):
    for question in ("history", "growth"):
        result = nights.run("query", question, "gone")
        assert result.returncode == 1 and "gone" in result.stderr


def test_listing_versions_and_inventories_record_as_well(audit, simulator):
    server = simulator(
        "--bucket", "deep:deep:3000", "--bucket", "inventory:flat:0", "--versioning", "enabled",
        "--inventory", "deep")
    audit.sync("s3://deep", "--versions")
    server.night()
    age(audit)
    audit.sync("s3://deep", "--versions")
    kept = "SELECT prefix, objects, bytes FROM prefixes WHERE bucket = 'deep' AND depth <= 2 ORDER BY prefix"
    last = ("SELECT prefix, objects, bytes FROM (SELECT *, max(at) FROM prefix_history WHERE bucket = 'deep'"
            " GROUP BY prefix) WHERE objects > 0 ORDER BY prefix")
    assert audit.sql(kept) == audit.sql(last) != []
    assert len(audit.sql("SELECT at FROM points WHERE bucket = 'deep'")) == 2
    age(audit)
    result = audit.run("import", "inventory", "s3://inventory/deep/everything/")
    assert result.returncode == 0, result
    rows = audit.sql("SELECT objects, bytes FROM points WHERE bucket = 'deep' ORDER BY at")
    assert len(rows) == 3
    assert audit.sql("SELECT objects, bytes FROM buckets WHERE bucket = 'deep'") == rows[-1:]
    assert audit.sql(kept) == audit.sql(last)
