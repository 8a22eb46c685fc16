"""`restore` of archived versions: named and left out, or brought back once, paid once, and restored later."""

import csv
import json

import pytest

from support.fake_archive import FakeArchive, Version, days_and_speed
from support.servers import Simulator
from support.terminal import on_terminal

BUCKET = "photos"


def bucket():
    """Versions of every kind: (key, id) to version."""
    return {
        ("plain", "1"): Version(b"plain"),
        ("instant", "1"): Version(b"instant", "GLACIER_IR"),
        ("glacier", "1"): Version(b"old glacier", "GLACIER"),
        ("glacier", "2"): Version(b"new", "STANDARD"),
        ("deep\n", "1"): Version(b"deep", "DEEP_ARCHIVE"),
        ("hot", "1"): Version(b"hot", "INTELLIGENT_TIERING"),
        ("cold", "1"): Version(b"cold", "INTELLIGENT_TIERING", "ARCHIVE_ACCESS"),
    }


ARCHIVED = {("glacier", "1"), ("deep\n", "1"), ("cold", "1")}


@pytest.fixture
def archive(audit):
    server = FakeArchive(bucket())
    audit.use(server)
    yield server
    server.stop()


def manifest(folder, versions, classes=True):
    """A full manifest, or keys and ids alone."""
    path = folder / "manifest.csv"
    columns = ["key", "version_id"] + (["size", "storage_class"] if classes else [])
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns)
        for (key, version_id), version in versions.items():
            rows.writerow([key, version_id, len(version.body), version.storage_class][:len(columns)])
    return path


def wanted(archive):
    return {name: version for name, version in archive.versions.items() if name != ("glacier", "2")}


def restore(audit, path, target, *more, status=0):
    result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target, *more)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def files(target):
    return {path.name: path.read_bytes() for path in target.iterdir()} if target.exists() else {}


def outcomes(result):
    return {row["outcome"]: row["keys"] for row in json.loads(result.stdout)}


@pytest.mark.parametrize("classes", [True, False])
def test_archived_ones_are_named_and_the_rest_is_restored(audit, archive, tmp_path, classes):
    target, failed = tmp_path / "out", tmp_path / "failed.csv"
    path = manifest(tmp_path, wanted(archive), classes)
    result = restore(audit, path, target, "--failed", failed, "--format", "json", status=3)
    assert files(target) == {"plain": b"plain", "instant": b"instant", "hot": b"hot"}
    for key, place in (
            ("glacier", "GLACIER"), ("deep\\n", "DEEP_ARCHIVE"), ("cold", "INTELLIGENT_TIERING ARCHIVE_ACCESS")):
        line = f"Error: {key}: not restored: it is archived in {place}\n"
        assert result.stderr.count(line) == 1, result.stderr
    helps = [line for line in result.stderr.splitlines() if line.startswith("Help:")]
    assert len(helps) == 1 and "--thaw bulk" in helps[0] and "3 versions" in helps[0]
    assert outcomes(result)["archived"] == 3
    assert archive.count("POST") == 0 and not archive.begun
    with failed.open(newline="") as file:
        assert {row["key"] for row in csv.DictReader(file)} == {"glacier", "deep\n", "cold"}


@pytest.mark.parametrize("classes", [True, False])
def test_from_asking_to_having_them_all(audit, archive, tmp_path, classes):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive), classes)
    command = (path, target, "--thaw", "bulk", "--days", "3", "--yes", "--format", "json")
    result = restore(audit, *command, status=3)
    assert archive.begun == {name: 1 for name in ARCHIVED}
    said = {name[0]: days_and_speed(archive.versions[name].begun[0]) for name in ARCHIVED}
    # What comes back from a tier is no copy that would have days.
    assert said == {"glacier": (3, "Bulk"), "deep\n": (3, "Bulk"), "cold": (None, "Bulk")}
    assert outcomes(result)["asked to come back"] == 3
    assert "within 48 hours: run the same command again" in result.stderr
    assert files(target) == {"plain": b"plain", "instant": b"instant", "hot": b"hot"}

    # Too early: nothing is asked for, or fetched, a second time.
    gets = archive.count("GET")
    result = restore(audit, *command, status=3)
    assert archive.begun == {name: 1 for name in ARCHIVED} and archive.count("GET") == gets
    assert outcomes(result)["on the way back"] == 3
    assert "within 48 hours" in result.stderr

    archive.finish()
    result = restore(audit, *command)
    assert archive.begun == {name: 1 for name in ARCHIVED}
    assert files(target) == {name[0]: version.body for name, version in wanted(archive).items()}
    assert "Help:" not in result.stderr
    assert outcomes(result)["back from an archive"] == 2
    requests = len(archive.requests)
    restore(audit, *command)
    assert len(archive.requests) == requests


def test_what_is_back_is_restored_without_the_option(audit, archive, tmp_path):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    archive.versions["glacier", "1"].thaw = "ready"
    result = restore(audit, path, target, status=3)
    assert files(target)["glacier"] == b"old glacier"
    assert "can be read until 2026-12-31T00:00:00Z" in result.stdout


def test_a_dry_run_shows_the_plan_and_does_nothing(audit, archive, tmp_path):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    archive.versions["deep\n", "1"].thaw = "under way"
    result = restore(audit, path, target, "--thaw", "standard", "--dry-run", "--format", "json")
    rows = {row["archive"]: row for row in json.loads(result.stdout)}
    assert rows["GLACIER"]["state"] == "to bring back" and rows["GLACIER"]["bytes"] == 11
    assert rows["GLACIER"]["readable"] == "3 to 5 hours"
    # Nobody knows the prices of this server: they are not 0.
    assert rows["GLACIER"]["retrieval_usd"] is None and rows["GLACIER"]["storage_usd"] is None
    assert rows["INTELLIGENT_TIERING ARCHIVE_ACCESS"]["retrieval_usd"] == 0
    # How long it stays in the frequent tier is not known.
    assert rows["INTELLIGENT_TIERING ARCHIVE_ACCESS"]["storage_usd"] is None
    assert rows["DEEP_ARCHIVE"]["state"] == "under way"
    assert not target.exists() and archive.count("POST") == archive.count("GET") == 0
    text = restore(audit, path, target, "--thaw", "standard", "--dry-run").stdout
    assert "not known: requests, retrieval, storage (this server's prices are not known)" in text


def test_without_a_terminal_it_has_to_be_agreed_to(audit, archive, tmp_path):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    result = restore(audit, path, target, "--thaw", "bulk", status=1)
    assert "no terminal to ask on" in result.stderr and "--yes" in result.stderr
    assert archive.count("POST") == archive.count("GET") == 0 and not target.exists()


@pytest.mark.parametrize("answer, begins", [("y\n", True), ("\n", False), ("no\n", False)])
def test_on_a_terminal_it_asks(audit, archive, tmp_path, answer, begins):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    status, shown = on_terminal(
        audit, "restore", "-m", path, "-b", BUCKET, "-r", target, "--thaw", "bulk",
        answers={"[y/N]": answer})
    assert "5 to 12 hours" in shown and "Bring 3 versions back by bulk?" in shown
    assert (status, bool(archive.begun)) == ((3, True) if begins else (1, False)), shown
    assert target.exists() == begins


def test_deep_archives_have_nothing_expedited(audit, archive, tmp_path):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    result = restore(audit, path, target, "--thaw", "expedited", "--yes", status=3)
    assert set(archive.begun) == {("glacier", "1"), ("cold", "1")}
    assert "Error: deep\\n: not restored: nothing comes back by expedited" in result.stderr
    assert "--thaw standard" in result.stderr


def test_refusals_stop_no_other(audit, archive, tmp_path):
    target, path = tmp_path / "out", manifest(tmp_path, wanted(archive))
    archive.versions["glacier", "1"].refusal = (503, "GlacierExpeditedRetrievalNotAvailable")
    archive.versions["cold", "1"].refusal = (403, "AccessDenied")
    result = restore(audit, path, target, "--thaw", "standard", "--yes", status=3)
    assert set(archive.begun) == {("deep\n", "1")}
    assert "Error: glacier: not restored: the service has no room" in result.stderr
    assert "Error: cold: not restored: cannot bring back" in result.stderr
    assert files(target)["plain"] == b"plain"


def test_many_are_asked_about_by_listings(audit, tmp_path):
    versions = {
        (f"k{number:05}", "1"): Version(b"x", "GLACIER", thaw="ready" if number % 2 else None)
        for number in range(3_000)}
    server = FakeArchive(versions)
    audit.use(server)
    target, path = tmp_path / "out", manifest(tmp_path, versions, classes=False)
    restore(audit, path, target, "--thaw", "bulk", "--yes", status=3)
    assert server.count("HEAD") <= 1_000
    assert len(server.begun) == 1_500 and set(server.begun.values()) == {1}
    assert len(files(target)) == 1_500
    server.finish()
    restore(audit, path, target, "--thaw", "bulk", "--yes")
    assert len(server.begun) == 1_500 and set(server.begun.values()) == {1}
    assert len(files(target)) == 3_000
    server.stop()


def test_a_null_that_is_there_is_not_brought_back_again(audit, archive, tmp_path):
    """Without its ETag nobody can tell whether it was overwritten: it is compared, and not paid for."""
    archive.versions = {("old", "null"): Version(b"bytes", "GLACIER", thaw="ready")}
    target, path = tmp_path / "out", manifest(tmp_path, archive.versions)
    restore(audit, path, target, "--thaw", "bulk", "--yes")
    # The days of the copy are over.
    archive.versions["old", "null"].thaw = None
    restore(audit, path, target, "--thaw", "bulk", "--yes")
    assert not archive.begun and files(target) == {"old": b"bytes"}


@pytest.mark.parametrize("options", [
    ("--days", "3"), ("--thaw", "slow"), ("--thaw", "bulk", "--days", "0"), ("--thaw", "bulk", "--check")])
def test_options_that_make_no_sense_are_refused(audit, archive, tmp_path, options):
    path = manifest(tmp_path, wanted(archive))
    restore(audit, path, tmp_path / "out", *options, status=64)
    assert not archive.requests


def test_a_bucket_of_everything_comes_back_in_the_end(audit, tmp_path):
    simulator = Simulator(
        "--bucket", "bucket:dates:600", "--versioning", "enabled", "--versions-per-key", "1-3", "--contents",
        "--sizes", "1-4k", "--archived-tiering", "50", "--thaw-looks", "3")
    try:
        audit.use(simulator)
        oldest = {}
        for page in simulator.client().get_paginator("list_object_versions").paginate(Bucket="bucket"):
            oldest |= {version["Key"]: version for version in page.get("Versions", [])}
        path, target = tmp_path / "manifest.csv", tmp_path / "out"
        with path.open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["key", "version_id"])
            rows.writerows([key, version["VersionId"]] for key, version in oldest.items())
        command = ("restore", "-m", path, "-b", "bucket", "-r", target, "--thaw", "standard", "--yes")
        assert audit.run(*command).returncode == 3
        begun = simulator.requests()["requests"]["RestoreObject"]
        restored = len([path for path in target.rglob("*") if path.is_file()])
        assert begun > 50 and begun + restored == len(oldest)
        statuses = [audit.run(*command).returncode]
        while statuses[-1] == 3 and len(statuses) < 6:
            statuses.append(audit.run(*command).returncode)
        # For a while it is on its way, and then all of it is there.
        assert statuses[0] == 3 and statuses[-1] == 0
        sizes = {str(path.relative_to(target)): path.stat().st_size for path in target.rglob("*") if path.is_file()}
        assert sizes == {key: version["Size"] for key, version in oldest.items()}
        assert simulator.requests()["requests"]["RestoreObject"] == begun
    finally:
        simulator.stop()


def test_tiers_that_no_listing_shows_come_back_for_a_bucket(audit, tmp_path):
    """A whole manifest tells the class, and not the tier: a copy would be refused for ever."""
    simulator = Simulator(
        "--bucket", f"{BUCKET}:dates:40:class=INTELLIGENT_TIERING", "--bucket", "restored:flat:0", "--versioning",
        "enabled", "--contents", "--sizes", "1-4k", "--archived-tiering", "50")
    try:
        audit.use(simulator)
        client, path = simulator.client(), tmp_path / "manifest.csv"
        rows = client.list_object_versions(Bucket=BUCKET)["Versions"]
        with path.open("w", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(["key", "version_id", "size", "etag", "storage_class"])
            lines.writerows(
                [row["Key"], row["VersionId"], row["Size"], row["ETag"].strip('"'), row["StorageClass"]]
                for row in rows)
        heads = [client.head_object(Bucket=BUCKET, Key=row["Key"], VersionId=row["VersionId"]) for row in rows]
        archived = len([head for head in heads if "ArchiveStatus" in head])
        assert 5 < archived < 35
        command = ("restore", "-m", path, "-b", BUCKET, "s3://restored", "--thaw", "bulk")
        plan = json.loads(audit.run(*command, "--dry-run", "--format", "json").stdout)
        assert sum(row["versions"] for row in plan) == archived
        actions = audit.run(*command[:-2], "--dry-run", "--format", "json")
        assert actions.returncode == 3
        assert [row["action"] for row in json.loads(actions.stdout)].count("archived") == archived
        assert audit.run(*command, "--yes").returncode == 3
        assert audit.run(*command, "--yes").returncode == 0
        assert simulator.requests()["requests"]["RestoreObject"] == archived
        assert simulator.counts("restored")["objects"] == len(rows)
    finally:
        simulator.stop()


def test_moto_brings_a_current_version_back(audit, moto, tmp_path):
    """A server that nobody here wrote: it stays under way for one HEAD."""
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(
        Bucket=BUCKET, Key="old", Body=b"bytes", StorageClass="GLACIER")["VersionId"]
    keys = {"model_name": "s3::keyrestore"}
    slow = {**keys, "transition": {"progression": "manual", "times": 2}}
    moto.post("/moto-api/state-manager/set-transition", json.dumps(slow).encode())
    try:
        path = manifest(tmp_path, {("old", version): Version(b"bytes", "GLACIER")})
        target = tmp_path / "out"
        command = (path, target, "--thaw", "standard", "--yes")
        restore(audit, *command, status=3)
        for _ in range(5):
            if not files(target):
                result = audit.run("restore", "-m", path, "-b", BUCKET, "-r", target, *command[2:])
        assert result.returncode == 0 and files(target) == {"old": b"bytes"}
    finally:
        moto.post("/moto-api/state-manager/unset-transition", json.dumps(keys).encode())
