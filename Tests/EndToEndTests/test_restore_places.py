"""`restore --as-of` below a prefix into a bucket: each key comes to its place, and to no other."""

import time

import pytest

SOURCE, TARGET = "photos", "restored"


@pytest.fixture
def client(moto, audit):
    client = moto.client()
    for bucket in (SOURCE, TARGET):
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return client


def put(client, *keys, body=b"", bucket=SOURCE):
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=body)


def contents(client, bucket):
    rows = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {row["Key"]: client.get_object(Bucket=bucket, Key=row["Key"])["Body"].read() for row in rows}


def now():
    """A moment between what was written before and what comes later."""
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    return moment


def restore(audit, *arguments, status=0):
    result = audit.run("restore", *arguments)
    assert result.returncode == status, result.stdout + result.stderr
    return result


@pytest.mark.parametrize("prefix", ["d/20", "d/", "d", ""])
def test_the_same_prefix_is_the_place_of_all_keys(audit, client, prefix):
    put(client, "d/", "d/2026/", "d/2026/a", "d/2027", "elsewhere")
    then = contents(client, SOURCE)
    moment = now()
    put(client, "d/2026/a", "d/2028", "else", body=b"since")
    client.delete_object(Bucket=SOURCE, Key="d/2026/")
    since = contents(client, SOURCE)
    place = f"s3://{SOURCE}/{prefix}"
    restore(audit, "--as-of", moment, place, place, "--delete")
    beside = {key: body for key, body in since.items() if not key.startswith(prefix)}
    wanted = {key: body for key, body in then.items() if key.startswith(prefix)} | beside
    assert contents(client, SOURCE) == wanted


def test_the_folder_itself_comes_to_the_prefix(audit, client):
    put(client, "d/")
    put(client, "d/a", body=b"a")
    restore(audit, "--as-of", "now", f"s3://{SOURCE}/d/", f"s3://{TARGET}/back/")
    assert contents(client, TARGET) == {"back/": b"", "back/a": b"a"}
    put(client, "d/", body=b"bytes")
    restore(audit, "--as-of", "now", f"s3://{SOURCE}/d/", f"s3://{TARGET}/back/")
    assert contents(client, TARGET) == {"back/": b"bytes", "back/a": b"a"}
    # Without a prefix there is no key that it could have.
    result = restore(audit, "--as-of", "now", f"s3://{SOURCE}/d/", f"s3://{TARGET}", status=3)
    assert "Error: d/: not restored" in result.stderr
    put(client, "d/")
    restore(audit, "--as-of", "now", f"s3://{SOURCE}/d/", f"s3://{TARGET}")
    assert contents(client, TARGET) == {"a": b"a", "back/": b"bytes", "back/a": b"a"}


def test_what_is_ignored_is_not_deleted_either(audit, client):
    put(client, "d/a", "d/keep")
    put(client, "back/keep", "back/old", bucket=TARGET)
    restore(
        audit, "--as-of", "now", f"s3://{SOURCE}/d/", f"s3://{TARGET}/back/", "--delete", "--ignore", "^d/keep")
    assert sorted(contents(client, TARGET)) == ["back/a", "back/keep"]


def test_a_bucket_and_a_folder_share_what_is_remembered(audit, client, tmp_path):
    """Whichever comes first."""
    put(client, "a", body=b"a")
    for target in [f"s3://{TARGET}", tmp_path / "out", f"s3://{TARGET}", tmp_path / "out"]:
        result = restore(audit, "--as-of", "now", f"s3://{SOURCE}", target)
        assert result.stderr == ""
    assert "right already" in result.stdout


def test_what_is_no_record_of_restores_is_left_alone(audit, client):
    put(client, "a")
    command = ("--as-of", "now", f"s3://{SOURCE}", f"s3://{TARGET}")
    restore(audit, *command)
    record = audit.index.with_name(f"{audit.index.name}.restored")
    assert record.exists()
    for rest in record.parent.glob(f"{record.name}-*"):
        rest.unlink()
    record.write_bytes(b"a diary, and no database" * 100)
    result = restore(audit, *command, status=1)
    assert f"{record} is not a record of restores" in result.stderr and "Help:  move it away" in result.stderr
    assert record.read_bytes() == b"a diary, and no database" * 100


def test_a_bucket_is_no_folder(audit, client, tmp_path):
    result = restore(audit, "--as-of", "now", f"s3://{SOURCE}", "-r", f"s3://{TARGET}/back/", status=64)
    assert "'--directory' takes a folder" in result.stderr and "Help:" in result.stderr
