"""What `check --repair` must never do: lose rows, names or nights without a word, or write the past again to fit."""

import json
import resource
import sqlite3
from contextlib import closing

import pytest

from support import spoiled_index
from support.index_checks import assert_same, check_index, snapshot
from support.limits import limited
from support.spoiled_index import change

PAGE = 16384
LOGS = "(SELECT id FROM bucket WHERE name = 'logs')"
MEDIA = "(SELECT id FROM bucket WHERE name = 'media')"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """An index of three nights, and the server that it is of."""
    with spoiled_index.nights(tmp_path_factory.mktemp("source"), 3) as made:
        yield made


@pytest.fixture
def copied(audit, source):
    return spoiled_index.copy(source, audit)


def roots(audit, *names):
    return [audit.sql(f"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'")[0][0] for name in names]


def wipe(audit, *pages):
    with open(audit.index, "r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(bytes(PAGE))


def cells(content, page):
    """Where a page's cells begin: the offset of their pointers, and how many there are."""
    start = (page - 1) * PAGE
    kind = content[start]
    return start + (12 if kind in (2, 5) else 8), int.from_bytes(content[start + 3:start + 5], "big")


def history(audit):
    return (audit.sql("SELECT bucket_id, at_ms, objects, bytes FROM usage_point ORDER BY 1, 2"),
            audit.sql("SELECT * FROM usage_history ORDER BY 1, 2, 3"))


def repair(audit, status):
    result = audit.run("check", "--repair")
    assert result.returncode == status, result
    assert audit.run("check").returncode == 0
    return result.stderr


def test_rows_that_a_scan_passes_over_are_missed(copied):
    """Of a leaf whose pointers name a row twice, and another not at all, SQLite reads as many rows as before."""
    before, media = history(copied), copied.sql(f"SELECT {MEDIA}")[0][0]
    content = bytearray(copied.index.read_bytes())
    page = next(page for page in range(2, len(content) // PAGE + 1) if is_leaf_of_objects(content, page, media))
    first, count = cells(content, page)
    middle = first + count // 2 * 2
    content[middle:middle + 2] = content[first:first + 2]
    copied.index.write_bytes(content)
    words = repair(copied, 3)
    assert "the next sync lists again: media" in words and "written again" not in words
    assert copied.bucket("media")["state"] == "partial"
    assert history(copied) == before


def varint(content, at):
    """A number of SQLite's records, and where it ends."""
    value = 0
    while True:
        value, at = value << 7 | content[at] & 0x7f, at + 1
        if content[at - 1] < 0x80:
            return value, at


def is_leaf_of_objects(content, page, bucket):
    """Whether all cells of a page are rows of table `object` of one bucket."""
    if content[(page - 1) * PAGE] != 10:
        return False
    first, count = cells(content, page)
    for at in range(first, first + 2 * count, 2):
        start = varint(content, (page - 1) * PAGE + int.from_bytes(content[at:at + 2], "big"))[1]
        length, place = varint(content, start)
        types = []
        while place < start + length:
            number, place = varint(content, place)
            types.append(number)
        # The number 1 is a type of its own, without a byte.
        found = 1 if types[0] == 9 else content[place]
        if len(types) != 7 or found != bucket or types[1] < 13 or types[2] > 9:
            return False
    return count > 20


def test_lost_versions_are_said_to_be_missing(copied):
    before = snapshot(copied.index)
    change(copied, f"DELETE FROM object_version WHERE bucket_id = {MEDIA} AND rank ="
                   f" (SELECT min(rank) FROM object_version WHERE bucket_id = {MEDIA})")
    repair(copied, 3)
    result = copied.run("query", "versions", "s3://media", "--format", "json", "--limit", "3")
    assert "never complete" in result.stderr, result
    assert "complete" not in {row["state"] for row in json.loads(result.stdout)}
    copied.sync("--versions")
    assert_same(snapshot(copied.index), before)


def test_a_class_that_changed_in_a_row_is_not_believed(copied):
    change(copied, f"UPDATE object SET storage_class_id = storage_class_id % 2 + 1 WHERE key ="
                   f" (SELECT min(key) FROM object WHERE bucket_id = {LOGS})")
    repair(copied, 3)
    assert copied.bucket("logs")["state"] == "partial"


def test_names_of_buckets_are_taken_from_their_index(copied):
    before, nights = snapshot(copied.index), history(copied)
    wipe(copied, *roots(copied, "bucket"))
    words = repair(copied, 3)
    assert "rows could not be read of: bucket" in words
    assert copied.run("status", "--check").returncode == 3
    assert history(copied) == nights
    copied.sync("--versions")
    check_index(copied.index)
    assert_same(snapshot(copied.index), before)
    assert history(copied)[0][:1] == nights[0][:1]


def test_names_of_buckets_that_are_nowhere(copied):
    before = snapshot(copied.index)
    wipe(copied, *roots(copied, "bucket", "sqlite_autoindex_bucket_1"))
    words = repair(copied, 3)
    assert "the names of 2 buckets are lost" in words
    kept, = [path for path in copied.index.parent.glob("index.sqlite3.damaged-*")]
    with closing(sqlite3.connect(kept)) as database:
        assert database.execute("SELECT count(*) FROM usage_point").fetchone()[0] == 6
    status = copied.run("status", "--check")
    assert status.returncode == 3 and "no bucket" in status.stdout, status
    copied.sync("--versions")
    assert_same(snapshot(copied.index), before)


def test_buckets_deleted_by_somebody_are_not_forgotten_silently(copied):
    change(copied, "DELETE FROM bucket WHERE name = 'logs'")
    assert "the names of 1 bucket are lost" in repair(copied, 3)
    assert list(copied.index.parent.glob("index.sqlite3.damaged-*"))


@pytest.mark.parametrize("lost", [["storage_class"], ["storage_class", "sqlite_autoindex_storage_class_1"]])
def test_a_class_never_takes_the_name_of_another(copied, lost):
    names = dict(copied.sql("SELECT id, name FROM storage_class"))
    wipe(copied, *roots(copied, *lost))
    words = repair(copied, 0 if len(lost) == 1 else 3)
    found = dict(copied.sql("SELECT id, name FROM storage_class"))
    if len(lost) == 1:
        assert found == names
    else:
        assert found == {number: f"UNKNOWN-{number}" for number in found} and "UNKNOWN-1" in words, found
    copied.sync("--versions")
    after = dict(copied.sql("SELECT id, name FROM storage_class"))
    assert all(after[number] in (name, f"UNKNOWN-{number}") for number, name in names.items())


def test_a_class_deleted_by_somebody_keeps_its_number(copied):
    change(copied, "DELETE FROM storage_class WHERE id = (SELECT max(id) FROM storage_class)")
    assert "a class whose name is lost is now UNKNOWN-" in repair(copied, 3)


OLDEST = f"(SELECT min(at_ms) FROM usage_point WHERE bucket_id = {LOGS})"
NEWEST = f"(SELECT max(at_ms) FROM usage_point WHERE bucket_id = {LOGS})"


@pytest.mark.parametrize("moment", [OLDEST, NEWEST], ids=["oldest", "newest"])
def test_a_point_is_counted_again_from_its_classes(copied, moment):
    before = history(copied)
    change(copied, f"DELETE FROM usage_point WHERE bucket_id = {LOGS} AND at_ms = {moment}")
    repair(copied, 0)
    assert history(copied) == before


def test_a_point_whose_classes_are_lost_stays(copied):
    points = history(copied)[0]
    change(copied, f"DELETE FROM usage_history WHERE bucket_id = {LOGS} AND at_ms = {OLDEST}")
    assert "its classes are not known" in repair(copied, 3)
    assert history(copied)[0] == points


def test_a_night_of_which_nothing_is_left_is_a_gap(copied):
    change(copied, f"DELETE FROM usage_history WHERE bucket_id = {LOGS} AND at_ms = {NEWEST}",
           f"DELETE FROM usage_point WHERE bucket_id = {LOGS} AND at_ms = {NEWEST}")
    assert "a gap now" in repair(copied, 3)


@pytest.mark.parametrize("table, one", [("usage_point", ""), ("usage_history", " AND storage_class_id = (SELECT min("
                         f"storage_class_id) FROM usage_history WHERE bucket_id = {LOGS})")])
def test_a_moment_that_was_changed_is_found_again(copied, table, one):
    """What stands at a moment of its own fits where it is missing: no night is made of it, and none is lost."""
    before = history(copied)
    change(copied, f"UPDATE {table} SET at_ms = at_ms + (1 << 38) WHERE bucket_id = {LOGS} AND at_ms = {OLDEST}{one}")
    assert "again" in repair(copied, 0)
    assert history(copied) == before


def test_two_nights_that_agree_are_not_written_again(copied):
    """The newest point and its classes say the same, the sums and rows something else."""
    change(copied, f"UPDATE usage_point SET objects = objects + 9 WHERE bucket_id = {LOGS} AND at_ms = {NEWEST}",
           f"UPDATE usage_history SET objects = objects + 9 WHERE bucket_id = {LOGS} AND at_ms = {NEWEST}"
           f" AND storage_class_id = (SELECT min(storage_class_id) FROM usage_history)")
    before = history(copied)
    repair(copied, 3)
    assert history(copied) == before


@pytest.mark.parametrize("lost", ["row", "page"])
def test_lost_prices_come_with_the_next_sync(copied, lost):
    prices = copied.sql("SELECT count(*) FROM price")
    if lost == "row":
        change(copied, "DELETE FROM price_list")
    else:
        wipe(copied, *roots(copied, "price_list"))
    repair(copied, 0)
    copied.sync("--versions")
    assert copied.sql("SELECT count(*) FROM price") == prices


def test_rows_whose_parent_is_lost_do_not_stop_a_rescue(copied):
    """Rows of a page that stands in the place of another may say that they belong to anything."""
    before = snapshot(copied.index)
    change(copied, "INSERT INTO account_profile (account_id, profile) VALUES (999, 'prod')",
           f"UPDATE bucket SET account_id = 998 WHERE id = {LOGS}")
    wipe(copied, *roots(copied, "estimate"))
    repair(copied, 3)
    assert_same(snapshot(copied.index), before)


def test_a_crawl_deleted_by_somebody_is_not_forgotten_silently(copied):
    """What a sync did is told by its crawls, and nothing lists that anew."""
    listed = copied.sql("SELECT sync, objects FROM syncs ORDER BY sync")
    change(copied, "DELETE FROM crawl WHERE id = (SELECT min(id) FROM crawl)")
    assert "rows that belong to nothing are in the damaged file alone: sync_crawl" in repair(copied, 3)
    assert len(copied.sql("SELECT sync FROM syncs")) == len(listed)
    assert list(copied.index.parent.glob("index.sqlite3.damaged-*"))


def test_a_page_of_another_table_mixes_no_buckets(copied):
    """A search in a tree that has a page of sums among its leaves comes by rows of whatever bucket."""
    last, name = copied.sql("SELECT id, name FROM bucket ORDER BY id DESC")[0]
    content = bytearray(copied.index.read_bytes())
    pages = range(2, len(content) // PAGE + 1)
    leaf = [page for page in pages if is_leaf_of_objects(content, page, last)][1]
    first, other = (slice((page - 1) * PAGE, page * PAGE) for page in (leaf, *roots(copied, "bucket_usage")))
    content[first], content[other] = content[other], content[first]
    copied.index.write_bytes(content)
    assert "the next sync lists again: " in repair(copied, 3)
    assert copied.bucket(name)["state"] == "partial"


def test_a_rescue_without_room_leaves_nothing_behind(copied):
    wipe(copied, *roots(copied, "estimate"))
    damaged = copied.index.read_bytes()
    result = copied.run("check", "--repair", preexec_fn=limited(resource.RLIMIT_FSIZE, 256 << 10))
    assert result.returncode == 1 and "Help: " in result.stderr, result
    assert copied.index.read_bytes() == damaged
    assert {path.name for path in copied.index.parent.glob("index.sqlite3*")} == {"index.sqlite3", "index.sqlite3.lock"}
