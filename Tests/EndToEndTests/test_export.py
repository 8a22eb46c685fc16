"""The views of an index as files for other engines: whole or not there, and told of by a manifest."""

import csv
import gzip
import hashlib
import io
import json
import os
import random
import resource
import signal
import sqlite3
import stat
import time
from contextlib import closing
from urllib.parse import unquote_to_bytes

import pytest

from support.audit import Audit
from support.limits import limited
from support.servers import Simulator

# A key that is no UTF-8, one that JSON escapes, and one that a spreadsheet would run.
ODD_KEYS = (b"caf\xe9/menu", b"a\"b\\c\n\x01", b"=cmd|' /C calc'!A0")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An index of two nights over three buckets, one of them empty, with keys that no server here sends."""
    audit = Audit(tmp_path_factory.mktemp("exported"))
    server = Simulator("--bucket", "logs:dates:3000", "--bucket", "media:hostile:1500:versioning=enabled",
                       "--bucket", "empty:flat:0")
    audit.use(server)
    audit.sync("--versions", "--uploads")
    server.night()
    audit.sync("--versions", "--uploads")
    server.stop()
    with closing(sqlite3.connect(audit.index)) as database, database:
        for key in ODD_KEYS:
            database.execute(
                "INSERT INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id)"
                " SELECT bucket_id, CAST(? AS TEXT), size, last_modified_ms, etag, storage_class_id"
                " FROM object LIMIT 1", [key])
        database.execute(
            "UPDATE bucket_usage SET objects = (SELECT count(*) FROM object WHERE object.bucket_id ="
            " bucket_usage.bucket_id AND object.storage_class_id = bucket_usage.storage_class_id)")
    return audit


def views(path):
    """Every view or table of a file by name, its rows as bytes and in an order of their own."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        names = [name.decode() for name, in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'view' OR type = 'table' AND NOT EXISTS"
            " (SELECT 1 FROM sqlite_schema WHERE type = 'view')")]
        return {name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


def columns(audit):
    with closing(sqlite3.connect(f"file:{audit.index}?mode=ro", uri=True)) as database:
        names = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
        return {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in names}


def export(audit, folder, *words, status=0, **options):
    result = audit.run("export", folder, *words, **options)
    assert result.returncode == status, result
    return result


def checked(folder):
    """The manifest, after every file was compared with what it says."""
    manifest = json.loads((folder / "manifest.json").read_text())
    named = {row["file"]: row for row in manifest["files"]}
    assert sorted(path.name for path in folder.iterdir()) == sorted([*named, "manifest.json", "SHA256SUMS"])
    for name, row in named.items():
        content = (folder / name).read_bytes()
        assert len(content) == row["bytes"] and hashlib.sha256(content).hexdigest() == row["sha256"], name
        assert f"{row['sha256']}  {name}\n" in (folder / "SHA256SUMS").read_text()
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    return manifest


def csv_rows(path):
    # Latin-1 keeps each byte.
    text = gzip.decompress(path.read_bytes()).decode("latin-1")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return header, rows


def jsonl_rows(path, names):
    rows = []
    for line in gzip.decompress(path.read_bytes()).split(b"\n")[:-1]:
        row = json.loads(line)
        values = []
        for name in names:
            value = row[name]
            if f"{name}_encoded" in row:
                value = unquote_to_bytes(row[f"{name}_encoded"])
            values.append(value.encode() if isinstance(value, str) else value)
        rows.append(tuple(values))
    return sorted(rows, key=repr)


def test_sqlite_holds_what_the_views_show(exported, tmp_path):
    said = export(exported, tmp_path / "out", "--format", "sqlite").stdout
    assert said.startswith("Exported ") and "1 file" in said
    assert views(tmp_path / "out/s3audit.sqlite3") == views(exported.index)
    manifest = checked(tmp_path / "out")
    assert manifest["state"] == "complete" and manifest["synced_at"] is not None
    assert {row["bucket"] for row in manifest["buckets"]} == {"logs", "media", "empty"}
    assert {row["view"]: row["rows"] for row in manifest["files"]} == {
        name: len(rows) for name, rows in views(exported.index).items()}


def test_csv_and_jsonl_hold_it_too(exported, tmp_path):
    expected, names = views(exported.index), columns(exported)
    export(exported, tmp_path / "csv", "--format", "csv.gz")
    export(exported, tmp_path / "jsonl", "--format", "jsonl.gz")
    for folder in ("csv", "jsonl"):
        counts = {row["view"]: row["rows"] for row in checked(tmp_path / folder)["files"]}
        assert counts == {name: len(rows) for name, rows in expected.items()}
    for name, rows in expected.items():
        header, found = csv_rows(tmp_path / f"csv/{name}.csv.gz")
        assert header == names[name]
        as_text = sorted(
            [["" if value is None else value.decode("latin-1") if isinstance(value, bytes) else str(value)
              for value in row] for row in rows])
        assert sorted(found) == as_text, name
        assert jsonl_rows(tmp_path / f"jsonl/{name}.jsonl.gz", names[name]) == rows, name


@pytest.mark.parametrize("form", ["csv.gz", "sqlite"])
def test_each_bucket_has_its_files(exported, tmp_path, form):
    export(exported, tmp_path / "out", "--format", form, "--by", "bucket")
    manifest = checked(tmp_path / "out")
    expected, names = views(exported.index), columns(exported)
    for bucket in ("logs", "media", "empty"):
        objects = [row for row in expected["objects"] if row[0] == bucket.encode()]
        if form == "sqlite":
            found = views(tmp_path / f"out/{bucket}.sqlite3")
            for name, rows in found.items():
                place = names[name].index("bucket")
                assert rows == [row for row in expected[name] if row[place] == bucket.encode()], name
        else:
            assert len(csv_rows(tmp_path / f"out/{bucket}.objects.csv.gz")[1]) == len(objects)
        assert [row["rows"] for row in manifest["files"]
                if row["view"] == "objects" and row["bucket"] == bucket] == [len(objects)]
    total = {}
    for row in manifest["files"]:
        total[row["view"]] = total.get(row["view"], 0) + row["rows"]
    assert {name: count for name, count in total.items() if count} == {
        name: len(rows) for name, rows in expected.items() if rows}


def test_odd_buckets_have_files_too(exported, audit, tmp_path):
    """One that is called as the file of what is no bucket's, and figures of one that was never listed."""
    audit.index.write_bytes(exported.index.read_bytes())
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET name = 's3audit' WHERE name = 'logs'")
        database.execute("UPDATE bucket SET name = '../a b' WHERE name = 'empty'")
    export(audit, tmp_path / "out", "--by", "bucket", "--format", "sqlite")
    files = {row["bucket"]: row["file"] for row in checked(tmp_path / "out")["files"]}
    assert files == {"s3audit": "s3audit~2.sqlite3", "../a b": "%2E.%2Fa%20b.sqlite3", "media": "media.sqlite3",
                     None: "s3audit.sqlite3"}
    assert "estimates" in views(tmp_path / "out/s3audit.sqlite3")


def test_rows_that_the_index_counts_and_does_not_have_are_an_error(exported, audit, tmp_path):
    audit.index.write_bytes(exported.index.read_bytes())
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("DELETE FROM object WHERE key = (SELECT max(key) FROM object)")
    for words in ([], ["--by", "bucket"], ["--format", "sqlite"]):
        said = export(audit, tmp_path / "out", *words, status=1).stderr
        assert "the index is damaged: objects" in said and "s3audit check" in said, said
        assert not list(tmp_path.glob("out*"))


def test_one_view_alone(exported, tmp_path):
    export(exported, tmp_path / "out", "--view", "objects", "--view", "buckets")
    assert {row["file"] for row in checked(tmp_path / "out")["files"]} == {"objects.csv.gz", "buckets.csv.gz"}


def test_what_is_not_complete_is_said(exported, audit, tmp_path):
    audit.index.write_bytes(exported.index.read_bytes())
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET state = 'denied', error = 'no' WHERE name = 'logs'")
    result = export(audit, tmp_path / "one")
    assert "Warning: " in result.stderr and "logs (denied" in result.stderr
    manifest = checked(tmp_path / "one")
    assert manifest["state"] == "partial"
    assert [row["error"] for row in manifest["buckets"] if row["bucket"] == "logs"] == ["no"]
    export(audit, tmp_path / "two", "--require-complete", status=3)
    checked(tmp_path / "two")


def test_what_is_there_is_left_alone(exported, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty").chmod(0o2775)
    export(exported, f"{tmp_path}/empty/", "--view", "syncs")
    checked(tmp_path / "empty")
    assert stat.S_IMODE((tmp_path / "empty").stat().st_mode) == 0o2775
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "letter").write_text("dear diary")
    file.write_text("mine")
    mine = tmp_path / "other.partial"
    mine.mkdir()
    (mine / "letter").write_text("dear diary")
    # What others call their files proves nothing.
    (mine / "manifest.json").write_text("{}")
    (tmp_path / "linked.partial").symlink_to(mine)
    mine.chmod(0o750)
    for path, words in ((full, "is not empty"), (tmp_path / "empty", "is not empty"), (file, "is no folder"),
                        (tmp_path / "none/out", "there is no folder"), (tmp_path / "other", "is not empty"),
                        (tmp_path / "linked", "is no folder")):
        said = export(exported, path, status=1).stderr
        assert said.startswith("Error: ") and words in said and "Help: " in said, said
    assert (full / "letter").read_text() == (mine / "letter").read_text() == "dear diary"
    assert file.read_text() == "mine" and stat.S_IMODE(mine.stat().st_mode) == 0o750
    for words in ([], [""], [tmp_path / "x", "--format", "parquet"], [tmp_path / "x", "--view", "object"],
                  [tmp_path / "x", "--by", "prefix"]):
        assert exported.run("export", *words).returncode == 64, words
    assert not (tmp_path / "x").exists()


def test_a_full_disk_leaves_nothing(exported, tmp_path):
    for form in ("csv.gz", "jsonl.gz", "sqlite"):
        said = export(exported, tmp_path / "out", "--format", form, status=1,
                      preexec_fn=limited(resource.RLIMIT_FSIZE, 40_000)).stderr
        assert said.startswith("Error: cannot write") and "on a disk with room" in said, said
        assert not list(tmp_path.iterdir())


def test_kills_leave_no_half_of_it(exported, tmp_path):
    chance = random.Random(3)
    target = tmp_path / "out"
    killed = 0
    for turn in range(12):
        process = exported.start("export", target, "--by", "bucket", "--format", ["csv.gz", "sqlite"][turn % 2])
        time.sleep(chance.uniform(0.02, 0.25))
        process.send_signal(signal.SIGINT if turn % 3 == 0 else signal.SIGKILL)
        process.communicate()
        if target.exists():
            checked(target)
            target.rename(tmp_path / f"done{turn}")
        else:
            killed += 1
            if process.returncode == 130:
                assert not (tmp_path / "out.partial").exists()
    assert killed > 0
    export(exported, target)
    checked(target)
    assert not (tmp_path / "out.partial").exists()


def test_two_at_once_do_not_mix(exported, tmp_path):
    """Whoever comes second is told so, whatever comes first."""
    both = [exported.start("export", tmp_path / "out") for _ in range(2)]
    results = [(process.communicate(), process.returncode) for process in both]
    assert 0 in [status for _, status in results]
    checked(tmp_path / "out")
    for (_, errors), status in results:
        if status:
            assert "another export is writing" in errors or "is not empty" in errors, errors
