"""Answers about versions and uploads, against the same sums of what the simulator says it holds."""

import statistics
from datetime import datetime

import pytest

from support.holdings import held

SHAPE = ["--bucket", "hostile:hostile:300", "--bucket", "dated:dates:1500",
         "--bucket", "plain:flat:200:versioning=none",
         "--versioning", "enabled", "--versions-per-key", "1-5", "--delete-markers", "15",
         "--only-markers", "5", "--uploads", "60", "--upload-parts", "0-5"]
BUCKETS = ["dated", "hostile", "plain"]
MARKER = None


@pytest.fixture
def server(simulator, audit):
    server = simulator(*SHAPE)
    audit.sync("--versions", "--uploads", "--parts")
    return server


def entries(server, bucket):
    """(key, latest, modified, size or None for a marker, class) in the order of the listing."""
    return [(key, latest, modified, size, storage)
            for key, _, latest, modified, size, _, storage in held(server, bucket)[0]]


def sums(rows):
    """(noncurrent versions, their bytes, delete markers) of some entries."""
    sizes = [size for _, latest, _, size, _ in rows if size is not MARKER and not latest]
    return len(sizes), sum(sizes), sum(size is MARKER for *_, size, _ in rows)


def shown(row):
    return row["noncurrent_objects"], row["noncurrent_bytes"], row["delete_markers"]


def stacks(rows):
    keys = {}
    for row in rows:
        keys.setdefault(row[0], []).append(row)
    return keys


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_sums_of_buckets_prefixes_classes_and_keys(audit, server):
    for bucket in BUCKETS:
        rows = entries(server, bucket)
        row, = audit.query("versions", bucket)
        assert shown(row) == sums(rows)
        assert row["state"] == "complete" and row["versions_synced_at"]
        by_class = {row["storage_class"]: shown(row)
                    for row in audit.query("versions", bucket, "--by", "class")}
        old = [row for row in rows if row[3] is MARKER or not row[1]]
        assert by_class == {
            name: sums([row for row in old if row[4] == name]) for name in {row[4] for row in old}}
    rows = entries(server, "dated")
    prefixes = audit.query("versions", "dated", "--by", "prefix", "--depth", "3")
    assert len(prefixes) > 5
    for row in prefixes:
        assert shown(row) == sums([one for one in rows if one[0].startswith(row["prefix"])])
    keys = audit.query("versions", "dated", "--by", "key", "-n", "9")
    expected = sorted(
        ((-sums(stack)[1], key.encode(), sums(stack)) for key, stack in stacks(rows).items()
         if sums(stack)[0]))[:9]
    assert [(row["key"].encode(), shown(row)) for row in keys] == [one[1:] for one in expected]


def test_details(audit, server):
    for bucket in BUCKETS:
        keys = stacks(entries(server, bucket))
        replaced = [
            (moment(above[2]), moment(above[2]) - moment(row[2]))
            for stack in keys.values() for above, row in zip(stack, stack[1:])
            if row[3] is not MARKER]
        row, = audit.query("versions", bucket, "--details")
        assert row["marker_only_keys"] == sum(
            all(one[3] is MARKER for one in stack) for stack in keys.values())
        assert row["versions_per_key"] == pytest.approx(
            sum(map(len, keys.values())) / len(keys))
        if not replaced:
            assert bucket == "plain" and row["oldest_replaced_at"] is None
            continue
        ages = [max(0, age) for _, age in replaced]
        assert moment(row["oldest_replaced_at"]) == min(time for time, _ in replaced)
        assert row["max_days_when_replaced"] == pytest.approx(max(ages) / 86_400)
        assert row["mean_days_when_replaced"] == pytest.approx(sum(ages) / len(ages) / 86_400)
        assert row["median_days_when_replaced"] == pytest.approx(statistics.median(ages) / 86_400)
    rows = audit.query("versions", "dated", "--details", "--by", "prefix", "--depth", "2")
    keys = stacks(entries(server, "dated"))
    for row in rows:
        ages = [max(0, moment(above[2]) - moment(one[2]))
                for key, stack in keys.items() if key.startswith(row["prefix"])
                for above, one in zip(stack, stack[1:]) if one[3] is not MARKER]
        assert row["median_days_when_replaced"] == pytest.approx(statistics.median(ages) / 86_400)


@pytest.mark.parametrize("which", ["current", "noncurrent", "all"])
def test_objects_versions_or_both(audit, server, which):
    def counts(row):
        return row[3] is not MARKER and {
            "current": row[1], "noncurrent": not row[1], "all": True}[which]

    for filters, passes in [
            ([], lambda row: True),
            (["--min-size", "1000"], lambda row: row[3] is not MARKER and row[3] >= 1000),
            (["--key", "*1*"], lambda row: "1" in row[0])]:
        rows = [row for row in entries(server, "dated") if counts(row) and passes(row)]
        arguments = ["dated", "--versions", which, *filters]
        total, = audit.query("totals", *arguments)
        assert (total["objects"], total["bytes"]) == (len(rows), sum(row[3] for row in rows))
        for row in audit.query("du", *arguments, "--depth", "2"):
            below = [one[3] for one in rows if one[0].startswith(row["prefix"])]
            assert (row["objects"], row["bytes"]) == (len(below), sum(below))
        sizes = [row["size"] for row in audit.query("top", *arguments, "-n", "12")]
        assert sizes == sorted((row[3] for row in rows), reverse=True)[:12]
    found = audit.query("find", "dated", "--versions", which)
    stored = held(server, "dated")[0]
    if which == "current":
        assert found == audit.query("find", "dated") and "version_id" not in found[0]
        return
    wanted = [(key, name, latest, size is MARKER, size) for key, name, latest, _, size, *_ in stored
              if which == "all" or not latest]
    assert [(row["key"], row["version_id"], row["is_latest"], row["is_delete_marker"], row["size"])
            for row in found] == wanted


def test_uploads(audit, server):
    for bucket in BUCKETS:
        uploads = held(server, bucket)[1]
        rows = audit.query("uploads", bucket)
        assert {(row["key"], row["upload_id"], row["initiated"], row["storage_class"],
                 row["parts"], row["bytes"]) for row in rows} == uploads
        assert [row["initiated"] for row in rows] == sorted(row["initiated"] for row in rows)
        total, = audit.query("uploads", bucket, "--by", "bucket")
        assert (total["uploads"], total["bytes"]) == (
            len(uploads), sum(upload[5] for upload in uploads))


def test_what_was_never_listed_is_said(simulator, audit):
    simulator(*SHAPE)
    audit.sync()
    for question, advice in [
            (["versions"], "sync --versions"), (["totals", "--versions", "noncurrent"], "sync --versions"),
            (["uploads", "--by", "bucket"], "sync --uploads")]:
        result = audit.run("query", *question, "--format", "json", "--require-complete")
        assert result.returncode == 3 and advice in result.stderr, result
        assert "dated (never" in result.stderr and '"never"' in result.stdout
        assert audit.run("query", *question).returncode == 0
    assert {shown(row) for row in audit.query("versions")} == {(None, None, None)}
    assert audit.run("query", "totals", "--require-complete").returncode == 0
    # One prefix, below which everything is known.
    audit.sync("s3://dated/logs/2023/01/", "--versions")
    row, = audit.query("versions", "dated")
    assert row["state"] == "partial" and row["versions_synced_at"] is None
    row, = audit.query("versions", "s3://dated/logs/2023/01/")
    assert row["state"] == "complete" and row["versions_synced_at"]
    audit.sync("dated", "--versions", "--uploads")
    assert audit.run("query", "versions", "dated", "--require-complete").returncode == 0
    # Their bytes were not asked for.
    assert {row["bytes"] for row in audit.query("uploads", "dated")} == {None}
    result = audit.run("query", "uploads", "dated", "--require-complete")
    assert result.returncode == 3 and "60 uploads hold is not known" in result.stderr
    audit.sync("dated", "--full", "--parts")
    assert audit.run("query", "uploads", "dated", "--require-complete").returncode == 0


def test_findings_say_what_is_held(audit, moto):
    client = moto.client()
    for bucket in ["kept", "tidy", "plain"]:
        client.create_bucket(Bucket=bucket)
    for bucket in ["kept", "tidy"]:
        client.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for size in [5, 40, 7]:
            client.put_object(Bucket=bucket, Key="key", Body=b"x" * size)
        # moto says of each that it was begun in 2010.
        upload = client.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
        client.upload_part(
            Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"y" * 9)
    client.put_bucket_lifecycle_configuration(
        Bucket="tidy", LifecycleConfiguration={"Rules": [{
            "ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]})
    kinds = ["noncurrent-versions-kept", "uploads-older-than-7-days"]

    def held_by_finding():
        return {(row["bucket"], row["finding"]): (row["objects"], row["bytes"])
                for row in audit.query("findings") if row["finding"] in kinds}

    audit.sync()
    assert held_by_finding() == {}
    audit.sync("--full", "--versions", "--uploads")
    assert held_by_finding() == {("kept", kinds[0]): (2, 45), ("kept", kinds[1]): (1, None)}
    audit.sync("--full", "--uploads", "--parts")
    assert held_by_finding() == {("kept", kinds[0]): (2, 45), ("kept", kinds[1]): (1, 9)}


def test_the_policy_for_versions_is_whole(audit):
    policy = audit.run("doctor", "--policy", "versions").stdout
    for action in ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning",
                   "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"]:
        assert f'"{action}"' in policy


def test_doctor_tries_them_only_when_named(simulator, audit):
    server = simulator(*SHAPE)
    audit.run("doctor", "s3://dated")
    assert server.requests()["requests"].get("ListObjectVersions", 0) == 0
    rows = audit.run("doctor", "s3://dated", "--feature", "versions", "--format", "csv").stdout
    assert "s3:ListBucketVersions" in rows
    assert server.requests()["requests"]["ListObjectVersions"] > 0
