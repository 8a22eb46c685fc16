"""States at a moment: manifests and restored folders against the history that made the bucket, and against
rclone."""

import csv
import datetime
import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from support import servers
from support.bucket_history import BucketHistory, written
from support.holdings import held

BUCKET = "photos"
KEYS = [f"d{n % 3}/k{n}" for n in range(12)] + [
    "top", "é ü", "a,b", "q\"uote", "back\\slash", "=1+1", "100%", "plus+", "d1/with space/x"]


@pytest.fixture
def history(moto):
    return BucketHistory(moto, BUCKET, KEYS, 300, seed=11)


def manifest(audit, *arguments, status=0, env=None):
    """The rows of a manifest with a header."""
    result = audit.run("manifest", "create", *arguments, env=env)
    assert result.returncode == status, result
    return list(csv.DictReader(io.StringIO(result.stdout, newline=""))), result.stderr


def versions(rows):
    found = {row["key"]: row["version_id"] for row in rows}
    assert len(found) == len(rows)
    return found


def files(target):
    return {
        str(path.relative_to(target)): path.read_bytes()
        for path in target.rglob("*") if path.is_file()}


def test_manifests_name_what_was_there(audit, history):
    audit.sync("--versions")
    for time in history.moments(12):
        expected = {key: version for key, (version, _) in history.state(time).items()}
        for more in ([], ["--live"]):
            rows, errors = manifest(audit, f"s3://{BUCKET}", "--as-of", written(time), *more)
            assert versions(rows) == expected
            assert [row["key"] for row in rows] == sorted(expected, key=str.encode)
            assert ("nothing that was asked for existed" in errors) == (not expected)
    now = {key: version for key, (version, _) in history.state(history.end).items()}
    for more in ([], ["--live"], ["--live", "--as-of", "now"], ["--as-of", "now"]):
        assert versions(manifest(audit, BUCKET, *more)[0]) == now


def test_folders_get_what_was_there(audit, history, tmp_path):
    target = tmp_path / "out"
    for number, time in enumerate(history.moments(3)):
        state = {key: body for key, (_, body) in history.state(time).items()}
        target = tmp_path / f"out{number}"
        result = audit.run("restore", "--as-of", written(time), f"s3://{BUCKET}", target)
        assert result.returncode == 0, result
        assert files(target) == state
        below = tmp_path / f"below{number}"
        result = audit.run("restore", "--as-of", written(time), f"s3://{BUCKET}/d1/", "-r", below)
        assert result.returncode == 0, result
        assert files(below) == {
            key[3:]: body for key, body in state.items() if key.startswith("d1/")}
        whole = tmp_path / f"whole{number}"
        audit.run("restore", "--as-of", written(time), f"s3://{BUCKET}/d1/k", whole, "--keep-prefix")
        assert files(whole) == {key: body for key, body in state.items() if key.startswith("d1/k")}


def test_a_second_pass_of_a_moment_fetches_nothing(audit, history, tmp_path):
    arguments = ["restore", "--as-of", "now", f"s3://{BUCKET}/d1/", tmp_path / "out"]
    assert audit.run(*arguments).returncode == 0
    result = audit.run(*arguments)
    assert result.returncode == 0 and "right already" in result.stdout
    assert "restored" not in result.stdout


def test_what_failed_is_named_with_its_bucket(audit, history, tmp_path):
    failed = tmp_path / "failed.csv"
    key = min(key for key in history.state(history.end) if key.startswith("d1/"))
    (tmp_path / "out" / key[3:]).mkdir(parents=True)
    result = audit.run("restore", "--as-of", "now", f"s3://{BUCKET}/d1/", tmp_path / "out",
                       "--failed", failed)
    assert result.returncode == 3
    rows = list(csv.DictReader(failed.open()))
    assert [(row["bucket"], row["key"]) for row in rows] == [(BUCKET, key)]


def test_rclone_agrees(audit, history, tmp_path):
    rclone = Path(sys.executable).with_name("rclone")
    for number, time in enumerate(history.moments(2)):
        theirs, ours = tmp_path / f"theirs{number}", tmp_path / f"ours{number}"
        remote = (f":s3,provider=Other,endpoint='{history.moto.endpoint}',access_key_id=testkey,"
                  f"secret_access_key=testsecret,version_at='{written(time)}':{BUCKET}/d0")
        theirs.mkdir()
        subprocess.run([rclone, "copy", "--retries", "1", remote, theirs], check=True,
                       env={**os.environ, "RCLONE_CONFIG": os.devnull}, capture_output=True)
        result = audit.run("restore", "--as-of", written(time), f"s3://{BUCKET}/d0/", ours)
        assert result.returncode == 0, result
        assert files(ours) == files(theirs)


@pytest.mark.parametrize("dialect", ["aws", "rgw"])
def test_simulated_histories(audit, simulator, dialect):
    server = simulator(
        "--bucket", "dated:dates:900", "--bucket", "off:uuid:300:versioning=suspended",
        "--versioning", "enabled", "--versions-per-key", "1-6", "--delete-markers", "15",
        "--only-markers", "5", "--deep-key", "dated/logs/deep:700", "--max-keys", "100",
        "--version-markers", dialect)
    audit.sync("--versions")
    chance = random.Random(3)
    for bucket in ["dated", "off"]:
        entries = held(server, bucket)[0]
        times = sorted({entry[3] for entry in entries})
        for time in [times[0], times[-1]] + chance.sample(times, min(8, len(times))):
            expected, doubtful, seen = {}, set(), set()
            for key, version, _, modified, size, etag, storage in entries:
                if key in seen:
                    continue
                if moment(modified) > moment(time):
                    if version == "null":
                        doubtful.add(key)
                    continue
                seen.add(key)
                if size is not None:
                    expected[key] = (version, str(size), etag, modified, storage)
            for more in ([], ["--live"]):
                rows, errors = manifest(
                    audit, f"s3://{bucket}", "--as-of", time, "--format", "full", *more)
                assert {
                    row["key"]: (row["version_id"], row["size"], row["etag"], row["last_modified"],
                                 row["storage_class"]) for row in rows} == expected
                assert {row["bucket"] for row in rows} <= {bucket}
                many = f"{len(doubtful):,} key" + "s" * (len(doubtful) != 1)
                told = f"Warning: {many} got a version without an id after"
                assert (told in errors) == bool(doubtful)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_filters_choose_among_what_was_there(audit, history):
    audit.sync("--versions")
    time = history.moments(1)[-1]
    state = history.state(time)
    expected = {key: version for key, (version, body) in state.items()
                if len(body) >= 100 and key.startswith("d") and "k1" not in key}
    for more in ([], ["--live"]):
        rows, _ = manifest(
            audit, f"s3://{BUCKET}/d", "--as-of", written(time), "--min-size", "100",
            "--exclude", "k1$", "--exclude", "k1[0-9]", "--key", "d*", *more)
        assert versions(rows) == expected


@pytest.mark.parametrize("text, example", [
    ("11-20-2026", "2026-11-20"), ("20/11/2026", "2026-11-20"), ("", "2026-11-20"),
    ("2026-11-20T12:00:00", "2026-11-20T12:00:00Z"), ("2d", "'2d ago'"), ("soon", "2026-11-20")])
@pytest.mark.parametrize("command", [
    ["manifest", "create", "--live"], ["manifest", "create"], ["restore", "-r", "out"]])
def test_moments_that_are_none(audit, command, text, example):
    result = audit.run(*command, f"s3://{BUCKET}", "--as-of", text)
    assert result.returncode == 64
    assert f"--as-of {example}" in result.stderr


def test_the_future_is_counted_by_the_servers_clock(audit, simulator, tmp_path):
    now = datetime.datetime.now(datetime.timezone.utc)
    ahead = written(now + datetime.timedelta(hours=2))
    simulator("--bucket", "logs:flat:5", "--clock-offset", "10800")
    # Three hours ahead, that is past.
    assert manifest(audit, "logs", "--live", "--as-of", ahead)[0] is not None
    assert len(manifest(audit, "logs", "--live", "--as-of", "0s ago")[0]) == 5
    result = audit.run("manifest", "create", "logs", "--live", "--as-of",
                       written(now + datetime.timedelta(hours=4)))
    assert result.returncode == 64 and "the server's clock" in result.stderr
    result = audit.run(
        "restore", "--as-of", written(now + datetime.timedelta(hours=4)), "s3://logs", tmp_path / "o")
    assert result.returncode == 64 and not (tmp_path / "o").exists()
    audit.sync("--versions")
    result = audit.run("manifest", "create", "logs", "--as-of", ahead)
    assert result.returncode == 64 and "this machine's clock" in result.stderr


def test_the_index_gives_no_old_answer(audit, history):
    time = written(history.moments(1)[-1])
    result = audit.run("manifest", "create", BUCKET, "--as-of", time)
    assert result.returncode == 1 and "s3audit sync" in result.stderr
    audit.sync()
    result = audit.run("manifest", "create", BUCKET, "--as-of", time)
    assert result.returncode == 1 and "were never listed" in result.stderr
    assert "sync --versions" in result.stderr and "--live" in result.stderr
    # The ids of the objects of now are not known either.
    rows, errors = manifest(audit, BUCKET, status=3)
    current = history.state(history.end)
    assert rows == [] and f"version id of {len(current)} objects is not known" in errors
    audit.sync("--versions")
    manifest(audit, BUCKET, "--as-of", time)
    result = audit.run("manifest", "create", BUCKET, "--as-of", "0s ago")
    assert result.returncode == 1 and "is later" in result.stderr
    # A listing without versions leaves what it replaced without a trace.
    history.client.put_object(Bucket=BUCKET, Key="top", Body=b"new")
    audit.sync("--no-versions")
    result = audit.run("manifest", "create", BUCKET, "--as-of", time)
    assert result.returncode == 1 and "without their versions" in result.stderr
    assert result.stdout == ""
    rows, errors = manifest(audit, BUCKET, status=3)
    assert "top" in errors and "top" not in versions(rows)


def test_a_bucket_that_never_had_versions(audit, moto, tmp_path):
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    for key in ["a", "b"]:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    early = "2020-01-01T00:00:00Z"
    audit.sync("--versions")
    for more in ([], ["--live"]):
        assert versions(manifest(audit, BUCKET, *more)[0]) == {"a": "null", "b": "null"}
        rows, errors = manifest(audit, BUCKET, "--as-of", early, *more)
        assert rows == [] and "2 keys got a version without an id" in errors
        assert "\n  a\n  b\n" in errors
    result = audit.run("restore", "--as-of", "now", f"s3://{BUCKET}", tmp_path / "out")
    assert result.returncode == 0 and files(tmp_path / "out") == {"a": b"a", "b": b"b"}
    result = audit.run("restore", "--as-of", early, f"s3://{BUCKET}", tmp_path / "early")
    assert result.returncode == 0 and "nothing that was asked for existed" in result.stderr
    assert files(tmp_path / "early") == {}


def test_lifecycle_rules_are_told(audit, history):
    history.client.put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration={"Rules": [{
            "ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "d1/"},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}]})
    audit.sync("--versions")
    old = written(history.start - datetime.timedelta(days=40))
    for more in ([], ["--live"]):
        _, errors = manifest(audit, BUCKET, "--as-of", old, *more)
        assert "lifecycle rule 'tidy'" in errors and "30 days" in errors
        _, errors = manifest(audit, f"s3://{BUCKET}/d2/", "--as-of", old, *more)
        assert "lifecycle" not in errors
        _, errors = manifest(audit, BUCKET, "--as-of", written(history.end), *more)
        assert "lifecycle" not in errors


def test_a_server_without_versions(audit, rclone, tmp_path):
    (rclone.folder / "b" / "d").mkdir(parents=True)
    (rclone.folder / "b" / "d" / "x").write_bytes(b"x" * 9)
    assert versions(manifest(audit, "s3://b", "--live")[0]) == {"d/x": "null"}
    result = audit.run("manifest", "create", "s3://b", "--live", "--as-of", "2d ago")
    assert result.returncode == 1 and "keeps no versions" in result.stderr
    result = audit.run("restore", "--as-of", "now", "s3://b/d/", tmp_path / "out")
    assert result.returncode == 0, result
    assert files(tmp_path / "out") == {"x": b"x" * 9}


def test_a_listing_that_is_refused_restores_nothing(audit, simulator, tmp_path):
    simulator("--bucket", "logs:flat:3000:denied")
    for command in (["manifest", "create", "--live", "s3://logs"],
                    ["restore", "--as-of", "now", "s3://logs", tmp_path / "out"]):
        result = audit.run(*command)
        assert result.returncode == 3 and "Error: cannot list the versions of s3://logs" in result.stderr
        assert result.stdout == "" and not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments, words", [
    (["-m", "m.csv", "--as-of", "now", "-b", "b", "-r", "o"], "both say which versions"),
    (["--as-of", "now"], "restore' needs the bucket"),
    (["--as-of", "now", "s3://b"], "restore' needs a folder or a bucket"),
    (["s3://b", "o"], "restore' needs to know which versions"), (["-m", "m.csv", "-r", "o"], "needs the bucket"),
    (["--as-of", "now", "s3://b", "o", "-r", "p"], "named twice"),
    (["--as-of", "now", "s3://b", "-b", "c", "o"], "Two buckets"),
    (["--as-of", "now", "s3://b-*", "o"], "pattern"),
    (["-m", "m.csv", "-b", "b", "o", "p"], "Unexpected argument 'p'"),
    (["-m", "m.csv", "-b", "b", "o", "--keep-prefix"], "--keep-prefix"),
    (["--as-of", "now", "s3://b", "o", "--manifest-quote", "rfc"], "about a manifest"),
    (["--as-of", "2d", "s3://b", "o"], "--as-of '2d ago'"),
    *[(["-m", "m.csv", "-b", "b", "s3://c", *words], f"{words[0]}' is only for folders")
      for words in (["--fsync", "batch"], ["--mtime", "object"], ["--delete", "--delete-foreign"][::-1])],
    *[(["-m", "m.csv", "-b", "b", "o", *words], f"{words[0]}' is only for buckets")
      for words in (["--storage-class", "STANDARD"], ["--no-tags"], ["--copy-part-size", "5MiB"],
                    ["--allow-permanent"])]])
def test_command_lines_that_leave_it_open(audit, arguments, words):
    result = audit.run("restore", *arguments)
    assert result.returncode == 64 and words in result.stderr


def test_an_index_needs_no_connection(audit):
    result = audit.run("manifest", "create", "s3://b", "--region", "eu-west-1")
    assert result.returncode == 64 and "--live" in result.stderr
