"""Copies of the index beside a writer, and its space given back to the disk."""

import os
import random
import resource
import signal
import sqlite3
import stat
import threading
import time
from contextlib import closing

import pytest

from support.index_checks import check_index
from support.limits import limited

SPECIFICATION = "bucket:dates:30000"


@pytest.fixture
def index(audit, simulator):
    simulator("--bucket", SPECIFICATION)
    audit.sync()
    return audit.index


@pytest.fixture
def backup(tmp_path):
    return tmp_path / "backups" / "index.bak"


def rows(path):
    """What an index holds: objects as they stand in it, and what cannot be listed anew."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [database.execute(f"SELECT * FROM {table}").fetchall()
                for table in ("objects", "buckets", "syncs", "changes")]


def test_a_backup_is_the_index(audit, index, backup):
    backup.parent.mkdir()
    result = audit.run("backup", backup)
    assert result.returncode == 0, result
    assert result.stdout.startswith("Backed up 1 bucket with 30,000 objects, as of 20"), result
    assert rows(backup) == rows(index)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    copy = audit.run("--index", backup, "query", "totals", "--format", "csv")
    assert copy.stdout == audit.run("query", "totals", "--format", "csv").stdout
    # It is an index like any other: a sync goes on with it, and writes nothing.
    synced = audit.synced("--index", str(backup))
    assert synced["bucket"]["added"] == synced["bucket"]["removed"] == 0


def test_a_backup_beside_a_writer_is_of_one_moment(audit, index, backup):
    """A writer that commits every few milliseconds must not make it begin anew, nor be in it by half."""
    backup.parent.mkdir()
    done = threading.Event()

    def write():
        with closing(sqlite3.connect(index, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE scratch_a (n)")
            database.execute("CREATE TABLE scratch_b (n)")
            number = 0
            while not done.wait(0.005):
                number += 1
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO scratch_a VALUES (?)", [number])
                database.execute("UPDATE bucket_usage SET small_objects = small_objects")
                database.execute("INSERT INTO scratch_b VALUES (?)", [number])
                database.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.2)
        for _ in range(3):
            result = audit.run("backup", backup, seconds=30)
            assert result.returncode == 0, result
            with closing(sqlite3.connect(backup)) as database:
                counts = database.execute(
                    "SELECT (SELECT max(n) FROM scratch_a), (SELECT max(n) FROM scratch_b)").fetchone()
            assert counts[0] == counts[1] > 0
    finally:
        done.set()
        writer.join()


def test_rotation_keeps_the_newest(audit, index, backup):
    backup.parent.mkdir()
    inodes = []
    for _ in range(5):
        assert audit.run("backup", backup, "--rotate", "3").returncode == 0
        inodes.insert(0, backup.stat().st_ino)
    names = sorted(path.name for path in backup.parent.iterdir())
    assert names == ["index.bak", "index.bak.1", "index.bak.2"]
    assert [(backup.parent / name).stat().st_ino for name in names] == inodes[:3]


def refused(audit, *words):
    result = audit.run("backup", *words)
    assert result.returncode == 1, result
    assert result.stderr.startswith("Error: ") and "Help: " in result.stderr, result
    return result.stderr


def test_what_must_not_be_written_is_refused(audit, index, backup, tmp_path):
    for suffix in ("", "-wal", "-shm", "-journal", ".lock"):
        assert "is the index itself" in refused(audit, f"{index}{suffix}")
    link, hard = tmp_path / "link", tmp_path / "hard"
    link.symlink_to(index)
    os.link(index, hard)
    before = rows(index)
    for name in (link, hard, f"{tmp_path}/./index.sqlite3"):
        assert "is the index itself" in refused(audit, name)
    assert "is a folder" in refused(audit, tmp_path)
    assert "there is no folder" in refused(audit, backup)
    letter = tmp_path / "letter.txt"
    letter.write_text("dear diary")
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE mine (n)")
    os.mkfifo(tmp_path / "pipe")
    for name in (letter, other, tmp_path / "pipe", "/dev/null"):
        assert "is no backup of an index" in refused(audit, name)
    assert letter.read_text() == "dear diary"
    # Neither are older backups, nor what a killed one left.
    backup.parent.mkdir()
    assert audit.run("backup", backup).returncode == 0
    for suffix in (".1", ".2", ".partial"):
        other = backup.parent / f"{backup.name}{suffix}"
        other.write_text("dear diary")
        assert "is no backup of an index" in refused(audit, backup, "--rotate", "3")
        assert other.read_text() == "dear diary"
        other.unlink()
    assert rows(index) == before
    assert audit.run("backup").returncode == 64
    assert audit.run("backup", "").returncode == 64
    assert audit.run("backup", tmp_path / "x", "--rotate", "0").returncode == 64


def test_a_damaged_index_is_named_with_the_way_out(audit, index, backup):
    backup.parent.mkdir()
    content = index.read_bytes()
    page = content.rindex(b"logs/") // 16384 * 16384
    index.write_bytes(content[:page] + b"\xff" * 5 + content[page + 5:])
    words = refused(audit, backup)
    assert f"{index} is damaged: " in words and "s3audit check --repair" in words and "***" not in words, words
    assert not list(backup.parent.iterdir())


def test_an_index_in_use_is_no_place_for_a_backup(audit, index, backup):
    backup.parent.mkdir()
    assert audit.run("backup", backup).returncode == 0
    with closing(sqlite3.connect(backup, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE scratch (n)")
        assert "in use" in refused(audit, backup)


def test_no_index_no_backup(audit, backup):
    backup.parent.mkdir()
    assert "there is no index" in refused(audit, backup)
    assert not list(backup.parent.iterdir())


def test_a_full_disk_leaves_the_old_backup(audit, index, backup):
    backup.parent.mkdir()
    assert audit.run("backup", backup).returncode == 0
    before = backup.read_bytes()
    result = audit.run("backup", backup, preexec_fn=limited(resource.RLIMIT_FSIZE, 1 << 20))
    assert result.returncode == 1, result
    assert backup.read_bytes() == before
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]


def test_kills_leave_the_old_backup_or_the_new_one(audit, index, backup):
    backup.parent.mkdir()
    assert audit.run("backup", backup, "--rotate", "2").returncode == 0
    expected = rows(index)
    chance = random.Random(7)
    for _ in range(15):
        process = audit.start("backup", backup, "--rotate", "2")
        time.sleep(chance.uniform(0.01, 0.25))
        process.kill()
        process.communicate()
        assert rows(backup) == expected
    assert audit.run("backup", backup, "--rotate", "2").returncode == 0
    assert sorted(path.name for path in backup.parent.iterdir()) == ["index.bak", "index.bak.1"]


def test_ctrl_c_leaves_no_trace(audit, index, backup):
    backup.parent.mkdir()
    process = audit.start("backup", backup)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    # Before it has come so far, the signal ends it as it ends every program.
    assert process.returncode in (0, 130, -signal.SIGINT), (output, errors)
    if process.returncode:
        assert not list(backup.parent.iterdir())


def test_vacuum_gives_space_back(audit, index):
    objects = audit.objects("bucket")
    with closing(sqlite3.connect(index, isolation_level=None)) as database:
        database.execute("CREATE TABLE scratch AS SELECT randomblob(1000) FROM objects")
        database.execute("DROP TABLE scratch")
    before = index.stat().st_size
    result = audit.run("vacuum")
    assert result.returncode == 0, result
    assert index.stat().st_size < before // 2
    assert " was " in result.stdout and " and is " in result.stdout
    assert audit.objects("bucket") == objects
    audit.check_index()
    assert [path.name for path in index.parent.glob("index*")] in (
        ["index.sqlite3", "index.sqlite3.lock"], ["index.sqlite3.lock", "index.sqlite3"])


def test_vacuum_waits_for_nobody_and_hurts_nobody(audit, index):
    objects = audit.objects("bucket")
    chance = random.Random(11)
    for _ in range(10):
        process = audit.start("vacuum")
        time.sleep(chance.uniform(0.01, 0.3))
        process.kill()
        process.communicate()
        check_index(index)
    assert audit.objects("bucket") == objects
    result = audit.run("vacuum", preexec_fn=limited(resource.RLIMIT_FSIZE, 2 << 20))
    assert result.returncode == 1, result
    assert audit.objects("bucket") == objects
    audit.check_index()
    missing = audit.run("--index", f"{index}.none", "vacuum")
    assert missing.returncode == 1 and "there is no index" in missing.stderr
