"""`restore`: the bytes of exactly the versions that a manifest names, in a folder and nowhere else."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest

BUCKET = "photos"


@pytest.fixture
def client(moto):
    """A client of a moto with a versioned bucket."""
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


def put(client, key, body):
    return client.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]


def manifest(folder, versions):
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["key", "version_id"])
        rows.writerows(versions.items())
    return path


def restore(audit, path, target, *more, status=0):
    result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target, *more)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def files(target):
    return {
        str(path.relative_to(target)): path.read_bytes()
        for path in target.rglob("*") if path.is_file() and not path.is_symlink()}


def test_brings_back_what_was_overwritten_and_deleted(audit, client, tmp_path):
    versions, bytes_of = {}, {}
    for number in range(120):
        key = f"d{number % 7}/é {number}.txt"
        bytes_of[key] = b"first %d" % number * (number % 5)
        versions[key] = put(client, key, bytes_of[key])
        if number % 2:
            put(client, key, b"newer")
        if number % 3 == 0:
            client.delete_object(Bucket=BUCKET, Key=key)
    target = tmp_path / "out"
    result = restore(audit, manifest(tmp_path, versions), target)
    assert files(target) == bytes_of
    assert "restored" in result.stdout and "not verified" not in result.stdout


def test_a_second_pass_asks_for_nothing(audit, client, tmp_path):
    versions = {f"k{number}": put(client, f"k{number}", b"x" * number) for number in range(40)}
    path, target = manifest(tmp_path, versions), tmp_path / "out"
    restore(audit, path, target)
    # The server is not even there.
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target, env=environment)
    assert result.returncode == 0, result.stderr
    assert "right already" in result.stdout


def test_objects_of_parts_are_verified_by_their_parts(audit, client, tmp_path):
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    body = [bytes([65 + number]) * (5 << 20) for number in range(3)]
    parts = [
        {"PartNumber": number, "ETag": client.upload_part(
            Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=number, Body=part)["ETag"]}
        for number, part in enumerate(body, 1)]
    version = client.complete_multipart_upload(
        Bucket=BUCKET, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})["VersionId"]
    target = tmp_path / "out"
    result = restore(audit, manifest(tmp_path, {"big": version}), target, "--require-verified")
    assert files(target) == {"big": b"".join(body)}
    assert "not verified" not in result.stdout


def test_hostile_keys_stay_inside(audit, client, tmp_path):
    keys = ["../up", "/abs", "a//b", "a/../c", "a/./d", "C:/x", "\\\\srv\\x", "e", "e/f", "é",
            "-rf"]
    # Clients of others do not even send keys with dots; what is refused is not asked for.
    versions = {
        key: "v" if "//" in key or "./" in key or key == "/abs" else put(client, key, key.encode())
        for key in keys}
    target = tmp_path / "deep" / "out"
    target.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (target / "linked").symlink_to(tmp_path / "outside")
    versions["linked/in"] = put(client, "linked/in", b"in")
    result = restore(audit, manifest(tmp_path, versions), target, status=3)
    assert files(target) == {
        key: key.encode() for key in ["C:/x", "\\\\srv\\x", "e/f", "é", "-rf"]}
    assert not list((tmp_path / "outside").iterdir())
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["out"]
    for key in ["../up", "/abs", "a//b", "a/../c", "a/./d", "e:", "linked/in"]:
        assert f"Error: {key}" in result.stderr


def test_check_tells_what_is_different(audit, client, tmp_path):
    versions = {key: put(client, key, key.encode() * 9) for key in ["a", "b", "c"]}
    path, target = manifest(tmp_path, versions), tmp_path / "out"
    restore(audit, path, target)
    restore(audit, path, target, "--check")
    times = os.stat(target / "b")
    (target / "b").write_bytes(b"B" * 9)
    os.utime(target / "b", ns=(times.st_atime_ns, times.st_mtime_ns))
    (target / "c").unlink()
    result = restore(audit, path, target, "--check", status=2)
    assert "Error: b: the file has other bytes" in result.stderr
    assert "Error: c: there is no such file" in result.stderr
    assert (target / "b").read_bytes() == b"B" * 9
    restore(audit, path, target)
    assert files(target)["b"] == b"b" * 9


@pytest.mark.parametrize("text, line", [
    ("", None), ("key,version_id\n\"a,v\n", 2), ("key,version_id\na\n", 2),
    ("key,version_id\na,v\na,w\n", 3), ("a,v\n\"q\",v\n", 2), ("key,version_id\n,v\n", 2)])
def test_a_bad_manifest_restores_nothing(audit, client, tmp_path, text, line):
    put(client, "a", b"a")
    path, target = tmp_path / "bad.csv", tmp_path / "out"
    path.write_text(text)
    result = restore(audit, path, target, status=1)
    assert str(path) in result.stderr
    assert line is None or f"line {line}" in result.stderr
    assert not target.exists()


def test_what_failed_can_be_fed_back(audit, client, tmp_path):
    versions = {key: put(client, key, key.encode()) for key in ["a", "b"]}
    lost = dict(versions, gone="no-such-version")
    target, failed = tmp_path / "out", tmp_path / "failed.csv"
    restore(audit, manifest(tmp_path, lost), target, "--failed", failed, status=3)
    assert sorted(files(target)) == ["a", "b"]
    with failed.open() as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["gone"]
    restore(audit, failed, target, status=3)


def test_no_name_holds_a_torn_file_after_kills(audit, client, tmp_path):
    bytes_of = {f"d{n % 5}/f{n}": os.urandom(2_000 * (n % 9)) for n in range(150)}
    versions = {key: put(client, key, body) for key, body in bytes_of.items()}
    path, target = manifest(tmp_path, versions), tmp_path / "out"
    for moment in range(12):
        process = audit.start("restore", "-m", path, "-b", BUCKET, "-r", target)
        time.sleep(0.05 + moment * 0.03)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if target.exists():
            for name, body in files(target).items():
                assert ".s3audit-part-" in name or body == bytes_of[name]
    restore(audit, path, target)
    whole = {name: body for name, body in files(target).items() if ".s3audit-part-" not in name}
    assert whole == bytes_of


# A process counts the memory of the one that it was forked from: this one is small.
MEASURING = """
import resource, subprocess, sys
result = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
print(result.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(result.stdout)
"""


@pytest.mark.long
def test_memory_is_bounded_with_a_million_keys(audit, tmp_path):
    path, target = tmp_path / "manifest.csv", tmp_path / "out"
    target.mkdir()
    with path.open("w") as file:
        file.write("key,version_id\n")
        for number in range(1_000_000):
            file.write(f"data/{number // 1000:04d}/file-{number:07d}.bin,3sL4kqtJlcpX{number}\n")
    result = subprocess.run(
        [sys.executable, "-c", MEASURING, audit.binary, "restore", "--check", "-m", path, "-b",
         BUCKET, "-r", target, "--format", "tsv"],
        env=audit.variables(None), capture_output=True, text=True, check=True)
    (status, peak), *table = [line.split() for line in result.stdout.splitlines() if line]
    assert int(status) == 2 and ["different", "1000000"] in [row[:2] for row in table], table
    # Kilobytes on Linux, bytes on macOS.
    assert int(peak) * (1024 if sys.platform == "linux" else 1) < 150 * 10**6
