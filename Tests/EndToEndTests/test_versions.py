"""sync --versions and --uploads: what the index holds, entry by entry, against what the server holds."""

import json
import time

import pytest

from support import servers
from support.holdings import held, listed_versions

SHAPE = ["--bucket", "hostile:hostile:700", "--bucket", "dated:dates:2500",
         "--bucket", "plain:flat:400:versioning=none", "--bucket", "off:uuid:600:versioning=suspended",
         "--versioning", "enabled", "--versions-per-key", "1-6", "--delete-markers", "15",
         "--only-markers", "5", "--deep-key", "dated/logs/deep:2k", "--uploads", "70",
         "--upload-parts", "0-5", "--share", "10", "--max-keys", "100"]
VERSIONED = ["hostile", "dated", "off"]
BUCKETS = VERSIONED + ["plain"]


@pytest.fixture
def start(request):
    """Starts a simulator that ends with the test."""
    def start(*arguments):
        server = servers.Simulator(*arguments)
        request.addfinalizer(server.stop)
        return server
    return start


def stored_versions(audit, bucket):
    """The view `versions`, in the order of the listing and in the form of `held`."""
    with audit.reading() as connection:
        rows = connection.execute(
            "SELECT key, version_id, is_latest, last_modified, size, etag, storage_class, "
            "is_delete_marker FROM versions WHERE bucket = ? ORDER BY key, is_latest DESC, rank",
            (bucket,)).fetchall()
    return [
        (key, name, bool(latest), modified, None if marker else size, None if marker else etag,
         None if marker else storage)
        for key, name, latest, modified, size, etag, storage, marker in rows]


def stored_uploads(audit, bucket):
    with audit.reading() as connection:
        return set(connection.execute(
            "SELECT key, upload_id, initiated, storage_class, parts, bytes FROM uploads "
            "WHERE bucket = ?", (bucket,)))


def one(audit, sql, *values):
    with audit.reading() as connection:
        return connection.execute(sql, values).fetchone()


@pytest.mark.parametrize("dialect", ["aws", "rgw", "moto"])
def test_the_index_is_what_the_server_holds(audit, start, dialect):
    shape = list(SHAPE)
    if dialect == "moto":
        # Raw control characters are no XML, and markers of one second have no order there.
        shape[1] = "hostile:deep:700"
    server = start(*shape, "--version-markers", dialect)
    audit.use(server)
    for _ in range(3):
        audit.sync("--versions")
        for bucket in BUCKETS:
            entries = held(server, bucket)[0]
            if dialect == "moto":
                assert sorted(stored_versions(audit, bucket), key=repr) == sorted(entries, key=repr)
            else:
                assert stored_versions(audit, bucket) == entries
            current = [entry for entry in entries if entry[2] and entry[4] is not None]
            assert one(audit, "SELECT objects, noncurrent_objects + delete_markers FROM buckets "
                       "WHERE bucket = ?", bucket) == (len(current), len(entries) - len(current))
        plain = one(audit, "SELECT noncurrent_objects, versions_synced_at IS NOT NULL "
                    "FROM buckets WHERE bucket = 'plain'")
        assert plain == (0, 1)
        server.night()


def test_a_second_sync_writes_nothing(audit, start):
    server = start(*SHAPE)
    audit.use(server)
    audit.sync("--versions")
    before = one(audit, "SELECT count(*), max(rank) FROM versions")
    listed = audit.synced()
    assert {row["added"] + row["changed"] + row["removed"] for row in listed.values()} == {0}
    # It is remembered: nobody said --versions.
    assert listed["dated"]["versions"] > 2000 and listed["plain"]["versions"] == 0
    assert one(audit, "SELECT count(*), max(rank) FROM versions") == before
    listed = audit.synced("--no-versions")
    assert listed["dated"]["versions"] is None
    assert audit.synced()["dated"]["versions"] is None


def test_a_plain_sync_shows_no_wrong_version_id(audit, start):
    server = start(*SHAPE)
    audit.use(server)
    audit.sync("--versions")
    first = one(audit, "SELECT versions_synced_at FROM buckets WHERE bucket = 'dated'")
    for _ in range(3):
        server.night()
        audit.sync("--no-versions")
        for bucket in VERSIONED:
            true = {entry[0]: entry[1] for entry in held(server, bucket)[0] if entry[2]}
            with audit.reading() as connection:
                shown = connection.execute(
                    "SELECT key, version_id FROM versions WHERE bucket = ? AND is_latest "
                    "AND NOT is_delete_marker", (bucket,)).fetchall()
            assert shown
            assert [(key, name) for key, name in shown if name not in (None, true[key])] == []
    assert one(audit, "SELECT versions_synced_at FROM buckets WHERE bucket = 'dated'") == first
    audit.sync("--versions")
    assert stored_versions(audit, "dated") == held(server, "dated")[0]


@pytest.mark.parametrize("dialect", ["aws", "rgw", "moto"])
def test_versions_that_come_and_go_while_they_are_listed(audit, start, dialect):
    server = start("--bucket", "logs:dates:1200", "--versioning", "enabled", "--versions-per-key",
                   "1-5", "--deep-key", "logs/logs/deep:3k", "--max-keys", "50", "--churn", "30",
                   "--version-markers", dialect, "--latency", "5")
    audit.use(server)
    before = {entry[:2] for entry in held(server, "logs")[0]}
    result = audit.run("sync", "--versions", "--concurrency", "4")
    after = {entry[:2] for entry in held(server, "logs")[0]}
    stored = [entry[:2] for entry in stored_versions(audit, "logs")]
    assert len(stored) == len(set(stored))
    if result.returncode == 0:
        missing = (before & after) - set(stored)
        assert not missing
    else:
        # Honest: it says that it could not keep up.
        assert result.returncode == 3 and "deleted again and again" in result.stderr
        assert dialect != "aws"
    server.heal()
    audit.sync("--versions")
    assert {entry[:2] for entry in stored_versions(audit, "logs")} == \
        {entry[:2] for entry in held(server, "logs")[0]}


@pytest.mark.long
def test_listing_versions_costs_few_more_requests(audit, start):
    server = start("--bucket", "logs:flat:80000", "--bucket", "plain:flat:199228:versioning=none",
                   "--versioning", "enabled", "--versions-per-key", "1-4", "--delete-markers", "10")
    audit.use(server)
    audit.sync("--versions", "--no-properties")
    before = server.requests()["requests"]
    audit.sync("--versions", "--no-properties", "--concurrency", "1")
    after = server.requests()["requests"]
    with audit.reading() as connection:
        entries, objects = (connection.execute(
            "SELECT objects + noncurrent_objects + delete_markers FROM buckets WHERE bucket = ?",
            (bucket,)).fetchone()[0] for bucket in ("logs", "plain"))
    assert abs(entries / objects - 1) < 0.02
    pages = after["ListObjectVersions"] - before["ListObjectVersions"]
    assert pages <= 1.02 * (after["ListObjectsV2"] - before["ListObjectsV2"])
    # In ranges both lists have pages that are not full: a hundred ranges, two hundred pages.
    audit.sync("--versions", "--no-properties")
    again = server.requests()["requests"]
    ranged = again["ListObjectVersions"] - after["ListObjectVersions"]
    assert ranged <= 1.15 * (again["ListObjectsV2"] - after["ListObjectsV2"])


def test_a_server_without_versions_keeps_its_objects(audit, start):
    server = start("--bucket", "logs:flat:1500", "--version-markers", "rclone")
    audit.use(server)
    result = audit.run("sync", "--versions")
    assert result.returncode == 3
    assert "cannot list the versions of s3://logs: this server keeps no versions" in result.stderr
    assert "--no-versions" in result.stderr
    assert one(audit, "SELECT objects, state, versions_synced_at FROM buckets") == \
        (1500, "complete", None)
    assert stored_versions(audit, "logs") == []
    # They have no ids, not even null: nobody said so.
    assert {row["version_id"] for row in audit.query("find", "--versions", "all")} == {None}
    # It is not remembered, for it would fail every night.
    audit.sync()


def test_versioning_is_asked_for_once(audit, start):
    """What is listed depends on it, and it is one of the properties. Where it was never on, it is asked for
    at the end once more: it may have been turned on meanwhile."""
    server = start(*SHAPE)
    audit.use(server)
    audit.sync("--versions")
    assert server.requests()["requests"]["GetBucketVersioning"] == 4 + 1
    assert audit.sql("SELECT bucket, value, state FROM bucket_properties "
                     "WHERE property = 'versioning' ORDER BY 1") == [
        ("dated", "Enabled", "set"), ("hostile", "Enabled", "set"), ("off", "Suspended", "set"),
        ("plain", None, "none")]
    audit.sync("--no-versions")
    assert server.requests()["requests"]["GetBucketVersioning"] == 4 + 1 + 4


def test_a_wish_is_remembered_though_its_first_sync_is_killed(audit, start):
    server = start("--bucket", "logs:dates:3000", "--versioning", "enabled", "--versions-per-key",
                   "1-3", "--max-keys", "50", "--latency", "20")
    audit.use(server)
    process = audit.start("sync", "--versions", env={"S3AUDIT_TEST_CRASHPOINT": "batch-committed:5"})
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert one(audit, "SELECT versions_synced_at FROM buckets") == (None,)
    assert audit.synced()["logs"]["versions"] > 0
    assert stored_versions(audit, "logs") == held(server, "logs")[0]
    assert audit.synced()["logs"]["versions"] > 0
    assert audit.synced("--no-versions")["logs"]["versions"] is None
    assert audit.synced()["logs"]["versions"] is None


def test_a_wish_to_stop_is_remembered_though_its_sync_is_killed(audit, start):
    server = start("--bucket", "logs:dates:3000", "--versioning", "enabled", "--max-keys", "50",
                   "--latency", "20")
    audit.use(server)
    audit.sync("--versions")
    process = audit.start("sync", "--no-versions",
                          env={"S3AUDIT_TEST_CRASHPOINT": "batch-committed:5"})
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert audit.synced()["logs"]["versions"] is None


@pytest.mark.parametrize("dialect", ["aws", "rgw", "moto"])
def test_the_key_that_a_killed_sync_came_to_is_gone(audit, start, dialect):
    """moto leaves out what follows a key that is not there."""
    server = start("--bucket", "logs:dates:2500", "--versioning", "enabled", "--versions-per-key",
                   "1-3", "--max-keys", "50", "--latency", "20", "--version-markers", dialect)
    audit.use(server)
    process = audit.start("sync", "--versions", "--concurrency", "1",
                          env={"S3AUDIT_TEST_CRASHPOINT": "batch-committed:5"})
    process.communicate(timeout=60)
    assert process.returncode == -9
    cursors = [row[0] for row in audit.sql(
        "SELECT DISTINCT CAST(cursor AS TEXT) FROM crawl_range WHERE cursor <> '' AND NOT done")]
    assert cursors
    client = server.client()
    for key, name, *_ in held(server, "logs")[0]:
        if key in cursors:
            client.delete_object(Bucket="logs", Key=key, VersionId=name)
    audit.sync("--versions", "--concurrency", "1")
    # The keys themselves were listed while they were there.
    stored = [entry for entry in stored_versions(audit, "logs") if entry[0] not in cursors]
    assert sorted(stored, key=repr) == sorted(held(server, "logs")[0], key=repr)


@pytest.mark.parametrize("concurrency", ["1", "8"])
def test_delete_markers_without_ids_hide_nothing(audit, start, concurrency):
    """Ceph RGW passes over what follows one; pages are short, so that many end in one."""
    server = start("--bucket", "logs:flat:60", "--versioning", "enabled", "--version-markers", "rgw",
                   "--max-keys", "7")
    audit.use(server)
    client = server.client()
    client.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Suspended"})
    for key in [entry[0] for entry in held(server, "logs")[0]][::2]:
        client.delete_object(Bucket="logs", Key=key)
    audit.sync("--versions", "--concurrency", concurrency)
    # Some objects are older than versioning: their deletion leaves the marker alone.
    objects, noncurrent, markers = one(
        audit, "SELECT objects, noncurrent_objects, delete_markers FROM buckets")
    assert objects == 30 and markers == 30 and noncurrent > 20
    assert stored_versions(audit, "logs") == held(server, "logs")[0]


def test_a_server_that_names_no_latest_version(audit, start):
    server = start("--bucket", "logs:dates:300", "--bucket", "whole:flat:10:versioning=none",
                   "--versioning", "enabled", "--versions-per-key", "1-4",
                   "--fault", "no-latest@1+")
    audit.use(server)
    result = audit.sync("--versions")
    warnings = [line for line in result.stderr.splitlines() if line.startswith("Warning:")]
    assert warnings == ["Warning: in s3://logs the server does not say of every key which version is the "
                        "latest; the one that it lists first was taken"]
    assert stored_versions(audit, "logs") == held(server, "logs")[0]
    server.heal()
    assert "Warning" not in audit.sync("--versions").stderr


@pytest.mark.parametrize("dialect", ["aws", "rgw", "moto"])
def test_uploads_are_a_set(audit, start, dialect):
    server = start(*SHAPE, "--version-markers", dialect)
    audit.use(server)
    audit.sync("--uploads")
    for bucket in ["dated", "plain", "off"]:
        listed = {upload[:2] for upload in held(server, bucket)[1]}
        assert {upload[:2] for upload in stored_uploads(audit, bucket)} == listed
        assert {upload[4:] for upload in stored_uploads(audit, bucket)} == {(None, None)}
    for _ in range(2):
        audit.sync("--parts")
        for bucket in ["dated", "plain", "off"]:
            stored, true = stored_uploads(audit, bucket), held(server, bucket)[1]
            if dialect == "moto":
                # It says of each that it began in 2010.
                stored, true = (
                    {upload[:2] + upload[3:] for upload in uploads} for uploads in (stored, true))
            assert stored == true
        server.night()


def test_moto_and_boto3_agree(audit, moto):
    audit.use(moto)
    client = moto.client()
    client.create_bucket(Bucket="docs")
    client.put_bucket_versioning(Bucket="docs", VersioningConfiguration={"Status": "Enabled"})
    for number in range(60):
        for version in range(1 + number % 4):
            client.put_object(Bucket="docs", Key=f"k/{number:03}", Body=b"x" * (version + 1))
        if number % 5 == 0:
            client.delete_object(Bucket="docs", Key=f"k/{number:03}")
    audit.sync("--versions", "s3://docs")
    page = client.list_object_versions(Bucket="docs")
    listed = {(row["Key"], row["VersionId"], row["IsLatest"], "Size" in row)
              for kind in ("Versions", "DeleteMarkers") for row in page[kind]}
    with audit.reading() as connection:
        stored = connection.execute(
            "SELECT key, version_id, is_latest, NOT is_delete_marker FROM versions").fetchall()
    assert {(key, name, bool(latest), bool(object_)) for key, name, latest, object_ in stored} == listed
    assert len(stored) == len(listed)


def test_the_report_counts_versions(audit, start):
    server = start(*SHAPE)
    audit.use(server)
    document = json.loads(audit.sync("--versions", "--format", "json").stdout)
    rows = {row["bucket"]: row for row in document["buckets"]}
    for bucket in VERSIONED:
        entries = held(server, bucket)[0]
        assert rows[bucket]["objects"] + rows[bucket]["versions"] == len(entries)
    text = audit.sync("--full").stdout
    assert "noncurrent versions and delete markers" in text


def test_a_dry_run_counts_versions(audit, start):
    server = start("--bucket", "logs:flat:900", "--versioning", "enabled", "--versions-per-key", "5")
    audit.use(server)
    audit.sync()
    text = audit.sync("--dry-run", "--versions").stdout
    assert "at least 1 LIST request" in text and "versions there are is not known of 1" in text
    audit.sync("--versions")
    entries = len(held(server, "logs")[0])
    row = json.loads(audit.sync("--dry-run", "--format", "json").stdout)[0]
    assert row["list_requests"] == -(-entries // 1000) >= 4
    row = json.loads(audit.sync("--dry-run", "--no-versions", "--format", "json").stdout)[0]
    assert row["list_requests"] == 1


def test_versioning_that_is_turned_on_while_a_bucket_is_listed(audit, start):
    server = start("--bucket", "logs:flat:3000", "--max-keys", "50", "--latency", "20")
    audit.use(server)
    audit.sync("--versions", "--concurrency", "8")
    assert {entry[1] for entry in stored_versions(audit, "logs")} == {"null"}
    first = held(server, "logs")[0][0][0]
    before = server.requests()["requests"].get("ListObjectsV2", 0)
    process = audit.start("sync", "--versions", "--concurrency", "2")
    while server.requests()["requests"].get("ListObjectsV2", 0) < before + 10:
        time.sleep(0.01)
    client = server.client()
    client.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket="logs", Key=first, Body=b"x")
    client.put_object(Bucket="logs", Key="zzz", Body=b"x")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert server.requests()["requests"]["ListObjectVersions"] > 0
    assert stored_versions(audit, "logs") == held(server, "logs")[0]


def test_a_bucket_that_was_never_versioned_has_ids_where_they_are_sure(audit, moto):
    client = moto.client()
    client.create_bucket(Bucket="docs")
    for key in ("a/1", "a/2", "b"):
        client.put_object(Bucket="docs", Key=key, Body=key.encode())

    def agrees():
        with audit.reading() as connection:
            rows = connection.execute(
                "SELECT key, version_id, is_latest, last_modified, size, etag, storage_class "
                "FROM versions WHERE bucket = 'docs' ORDER BY key, rank").fetchall()
        return [(*row[:2], bool(row[2]), *row[3:]) for row in rows] == listed_versions(
            client, "docs")

    audit.sync()
    assert one(audit, "SELECT count(*) FROM versions") == (0,)
    audit.sync("--versions")
    assert agrees()
    # A plain sync knows no ids of what it writes; those of before it may doubt.
    time.sleep(1.1)
    client.put_object(Bucket="docs", Key="b", Body=b"other")
    client.put_object(Bucket="docs", Key="c", Body=b"new")
    audit.sync("--no-versions")
    with audit.reading() as connection:
        ids = dict(connection.execute("SELECT key, version_id FROM versions"))
    assert ids["b"] is None and ids["c"] is None
    audit.sync("--versions")
    assert agrees()
    # Then it is turned on: what was there keeps its id.
    client.put_bucket_versioning(Bucket="docs", VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket="docs", Key="a/1", Body=b"again")
    client.delete_object(Bucket="docs", Key="c")
    audit.sync()
    assert {entry[1] for entry in listed_versions(client, "docs")} > {"null"}
    with audit.reading() as connection:
        rows = set(connection.execute("SELECT key, version_id, is_latest FROM versions"))
    assert rows == {(entry[0], entry[1], int(entry[2])) for entry in listed_versions(client, "docs")}


def test_a_prefix_of_a_bucket_without_versions_is_known(audit, start):
    server = start("--bucket", "logs:dates:600")
    audit.use(server)
    audit.sync("s3://logs/logs/2023/01/", "--versions")
    query = ["query", "versions", "s3://logs/logs/2023/01/", "--require-complete"]
    assert audit.run(*query).returncode == 0
    assert {entry[1] for entry in stored_versions(audit, "logs")} == {"null"}
    assert audit.run("query", "versions", "logs", "--require-complete").returncode == 3


@pytest.mark.parametrize("words", [
    ["sync", "--versions", "--no-versions"], ["sync", "--no-versions", "--versions"],
    ["query", "versions", "--depth", "2"], ["query", "versions", "--by", "key", "--depth", "2"],
    ["query", "top", "--largest", "--oldest"]])
def test_options_that_exclude_each_other_are_named(audit, moto, words):
    audit.sync()
    result = audit.run(*words)
    assert result.returncode == 64 and not result.stdout
    for word in words[1:]:
        assert not word.startswith("--") or word == "--by" or f"'{word}" in result.stderr, result


def test_a_plain_sync_doubts_ids_of_twins(audit, moto):
    """Two versions of one second and one content: when the newer one goes, nothing else tells."""
    client = moto.client()
    client.create_bucket(Bucket="docs")
    client.put_bucket_versioning(Bucket="docs", VersioningConfiguration={"Status": "Enabled"})
    newest = [client.put_object(Bucket="docs", Key="k", Body=b"same")["VersionId"]
              for _ in range(2)][-1]
    audit.sync("--versions", "s3://docs")
    client.delete_object(Bucket="docs", Key="k", VersionId=newest)
    audit.sync("--no-versions", "s3://docs")
    assert one(audit, "SELECT version_id FROM versions WHERE is_latest") == (None,)


def test_a_bucket_that_was_made_again_has_no_versions_of_the_former(audit, moto):
    client = moto.client()
    client.create_bucket(Bucket="docs")
    client.put_bucket_versioning(Bucket="docs", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"22"):
        client.put_object(Bucket="docs", Key="k", Body=body)
    upload = client.create_multipart_upload(Bucket="docs", Key="u")["UploadId"]
    audit.sync("--versions", "--uploads")
    assert one(audit, "SELECT count(*) FROM versions") == (2,)
    for row in client.list_object_versions(Bucket="docs")["Versions"]:
        client.delete_object(Bucket="docs", Key="k", VersionId=row["VersionId"])
    client.abort_multipart_upload(Bucket="docs", Key="u", UploadId=upload)
    client.delete_bucket(Bucket="docs")
    time.sleep(1.1)
    client.create_bucket(Bucket="docs")
    client.put_object(Bucket="docs", Key="new", Body=b"333")
    audit.sync("--no-versions")
    assert one(audit, "SELECT (SELECT count(*) FROM versions), (SELECT count(*) FROM uploads), "
               "objects FROM buckets") == (0, 0, 1)


def test_bytes_of_an_upload_are_not_those_of_yesterday(audit, start):
    server = start("--bucket", "logs:flat:10")
    audit.use(server)
    client = server.client()
    upload = client.create_multipart_upload(Bucket="logs", Key="u")["UploadId"]
    name = {"Bucket": "logs", "Key": "u", "UploadId": upload}
    client.upload_part(**name, PartNumber=1, Body=b"x" * 10)
    audit.sync("--parts")
    assert one(audit, "SELECT parts, bytes FROM uploads") == (1, 10)
    client.upload_part(**name, PartNumber=2, Body=b"x" * 20)
    audit.sync("--uploads")
    assert one(audit, "SELECT parts, bytes FROM uploads") == (None, None)
    audit.sync("--parts")
    assert one(audit, "SELECT parts, bytes FROM uploads") == (2, 30)


def test_moto_lists_entries_of_the_same_second(audit, moto):
    """moto pages by microseconds, shows seconds, and sends all versions of a page before its markers."""
    client = moto.client()
    client.create_bucket(Bucket="busy")
    client.put_bucket_versioning(Bucket="busy", VersioningConfiguration={"Status": "Enabled"})
    for number in range(550):
        client.put_object(Bucket="busy", Key="deep", Body=b"1")
        client.delete_object(Bucket="busy", Key="deep")
    for number in range(200):
        key = f"k{number % 150:03}"
        client.put_object(Bucket="busy", Key=key, Body=b"1")
        client.delete_object(Bucket="busy", Key=key)
        client.put_object(Bucket="busy", Key=key, Body=b"2")
    entries = listed_versions(client, "busy")
    assert len(entries) == 1700
    for index, options in enumerate([[], [], ["--full"], ["--full", "--concurrency", "1"]]):
        done = audit.sync("--versions", *options)
        assert "Warning" not in done.stderr
        assert sorted(stored_versions(audit, "busy"), key=repr) == sorted(entries, key=repr)
        assert audit.bucket("busy")["state"] == "complete"
        if index:
            last = audit.last_sync()
            assert (last["added"], last["changed"], last["removed"]) == (0, 0, 0)
