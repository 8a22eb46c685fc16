"""What happens between syncs: additions, changes, removals, their journal and the history."""

import pytest

from support import scripted_s3
from support.audit import Audit
from support.servers import listing


@pytest.fixture(scope="module")
def changed(tmp_path_factory, moto_server):
    """A bucket of 3,000 objects, synced, changed and synced again; `served` is what boto3 says of it then."""
    audit, moto = Audit(tmp_path_factory.mktemp("changed")), moto_server
    audit.use(moto)
    moto.reset()
    moto.load("data", [(f"{number:05}", number % 7) for number in range(3_000)])
    moto.load("quiet", ["a", "b"])
    audit.first = audit.synced()
    s3 = moto.client()
    s3.put_object(Bucket="data", Key="00500", Body=b"another body")
    s3.put_object(Bucket="data", Key="00500a", Body=b"new")
    s3.put_object(Bucket="data", Key="!first", Body=b"new")
    s3.put_object(Bucket="data", Key="~last", Body=b"new")
    gone = ["00000", "00999", "01000", "01001", "02999"] + [f"{n:05}" for n in range(1_500, 2_200)]
    for key in gone[:5]:
        s3.delete_object(Bucket="data", Key=key)
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": key} for key in gone[5:]]})
    audit.gone = gone
    audit.second = audit.synced()
    audit.served = {bucket: listing(s3, bucket) for bucket in ("data", "quiet")}
    return audit


def test_only_differences_are_reported(changed):
    first, second = changed.first["data"], changed.second["data"]
    assert (first["added"], first["changed"], first["removed"]) == (3_000, 0, 0)
    assert (second["added"], second["changed"], second["removed"]) == (3, 1, 705)
    assert second["objects"] == 3_000 + 3 - 705
    quiet = changed.second["quiet"]
    assert (quiet["objects"], quiet["added"], quiet["changed"], quiet["removed"]) == (2, 0, 0, 0)


def test_index_equals_the_server_after_changes(changed):
    for bucket, rows in changed.served.items():
        assert changed.objects(bucket) == rows
    changed.check_index()


def test_journal_names_every_change_once(changed):
    rows = changed.sql(
        "SELECT sync, bucket, key, change, size_before, size_after FROM changes ORDER BY key")
    expected = [(2, "data", key, "removed", int(key) % 7, None) for key in changed.gone]
    expected += [
        (2, "data", "00500", "modified", 500 % 7, 12), (2, "data", "00500a", "added", None, 3),
        (2, "data", "!first", "added", None, 3), (2, "data", "~last", "added", None, 3),
    ]
    assert rows == sorted(expected, key=lambda row: row[2])


def test_syncs_view_counts_each_run(changed):
    rows = changed.sql(
        "SELECT sync, state, buckets, objects, added, changed, removed FROM syncs ORDER BY sync")
    assert rows == [
        (1, "complete", 2, 3_002, 3_002, 0, 0), (2, "complete", 2, 2_300, 3, 1, 705)]
    assert changed.sql("SELECT count(*) FROM syncs WHERE requests >= 5 AND retries = 0") == [(2,)]


def test_history_keeps_the_totals_of_each_sync(changed):
    rows = changed.sql("SELECT bucket, storage_class, objects FROM history ORDER BY bucket, at")
    assert rows == [
        ("data", "STANDARD", 3_000), ("data", "STANDARD", 2_298), ("quiet", "STANDARD", 2),
        ("quiet", "STANDARD", 2)]


def test_sync_without_changes_writes_no_row(audit, moto):
    moto.load("data", [(f"{number:05}", number % 7) for number in range(3_000)])
    audit.sync()
    before, bytes_before = audit.objects("data"), audit.index.stat().st_size
    again = audit.synced()["data"]
    assert (again["objects"], again["added"], again["changed"], again["removed"]) == (3_000, 0, 0, 0)
    assert audit.objects("data") == before
    assert audit.sql("SELECT count(*) FROM changes") == [(0,)]
    assert audit.index.stat().st_size - bytes_before <= 64 * 1024


def test_an_emptied_bucket_is_empty(audit, moto):
    moto.load("data", [f"{number:05}" for number in range(1_500)])
    audit.sync()
    s3 = moto.client()
    for start in (0, 1_000):
        keys = [{"Key": f"{number:05}"} for number in range(start, min(start + 1_000, 1_500))]
        s3.delete_objects(Bucket="data", Delete={"Objects": keys})
    assert audit.synced()["data"]["removed"] == 1_500
    assert audit.objects("data") == {}
    assert audit.sql("SELECT objects, bytes FROM buckets") == [(0, 0)]
    assert audit.query("totals")[0]["objects"] == 0


def test_same_size_and_time_but_another_etag_is_a_change(audit, s3):
    s3.buckets["b"] = []
    s3.list_script = lambda request, number: scripted_s3.Answer(
        scripted_s3.page(["k"], etag='"one"' if number == 0 else '"two"'))
    audit.sync("s3://b")
    assert audit.synced("s3://b")["b"]["changed"] == 1
    assert audit.objects("b")["k"][1] == "two"


def test_a_change_of_storage_class_moves_the_bytes(audit, moto):
    moto.load("bucket", [("k", 100)])
    audit.sync()
    moto.client().put_object(Bucket="bucket", Key="k", Body=b"x" * 100, StorageClass="GLACIER")
    assert audit.synced()["bucket"]["changed"] == 1
    assert audit.sql("SELECT storage_class, objects, bytes FROM bucket_classes WHERE objects > 0") \
        == [("GLACIER", 1, 100)]
    audit.check_index()


def test_nights_of_the_simulator(audit, simulator):
    server = simulator("--bucket", "data:dates:30000", "--share", "3")
    audit.sync()
    for _ in range(2):
        before = audit.objects("data")
        server.night()
        now = listing(server.client(), "data")
        counts = audit.synced()["data"]
        assert audit.objects("data") == now
        assert counts["added"] == len(now.keys() - before.keys())
        assert counts["removed"] == len(before.keys() - now.keys())
        assert counts["changed"] == sum(now[key] != before[key] for key in now.keys() & before.keys())
        audit.check_index()


def test_a_deleted_bucket_is_marked_then_pruned(audit, moto):
    moto.load("stays", ["a"])
    moto.load("goes", ["b"])
    audit.sync()
    moto.client().delete_object(Bucket="goes", Key="b")
    moto.client().delete_bucket(Bucket="goes")
    result = audit.sync(status=3)
    assert "s3://goes" in result.stderr and "--prune" in result.stderr
    assert len(audit.objects("goes")) == 1, "the last data is kept"
    assert audit.bucket("goes")["state"] == "partial" and audit.bucket("goes")["error"]
    result = audit.sync("--prune")
    assert "pruned: goes" in result.stdout
    assert audit.sql("SELECT bucket FROM buckets") == [("stays",)]
    assert audit.sql("SELECT count(*) FROM objects") == [(1,)]
    audit.check_index()
