"""s3sim's objects, held against boto3, which knows nothing of it: bytes, checksums, archives, copies."""

import hashlib

import botocore.exceptions
import pytest

from support import servers

SHAPE = ["--bucket", "logs:dates:60:class=STANDARD", "--bucket", "copies:flat:0", "--bucket",
         "cold:flat:6:class=DEEP_ARCHIVE", "--versioning", "enabled", "--versions-per-key", "2",
         "--contents", "--sizes", "100-200k", "--multipart-from", "64k", "--part-size", "20k",
         "--checksums", "mixed", "--thaw-looks", "1"]


@pytest.fixture(scope="module")
def server():
    server = servers.Simulator(*SHAPE)
    yield server
    server.stop()


def versions(client, bucket):
    return client.list_object_versions(Bucket=bucket)["Versions"]


def named(row):
    return {"Key": row["Key"], "VersionId": row["VersionId"]}


def test_every_version_has_its_bytes(server):
    """boto3 asks for checksums by itself, and verifies those that it knows."""
    client = server.client()
    rows = versions(client, "logs")
    assert len(rows) == 120
    multipart = 0
    for row in rows:
        body = client.get_object(Bucket="logs", **named(row))["Body"].read()
        assert len(body) == row["Size"]
        parts = [body[start:start + 20480] for start in range(0, len(body), 20480)]
        digest = hashlib.md5(body).hexdigest()
        if len(body) >= 65536:
            multipart += 1
            joined = b"".join(hashlib.md5(part).digest() for part in parts)
            digest = f"{hashlib.md5(joined).hexdigest()}-{len(parts)}"
            second = client.get_object(Bucket="logs", PartNumber=2, **named(row))
            assert second["Body"].read() == parts[1] and second["PartsCount"] == len(parts)
        assert row["ETag"] == f'"{digest}"'
    assert multipart > 5


def test_versions_are_copied_with_what_belongs_to_them(server):
    client = server.client()
    client.put_object(Bucket="logs", Key="a b/+é", Body=b"one", Metadata={"who": "me"},
                      Tagging="k=v", ContentType="text/plain")
    old = client.head_object(Bucket="logs", Key="a b/+é")
    client.put_object(Bucket="logs", Key="a b/+é", Body=b"two")
    source = {"Bucket": "logs", "Key": "a b/+é", "VersionId": old["VersionId"]}
    client.copy_object(Bucket="copies", Key="c", CopySource=source, CopySourceIfMatch=old["ETag"])
    copy = client.get_object(Bucket="copies", Key="c")
    assert copy["Body"].read() == b"one" and copy["Metadata"] == {"who": "me"}
    assert copy["ContentType"] == "text/plain"
    tags = client.get_object_tagging(Bucket="copies", Key="c")["TagSet"]
    assert tags == [{"Key": "k", "Value": "v"}]
    with pytest.raises(botocore.exceptions.ClientError, match="PreconditionFailed"):
        client.copy_object(Bucket="copies", Key="c", CopySource=source, CopySourceIfMatch='"x"')
    # In parts, as boto3's own transfers do it.
    upload = client.create_multipart_upload(Bucket="copies", Key="big")["UploadId"]
    name = {"Bucket": "copies", "Key": "big", "UploadId": upload}
    row = max(versions(client, "logs"), key=lambda row: row["Size"])
    source = {"Bucket": "logs", **named(row)}
    half = row["Size"] // 2
    parts = []
    for number, (start, end) in enumerate([(0, half), (half, row["Size"])], 1):
        answer = client.upload_part_copy(
            **name, PartNumber=number, CopySource=source,
            CopySourceRange=f"bytes={start}-{end - 1}")
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    client.complete_multipart_upload(**name, MultipartUpload={"Parts": parts})
    whole = client.get_object(**source)["Body"].read()
    assert client.get_object(Bucket="copies", Key="big")["Body"].read() == whole


def test_archived_versions_are_thawed(server):
    client = server.client()
    row = versions(client, "cold")[1]
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidObjectState") as refused:
        client.get_object(Bucket="cold", **named(row))
    assert refused.value.response["Error"]["StorageClass"] == "DEEP_ARCHIVE"
    request = {"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}}
    answer = client.restore_object(Bucket="cold", RestoreRequest=request, **named(row))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    with pytest.raises(botocore.exceptions.ClientError, match="RestoreAlreadyInProgress"):
        client.restore_object(Bucket="cold", RestoreRequest=request, **named(row))
    page = client.list_object_versions(Bucket="cold", OptionalObjectAttributes=["RestoreStatus"])
    told = [entry.get("RestoreStatus") for entry in page["Versions"]]
    assert [status is not None for status in told].count(True) == 1
    assert told[1]["IsRestoreInProgress"] is False and "RestoreExpiryDate" in told[1]
    head = client.head_object(Bucket="cold", **named(row))
    assert head["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert len(client.get_object(Bucket="cold", **named(row))["Body"].read()) == row["Size"]


def test_flipped_bytes_are_noticed_by_others():
    server = servers.Simulator("--bucket", "logs:flat:5", "--contents", "--sizes", "100-10k",
                               "--checksums", "crc32", "--fault", "body-flip:first=1")
    try:
        client = server.client()
        key = client.list_objects_v2(Bucket="logs")["Contents"][0]["Key"]
        with pytest.raises(botocore.exceptions.FlexibleChecksumError):
            client.get_object(Bucket="logs", Key=key)["Body"].read()
        assert client.get_object(Bucket="logs", Key=key)["Body"].read()
        assert server.requests()["faults"] == {"body-flip": 1}
        assert [line["operation"] for line in server.log()] == ["ListObjectsV2"] + ["GetObject"] * 2
    finally:
        server.stop()


def test_large_bodies_cost_no_memory():
    server = servers.Simulator("--bucket", "logs:flat:2", "--sizes", "3G")
    try:
        client = server.client()
        key = client.list_objects_v2(Bucket="logs")["Contents"][0]["Key"]
        body = client.get_object(Bucket="logs", Key=key)["Body"]
        read = sum(len(body.read(1 << 20)) for _ in range(300))
        assert read == 300 << 20
        body.close()
        with open(f"/proc/{server.process.pid}/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
        assert int(peak.split()[1]) < 60_000, peak
    finally:
        server.stop()
