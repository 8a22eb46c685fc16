"""`query changes`: what the journal tells, against changes that are counted here, and what it says that it does not know."""

import json
import random
import sqlite3
from collections import defaultdict
from contextlib import closing

import pytest

from support.audit import Audit
from support.servers import listing

CLASSES = ["STANDARD", "STANDARD_IA", "GLACIER"]
NIGHTS = 5


def asked(audit, *arguments, status=0):
    """The rows of `query changes`, and what was said beside them."""
    result = audit.run("query", "changes", *arguments, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout), result.stderr


def state_of(client, bucket):
    return {key: (row[0], row[1], row[2], row[3]) for key, row in listing(client, bucket).items()}


@pytest.fixture(scope="module")
def nights(tmp_path_factory, moto_server):
    """Two buckets over some nights of puts, overwrites, moves and deletions; `states` is what boto3 saw."""
    audit, moto = Audit(tmp_path_factory.mktemp("nights")), moto_server
    audit.use(moto)
    moto.reset()
    chance, client = random.Random(15), moto.client()
    audit.states = []
    for night in range(NIGHTS):
        for bucket in ("data", "logs"):
            if night == 0:
                client.create_bucket(Bucket=bucket)
            for number in range(40):
                key = f"{chance.randrange(3)}/{chance.randrange(3)}/{chance.randrange(12)}"
                if chance.random() < 0.3:
                    client.delete_object(Bucket=bucket, Key=key)
                else:
                    client.put_object(
                        Bucket=bucket, Key=key, Body=f"{night} {number} ".encode() * chance.randrange(1, 50),
                        StorageClass=chance.choice(CLASSES))
        audit.sync()
        audit.states.append({bucket: state_of(client, bucket) for bucket in ("data", "logs")})
    return audit


def changes_after(nights, night, bucket=None):
    """(sync, bucket, key, before, after) of each object that syncs after one of them found different."""
    found = []
    for later in range(night, NIGHTS):
        for name in sorted(nights.states[later]):
            before, after = nights.states[later - 1][name], nights.states[later][name]
            if bucket and name != bucket:
                continue
            for key in sorted(before.keys() | after.keys(), key=lambda key: key.encode()):
                if before.get(key) != after.get(key):
                    found.append((later + 1, name, key, before.get(key), after.get(key)))
    return found


def size(row):
    return row[0] if row else None


def storage_class(row):
    return row[3] if row else None


def sums(changes):
    came = sum(size(after) for *_, after in changes if after)
    went = sum(size(before) for *_, before, _ in changes if before)
    return {
        "added": sum(before is None for *_, before, _ in changes),
        "modified": sum(before is not None and after is not None for *_, before, after in changes),
        "removed": sum(after is None for *_, after in changes),
        "bytes_added": came, "bytes_removed": went, "bytes_change": came - went}


def figures(row):
    return {name: row[name] for name in
            ("added", "modified", "removed", "bytes_added", "bytes_removed", "bytes_change")}


@pytest.mark.parametrize("night", [1, 2, 4])
def test_every_change_is_a_row(nights, night):
    rows, said = asked(nights, "--since", night)
    assert said == ""
    expected = []
    for sync, bucket, key, before, after in changes_after(nights, night):
        change = "added" if before is None else "removed" if after is None else "modified"
        expected.append((
            sync, bucket, key, change, size(before), size(after),
            storage_class(after) or storage_class(before), storage_class(before)))
    assert expected
    assert [(
        row["sync"], row["bucket"], row["key"], row["change"], row["size_before"], row["size_after"],
        row["storage_class"], row["storage_class_before"]) for row in rows] == expected
    assert {row["state"] for row in rows} == {"complete"}


def test_view_tells_the_same_classes(nights):
    rows, _ = asked(nights)
    view = nights.sql(
        "SELECT sync, bucket, key, storage_class, storage_class_before FROM changes"
        " ORDER BY sync, bucket, key")
    assert [(row["sync"], row["bucket"], row["key"], row["storage_class"], row["storage_class_before"])
            for row in rows] == view


@pytest.mark.parametrize("night", [1, 3])
def test_sums_by_bucket(nights, night):
    rows, _ = asked(nights, "--since", night, "--by", "bucket")
    assert {row["bucket"]: figures(row) for row in rows} == {
        bucket: sums(changes_after(nights, night, bucket)) for bucket in ("data", "logs")}


def test_sums_by_prefix(nights):
    rows, _ = asked(nights, "data", "--since", 2, "--by", "prefix", "--depth", 2)
    changes = changes_after(nights, 2, "data")
    expected = {}
    for prefix in {""} | {"/".join(key.split("/")[:depth]) + "/" for _, _, key, *_ in changes for depth in (1, 2)}:
        expected[prefix] = sums([change for change in changes if change[2].startswith(prefix)])
    assert {row["prefix"]: figures(row) for row in rows} == expected
    assert [row["prefix"] for row in rows] == sorted(expected)


def test_sums_by_class_account_for_what_classes_hold(nights):
    rows, _ = asked(nights, "--since", 1, "--by", "class")
    found = {row["storage_class"]: row for row in rows}

    def held(night):
        totals = defaultdict(lambda: [0, 0])
        for bucket in nights.states[night].values():
            for row in bucket.values():
                totals[storage_class(row)][0] += 1
                totals[storage_class(row)][1] += size(row)
        return totals
    first, last = held(0), held(NIGHTS - 1)
    assert sorted(found) == sorted(CLASSES)
    for name, row in found.items():
        assert first[name][0] + row["added"] - row["removed"] == last[name][0]
        assert first[name][1] + row["bytes_change"] == last[name][1]


@pytest.mark.parametrize("arguments, passes", [
    (["--change", "removed"], lambda before, after: after is None),
    (["--change", "added", "--change", "modified"], lambda before, after: after is not None),
    (["--min-size", "100", "--max-size", "200"],
     lambda before, after: any(row and 100 <= size(row) <= 200 for row in (before, after))),
    (["--class", "glacier"], lambda before, after: "GLACIER" in (storage_class(before), storage_class(after))),
    # Not those that were large in one class and are small in the other.
    (["--class", "glacier", "--min-size", "200"],
     lambda before, after: any(row and size(row) >= 200 and storage_class(row) == "GLACIER" for row in (before, after))),
])
def test_filters_choose_what_was_or_is_so(nights, arguments, passes):
    rows, _ = asked(nights, "--since", 1, *arguments)
    expected = [change for change in changes_after(nights, 1) if passes(*change[3:])]
    assert 0 < len(expected) < len(changes_after(nights, 1))
    assert [(row["sync"], row["bucket"], row["key"]) for row in rows] == [change[:3] for change in expected]


@pytest.mark.parametrize("arguments, passes", [
    (["--prefix", "1/2/"], lambda key: key.startswith("1/2/")), (["--key", "*/1?"], lambda key: key[-3] == "/"),
    (["--regex", "^[02]/.*/[0-3]$"], lambda key: key[0] in "02" and key[-2] == "/" and key[-1] in "0123")])
def test_filters_choose_keys(nights, arguments, passes):
    rows, _ = asked(nights, "--since", 1, *arguments)
    expected = [change[:3] for change in changes_after(nights, 1) if passes(change[2])]
    if arguments[0] == "--key":
        expected = [change for change in expected if change[2][-2] == "1"]
    assert expected
    assert [(row["sync"], row["bucket"], row["key"]) for row in rows] == expected


def test_a_scope_is_a_prefix_of_a_bucket(nights):
    rows, _ = asked(nights, "s3://logs/2/", "--since", 3)
    assert [(row["sync"], row["key"]) for row in rows] == [
        (change[0], change[2]) for change in changes_after(nights, 3, "logs") if change[2].startswith("2/")]


def test_first_rows_are_the_first(nights):
    rows, _ = asked(nights, "--since", 1)
    assert asked(nights, "--since", 1, "-n", 3)[0] == rows[:3]


def test_before_the_first_listing_nothing_is_known(nights):
    """Two days ago there was no index: what is known is shown, with 3 and the reason."""
    rows, said = asked(nights, "--since", "2d", "--by", "bucket", status=3)
    assert {row["bucket"]: figures(row) for row in rows} == {
        bucket: sums(changes_after(nights, 1, bucket)) for bucket in ("data", "logs")}
    assert "not all that changed since" in said and "listed as a whole for the first time" in said
    assert "data" in said and "logs" in said


def test_since_the_last_sync_nobody_has_looked(nights):
    rows, said = asked(nights, "--since", NIGHTS, "--by", "bucket", status=3)
    assert [row["added"] for row in rows] == [None, None]
    assert f"not all that changed after sync {NIGHTS}" in said


@pytest.mark.parametrize("arguments, words", [
    (["--since", "2999-01-01"], "still to come"), (["--since", "99"], "There is no sync 99"),
    (["--since", "0"], "numbered from 1"), (["--since", "yesterday"], "a sync's number"),
    (["--depth", "0", "--by", "prefix"], "1 to 64"), (["--depth", "2"], "about prefixes"),
    (["--depth", "2", "--by", "class"], "about prefixes"), (["--sort", "key"], "order in which they were found"),
    (["--change", "renamed"], "removed"), (["--by", "night"], "prefix"), (["--older-than", "1d"], "older-than")])
def test_slips_are_named(nights, arguments, words):
    result = nights.run("query", "changes", *arguments)
    assert result.returncode == 64, result
    assert words in result.stderr and result.stdout == ""


# MARK: - An index from before

@pytest.fixture
def older(audit, moto):
    """An index in which the first changes were recorded without classes."""
    moto.load("data", [("a", 10, "GLACIER"), ("b", 20)])
    audit.sync()
    client = moto.client()
    client.put_object(Bucket="data", Key="b", Body=b"x" * 25)
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE object_change SET class_before_id = NULL, class_after_id = NULL")
    client.delete_object(Bucket="data", Key="a")
    audit.sync()
    return audit


def test_changes_without_a_class_are_a_row_of_their_own(older):
    rows, said = asked(older, "--since", 1, "--by", "class")
    assert [(row["storage_class"], row["modified"], row["removed"], row["bytes_change"]) for row in rows] == [
        ("GLACIER", 0, 1, -10), (None, 1, 0, 5)]
    assert "from before classes were recorded" in said


def test_changes_without_a_class_cannot_be_judged(older):
    rows, said = asked(older, "--since", 1, "--class", "GLACIER", status=3)
    assert [row["key"] for row in rows] == ["a"]
    assert "1 change was recorded before classes were" in said
    assert asked(older, "--since", 2, "--class", "GLACIER")[1] == ""


def test_a_class_that_is_not_known_matters_where_the_size_fits(older):
    with closing(sqlite3.connect(older.index)) as database, database:
        # It is known of the 25 bytes that they are in STANDARD, and of the 20 before not in which class.
        database.execute(
            "UPDATE object_change SET class_after_id = (SELECT id FROM storage_class WHERE name = 'STANDARD')"
            " WHERE key = 'b'")
    assert asked(older, "--since", 1, "--class", "GLACIER", "--min-size", "22") == ([], "")
    rows, said = asked(older, "--since", 1, "--class", "GLACIER", "--max-size", "22", status=3)
    assert [row["key"] for row in rows] == ["a"]
    assert "1 change was recorded before classes were" in said


def test_dropped_rows_are_missed(older):
    with closing(sqlite3.connect(older.index)) as database, database:
        # As if the first two syncs had been long ago.
        database.execute("UPDATE sync SET started_ms = started_ms - 91 * 86400000 WHERE id <= 2")
    older.sync()
    rows, said = asked(older, "--since", 1, "--by", "bucket", status=3)
    assert [(row["modified"], row["removed"]) for row in rows] == [(0, 1)]
    assert "older changes are not kept" in said
    assert asked(older, "--since", 2, "--by", "bucket")[1] == ""


def test_a_forgotten_bucket_begins_anew(audit, moto):
    moto.load("data", ["a", "b"])
    moto.load("kept", ["a"])
    audit.sync()
    audit.sync()
    assert asked(audit, "--since", 1, "--by", "bucket")[1] == ""
    assert audit.run("forget", "data").returncode == 0
    audit.sync()
    rows, said = asked(audit, "--since", 1, "--by", "bucket", status=3)
    assert {row["bucket"]: row["added"] for row in rows} == {"data": None, "kept": 0}
    assert "data: listed as a whole for the first time" in said and "kept" not in said


def test_a_quiet_answer_still_ends_with_3(older):
    result = older.run("query", "changes", "--since", "1000d", "--quiet")
    assert (result.returncode, result.stderr) == (3, "")
