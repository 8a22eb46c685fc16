"""What a sync stores is what the server holds: row by row, against boto3's own listing."""

import hashlib

import pytest

from support.odd_keys import ODD_KEYS
from support.servers import listing

def test_odd_keys_are_stored_as_they_are(audit, moto):
    moto.load("odd", ODD_KEYS)
    audit.sync()
    expected = listing(moto.client(), "odd")
    assert set(expected) == set(ODD_KEYS)
    assert audit.objects("odd") == expected
    audit.check_index()


def test_stores_size_etag_time_and_storage_class(audit, moto):
    moto.load("plain", [
        ("empty", 0), ("large", 3_000_000), ("cold", 10, "GLACIER", "2020-02-29T23:59:59+00:00"),
        ("colder", 11, "DEEP_ARCHIVE", "1999-12-31T00:00:00+00:00"), ("ia", 12, "STANDARD_IA"),
        ("now and then", 13, "INTELLIGENT_TIERING"), ("archived", 14, "GLACIER_IR"),
    ])
    s3 = moto.client()
    upload = s3.create_multipart_upload(Bucket="plain", Key="parts")["UploadId"]
    part = s3.upload_part(
        Bucket="plain", Key="parts", UploadId=upload, PartNumber=1, Body=b"x" * 100)
    s3.complete_multipart_upload(
        Bucket="plain", Key="parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    audit.sync()
    stored = audit.objects("plain")
    assert stored == listing(s3, "plain")
    assert stored["parts"][1].endswith("-1")
    assert stored["empty"][:2] == (0, hashlib.md5(b"").hexdigest())
    assert stored["colder"][2:] == ("1999-12-31T00:00:00Z", "DEEP_ARCHIVE")


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 10_500])
def test_every_page_arrives(audit, moto, count):
    keys = [f"{hashlib.md5(str(number).encode()).hexdigest()}/{number}" for number in range(count)]
    moto.load("pages", keys)
    result = audit.synced()
    assert result["pages"]["objects"] == count
    assert audit.objects("pages") == listing(moto.client(), "pages")
    assert audit.sql("SELECT objects, bytes, state FROM buckets") == [(count, count, "complete")]


def test_buckets_of_every_region_and_empty_ones(audit, moto):
    regions = {
        "here": "us-east-1", "euro": "eu-west-1", "asia": "ap-southeast-2", "void": "us-east-1",
        "with.dots.in": "eu-central-1",
    }
    for bucket, region in regions.items():
        moto.load(bucket, [] if bucket == "void" else [f"{bucket}/{n}" for n in range(3)], region)
    audit.sync()
    stored = {row[0]: row[1:] for row in audit.sql("SELECT bucket, region, objects, state FROM buckets")}
    assert stored == {
        bucket: (region, 0 if bucket == "void" else 3, "complete")
        for bucket, region in regions.items()}
    for bucket in regions:
        assert audit.objects(bucket) == listing(moto.client(), bucket)


def test_more_buckets_than_one_page_of_their_list(audit, moto):
    names = [f"many-{number:04}" for number in range(1_050)]
    for name in names:
        moto.load(name)
    moto.load(names[-1], ["the last one's object"])
    audit.sync("--no-properties")
    assert [row[0] for row in audit.sql("SELECT bucket FROM buckets ORDER BY 1")] == names
    assert audit.bucket(names[-1])["objects"] == 1


def test_the_same_from_rclone(audit, rclone):
    tree = {
        "a b.txt": 1, "a+b": 2, "100%": 3, "grüße/日本語": 4, "🎉": 5, "deep/er/and/deeper": 6,
        "quote'\"s": 7, "&<>": 8, "%2F": 9, "empty": 0,
    }
    for key, size in tree.items():
        path = rclone.folder / "files" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (rclone.folder / "void").mkdir()
    flat = rclone.folder / "flat"
    flat.mkdir()
    for number in range(2_500):
        (flat / f"{number:05}").write_bytes(b"")
    s3 = rclone.client()
    s3.put_object(Bucket="files", Key="put", Body=b"12345")
    audit.sync()
    assert {key: row[0] for key, row in audit.objects("files").items()} == {**tree, "put": 5}
    # boto3 does not take a '+' for the space it stands for; the other fields are compared with it.
    expected = {key.replace("a+b.txt", "a b.txt"): row for key, row in listing(s3, "files").items()}
    assert audit.objects("files") == expected
    assert audit.objects("flat") == listing(s3, "flat")
    assert audit.bucket("void")["state"] == "complete"
    again = audit.synced()
    assert all(row["added"] + row["changed"] + row["removed"] == 0 for row in again.values())


@pytest.mark.parametrize("shape", ["flat", "uuid", "dates", "deep", "skewed", "hostile"])
def test_every_shape_of_the_simulator(audit, simulator, shape):
    server = simulator("--bucket", f"shape:{shape}:20000", "--max-keys", "1000")
    audit.sync()
    assert audit.objects("shape") == listing(server.client(), "shape")
    audit.check_index()
