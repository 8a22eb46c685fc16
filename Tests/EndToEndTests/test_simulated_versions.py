"""s3sim's versions and uploads, held against boto3, which knows nothing of it."""

import botocore.exceptions
import pytest

from support import servers
from support.holdings import held, listed_uploads, listed_versions

SHAPE = ["--bucket", "hostile:hostile:500", "--bucket", "dated:dates:900", "--bucket",
         "plain:flat:300:versioning=none", "--bucket", "off:uuid:300:versioning=suspended",
         "--versioning", "enabled", "--versions-per-key", "1-6", "--delete-markers", "15",
         "--only-markers", "5", "--deep-key", "dated/logs/deep:700", "--uploads", "90",
         "--upload-parts", "0-5", "--share", "10", "--max-keys", "100"]
BUCKETS = ["hostile", "dated", "plain", "off"]


@pytest.fixture(scope="module")
def server():
    server = servers.Simulator(*SHAPE)
    yield server
    server.stop()


@pytest.mark.parametrize("bucket", BUCKETS)
def test_boto3_lists_what_is_held(server, bucket):
    client = server.client()
    for _ in range(2):
        entries, uploads = held(server, bucket)
        assert listed_versions(client, bucket) == entries
        if bucket == "hostile":
            plain = {upload[:4] for upload in uploads}
            assert listed_uploads(client, bucket, page_size=7, with_parts=False) == plain
        else:
            assert listed_uploads(client, bucket, page_size=7) == uploads
        assert len(uploads) == 90 and len(entries) > 280
        objects = servers.listing(client, bucket)
        assert objects == {
            key: (size, etag, modified, storage)
            for key, _, latest, modified, size, etag, storage in entries
            if latest and etag is not None}
        server.night()


def test_a_deep_key_is_paged_through(server):
    entries = listed_versions(server.client(), "dated", page_size=50, Prefix="logs/deep")
    assert entries == [entry for entry in held(server, "dated")[0] if entry[0] == "logs/deep"]
    assert len(entries) > 500


def test_boto3_writes_between_two_pages():
    """As a test of a crawl does it: the version that the marker names goes, and one comes on top."""
    server = servers.Simulator("--bucket", "logs:flat:20", "--versioning", "enabled",
                               "--deep-key", "logs/deep:40")
    try:
        client = server.client()
        first = client.list_object_versions(Bucket="logs", MaxKeys=10, Prefix="deep")
        gone = first["NextVersionIdMarker"]
        client.delete_object(Bucket="logs", Key="deep", VersionId=gone)
        made = client.put_object(Bucket="logs", Key="deep", Body=b"new")["VersionId"]
        marker = client.delete_object(Bucket="logs", Key="deep")
        assert marker["DeleteMarker"]
        rest = client.list_object_versions(
            Bucket="logs", Prefix="deep", KeyMarker="deep", VersionIdMarker=gone)
        assert len(rest["Versions"]) == 30
        ids = [entry[1] for entry in held(server, "logs")[0] if entry[0] == "deep"]
        assert ids[:2] == [marker["VersionId"], made] and len(ids) == 41 and gone not in ids
        assert listed_versions(client, "logs", page_size=3) == held(server, "logs")[0]
        client.put_bucket_versioning(
            Bucket="logs", VersioningConfiguration={"Status": "Suspended"})
        assert client.get_bucket_versioning(Bucket="logs")["Status"] == "Suspended"
        assert "VersionId" not in client.put_object(Bucket="logs", Key="deep", Body=b"null")
        assert held(server, "logs")[0][0][1] == "null"
    finally:
        server.stop()


def test_an_upload_ends_while_it_is_listed():
    server = servers.Simulator("--bucket", "logs:flat:20", "--uploads", "5")
    try:
        client = server.client()
        upload = client.list_multipart_uploads(Bucket="logs")["Uploads"][2]
        name = {"Bucket": "logs", "Key": upload["Key"], "UploadId": upload["UploadId"]}
        assert client.list_parts(**name)["Parts"]
        client.abort_multipart_upload(**name)
        with pytest.raises(botocore.exceptions.ClientError, match="NoSuchUpload"):
            client.list_parts(**name)
        begun = client.create_multipart_upload(Bucket="logs", Key="a b/+")["UploadId"]
        client.upload_part(Bucket="logs", Key="a b/+", UploadId=begun, PartNumber=4, Body=b"12345")
        assert listed_uploads(client, "logs", page_size=2) == held(server, "logs")[1]
        assert len(held(server, "logs")[1]) == 5
    finally:
        server.stop()


def test_many_entries_cost_no_memory():
    """Ten million entries and a key of a hundred thousand versions, at once."""
    server = servers.Simulator("--bucket", "logs:uuid:5M", "--versioning", "enabled",
                               "--versions-per-key", "2-3", "--deep-key", "logs/f00:100k")
    try:
        client = server.client()
        page = client.list_object_versions(Bucket="logs", KeyMarker="eeee")
        assert len(page["Versions"]) == 1000
        page = client.list_object_versions(Bucket="logs", KeyMarker="f", Prefix="f00")
        assert {row["Key"] for row in page["Versions"]} == {"f00"}
        with open(f"/proc/{server.process.pid}/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
        assert int(peak.split()[1]) < 100_000, peak
    finally:
        server.stop()
