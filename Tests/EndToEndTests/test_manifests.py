"""`manifest create` and `manifest diff`: what is written is what others read, and bad ones are named."""

import contextlib
import csv
import io
import json
import os
import sqlite3
import subprocess
import threading
import urllib.parse

import pytest

BUCKET = "photos"
KEYS = [
    "plain", "a,b", "q\"uote", "\"q\"", "back\\slash", "\\both,\\", "line\nend", "cr\rhere", " lead",
    "trail ", "=1+1", "+x", "@y", "-z", "100%", "a%20b", "a+b", "é ü", "日本", "d/e f", "'", "key"]


@pytest.fixture
def client(moto):
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def versions(client):
    """{key: version id}; raw control characters are no XML on moto."""
    keys = [key for key in KEYS if "\n" not in key and "\r" not in key]
    return {key: client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())["VersionId"]
            for key in keys}


def create(audit, *arguments, status=0):
    process = subprocess.run(
        [audit.binary, "manifest", "create", *map(str, arguments)], env=audit.variables({}),
        capture_output=True, timeout=60)
    assert process.returncode == status, process
    return process


def by_key(versions):
    return sorted(versions.items(), key=lambda pair: pair[0].encode())


def test_every_format_is_exact(audit, versions):
    audit.sync("--versions")
    for more in ([], ["--live"]):
        def text(*options):
            return create(audit, f"s3://{BUCKET}", *options, *more).stdout.decode()
        plain = list(csv.reader(io.StringIO(text(), newline="")))
        assert plain[0] == ["key", "version_id"]
        assert [tuple(row) for row in plain[1:]] == by_key(versions)
        assert text("--format", "csv") == text("--format", "plain") == text()
        assert text("--no-header") == text().split("\n", 1)[1]
        # What S3-Version-Utilities writes: Python's csv with a backslash for a quote.
        legacy = io.StringIO(newline="")
        csv.writer(legacy, quotechar="\\").writerows(by_key(versions))
        assert text("--format", "legacy") == legacy.getvalue()
        batch = [
            f"{BUCKET},{urllib.parse.quote(key, safe='/~')},{version}\n"
            for key, version in by_key(versions)]
        assert text("--format", "batch") == "".join(batch)
        full = list(csv.DictReader(io.StringIO(text("--format", "full"), newline="")))
        assert [(row["bucket"], row["key"], row["version_id"], row["size"]) for row in full] == [
            (BUCKET, key, version, str(len(key.encode()))) for key, version in by_key(versions)]
        assert all(row["storage_class"] == "STANDARD" and len(row["etag"]) == 32 and
                   row["last_modified"].endswith("Z") for row in full)
    errors = create(audit, BUCKET, "--format", "batch").stderr.decode()
    assert "Bucket,Key,VersionId" in errors


@pytest.mark.parametrize("more", [
    ["--format", "plain"], ["--format", "plain", "--no-header"], ["--format", "full"],
    ["--format", "full", "--no-header"], ["--format", "batch"], ["--format", "legacy"]])
def test_what_is_written_is_restored(audit, versions, tmp_path, more):
    path, target = tmp_path / "m.csv", tmp_path / "out"
    create(audit, f"s3://{BUCKET}", "--live", "-o", path, *more)
    assert os.listdir(tmp_path).count("m.csv") == 1
    quote = ["--manifest-quote", "backslash" if "legacy" in more else "rfc"]
    result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target, *quote)
    assert result.returncode == 0, result
    assert {str(file.relative_to(target)): file.read_bytes()
            for file in target.rglob("*") if file.is_file()} == {
                key: key.encode() for key in versions}
    # By itself it is read rightly or not at all.
    result = audit.run("restore", "--check", "-m", path, "-b", BUCKET, "-r", target)
    assert result.returncode == 0 or (
        result.returncode == 1 and "--manifest-quote" in result.stderr), result


def test_keys_that_are_no_text(audit, simulator):
    simulator("--bucket", "odd:hostile:400", "--versioning", "enabled", "--versions-per-key", "1-3")
    audit.sync("--versions")
    stored = [(key, version) for key, version in audit.sql(
        "SELECT CAST(key AS BLOB), version_id FROM versions WHERE is_latest AND NOT is_delete_marker "
        "ORDER BY key")]
    for more in ([], ["--live"]):
        rows = csv.reader(io.StringIO(
            create(audit, "odd", *more).stdout.decode("latin-1"), newline=""))
        assert [(key.encode("latin-1"), version) for key, version in list(rows)[1:]] == stored
        lines = create(audit, "odd", "--format", "batch", *more).stdout.decode().splitlines()
        assert [urllib.parse.unquote_to_bytes(line.split(",")[1]) for line in lines] == [
            key for key, _ in stored]


def test_a_file_is_replaced_when_it_is_whole(audit, versions, tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("old")
    path.chmod(0o640)
    result = audit.run("manifest", "create", "s3://no-such-bucket", "--live", "-o", path)
    assert result.returncode != 0 and path.read_text() == "old"
    create(audit, BUCKET, "--live", "-o", path)
    assert path.read_text().startswith("key,version_id\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [name for name in os.listdir(tmp_path) if name.startswith("m.csv")] == ["m.csv"]
    assert create(audit, BUCKET, "--live", "-o", "-").stdout == path.read_bytes()


def test_a_reader_that_goes_away_is_no_error(audit, simulator):
    simulator("--bucket", "big:flat:60000")
    audit.sync("--versions")
    for more in ([], ["--live"]):
        process = audit.start("manifest", "create", "big", *more)
        assert process.stdout.readline() == "key,version_id\n"
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_formats_without_a_bucket_are_of_one_bucket(audit, simulator):
    simulator("--bucket", "one:flat:3", "--bucket", "two:flat:3")
    audit.sync("--versions")
    for format in ["plain", "legacy"]:
        result = audit.run("manifest", "create", "--format", format)
        assert result.returncode == 64 and "--format full" in result.stderr
    rows = csv.DictReader(io.StringIO(audit.run("manifest", "create", "--format", "full").stdout))
    assert [row["bucket"] for row in rows] == ["one"] * 3 + ["two"] * 3
    assert audit.run("manifest", "create", "--live").returncode == 64
    assert audit.run("manifest", "create", "one", "two", "--live").returncode == 64
    assert audit.run("--format", "json", "manifest", "create", "one").returncode == 64
    assert audit.run("manifest", "create", "one", "--format", "json").returncode == 64


def test_a_bucket_that_is_not_whole_is_told(audit, simulator):
    simulator("--bucket", "logs:flat:2000", "--max-keys", "100", "--versioning", "enabled")
    audit.sync("--versions")
    # The rows stay what they were; the state says that a later crawl was cut off.
    with contextlib.closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET state = 'partial'")
    result = audit.run("manifest", "create", "logs")
    assert result.returncode == 3 and "not complete" in result.stderr
    assert result.stdout.count("\n") == 2001


@pytest.fixture
def two(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("key,version_id\nsame,1\ngone,1\nother,1\n\"a,b\",1\n")
    other.write_bytes(b"\\a,b\\,1\r\nnew,1\r\nother,2\r\nsame,1\r\n")
    return one, other


def test_diff(audit, two):
    result = audit.run("manifest", "diff", *two, "--format", "json")
    assert result.returncode == 2
    assert json.loads(result.stdout) == [
        {"change": "removed", "key": "gone", "old_version_id": "1", "new_version_id": None},
        {"change": "added", "key": "new", "old_version_id": None, "new_version_id": "1"},
        {"change": "changed", "key": "other", "old_version_id": "1", "new_version_id": "2"}]
    assert result.stderr == "1 added, 1 removed, 1 with another version\n"
    result = audit.run("manifest", "diff", two[0], two[0], "-q")
    assert result.returncode == 0 and result.stderr == ""
    for format in ["table", "csv", "tsv", "markdown", "jsonl"]:
        assert audit.run("manifest", "diff", *two, "--format", format).stdout.count("gone") == 1
    with two[0].open() as file:
        result = audit.run("manifest", "diff", "-", two[1], stdin=file)
    assert result.returncode == 2
    assert audit.run("manifest", "diff", "-", "-").returncode == 64
    result = audit.run("manifest", "diff", two[0], two[0].parent / "none.csv")
    assert result.returncode == 1 and "none.csv" in result.stderr


def test_diff_counts_buckets_where_both_name_them(audit, tmp_path):
    one, other, plain = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    one.write_text("bucket,key,version_id\np,k,1\n")
    other.write_text("q,k,1\n")
    plain.write_text("key,version_id\nk,1\n")
    assert audit.run("manifest", "diff", one, other).returncode == 2
    assert audit.run("manifest", "diff", one, plain).returncode == 0


BAD = {
    "no such file": None, "empty": b"", "blank": b"\n\n", "header alone": b"key,version_id\n",
    "utf-16": "key,version_id\na,v\n".encode("utf-16"),
    "utf-16 without a mark": "key,version_id\na,v\n".encode("utf-16-le"),
    "big-endian": "key,version_id\na,v\n".encode("utf-16-be"),
    "open quote": b"key,version_id\n\"a,v\n", "three columns": b"key,version_id\na,v,w\n",
    "one column": b"a\n", "four": b"a,b,c,d\n", "zero byte": b"key,version_id\na,v\0\n",
    "carriage returns": b"key,version_id\ra,v\r", "two versions": b"a,v\na,w\n",
    "ambiguous": b"a,v\n\"q\",v\n", "garbage": bytes(range(256)) * 9,
    "unknown column": b"key,version_id,colour\na,v,red\n", "other bucket": b"other,a,v\n",
    "long line": b"key,version_id\na," + b"x" * 3_000_000}


@pytest.mark.parametrize("name", BAD)
def test_bad_manifests_restore_nothing(audit, versions, tmp_path, name):
    path, target = tmp_path / "bad.csv", tmp_path / "out"
    if BAD[name] is not None:
        path.write_bytes(BAD[name])
    result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target)
    assert result.returncode == 1, result
    assert f"Error: {path}" in result.stderr
    assert not target.exists()
    if name == "ambiguous":
        assert "--manifest-quote" in result.stderr


def test_manifests_that_come_once(audit, versions, tmp_path):
    text = create(audit, BUCKET, "--live", "--format", "legacy").stdout
    result = audit.run("restore", "-m", tmp_path, "-b", BUCKET, "-r", tmp_path / "o")
    assert result.returncode == 1 and "directory" in result.stderr
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[text])
    writer.start()
    result = audit.run("restore", "-m", pipe, "-b", BUCKET, "-r", tmp_path / "piped",
                       "--manifest-quote", "backslash")
    writer.join()
    assert result.returncode == 0, result
    process = subprocess.run(
        [audit.binary, "restore", "-m", "-", "-b", BUCKET, "-r", str(tmp_path / "piped"), "--check",
         "--manifest-quote", "backslash"],
        env=audit.variables({}), input=text, capture_output=True, timeout=60)
    assert process.returncode == 0, process
    process = subprocess.run(
        [audit.binary, "restore", "-m", "-", "-b", BUCKET, "-r", str(tmp_path / "none")],
        env=audit.variables({}), input=b"\"a,v\n", capture_output=True, timeout=60)
    assert process.returncode == 1 and b"Error: standard input, line 1" in process.stderr
