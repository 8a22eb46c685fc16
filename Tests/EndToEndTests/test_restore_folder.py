"""`restore` into a folder: rehearsals, leftovers, hostile names, and others who are at work in it."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support import servers
from support.object_server import ObjectServer, refusal, write_manifest
from support.restoring import PART, Restoring, tree
from support.terminal import on_terminal


@pytest.fixture
def restoring(audit, tmp_path):
    server = ObjectServer()
    yield Restoring(audit, server, tmp_path)
    server.stop()


def actions(restoring, *more, status=0):
    result = restoring.run("--dry-run", *more, "--format", "json", status=status)
    return {row["key"]: (row["action"], row["bytes"]) for row in json.loads(result.stdout)}


def test_a_rehearsal_tells_all_and_does_nothing(restoring):
    restoring.want({"a": b"12345", "b": b"1", "d/": b"", "e/f": b"1"}, sizes=True)
    # Nobody is asked, so no credentials are needed.
    for name in servers.KEYS:
        del restoring.audit.environment[name]
    assert actions(restoring) == {
        "a": ("restore", 5), "b": ("restore", 1), "d/": ("folder", 0), "e/f": ("restore", 1)}
    assert not restoring.target.exists()
    restoring.audit.environment |= servers.KEYS
    restoring.run()
    (restoring.target / "a").write_text("other")
    (restoring.target / "e" / "f").write_text("2")
    (restoring.target / "extra").write_text("123")
    write_manifest(
        restoring.manifest, dict.fromkeys(["a", "b", "e/f", "../up"], "v"),
        {"a": 5, "b": 1, "e/f": 1, "../up": 9})
    digests = restoring.audit.index.with_name("index.sqlite3.restored")
    kept, files = digests.read_bytes(), restoring.files()
    before = len(restoring.server.requests)
    assert actions(restoring, "--delete", status=3) == {
        "a": ("compare", 5), "b": ("skip", 1), "e/f": ("compare", 1), "../up": ("refuse", 9)}
    assert actions(restoring, "--delete", "--ignore", "up|e/") == {
        "a": ("compare", 5), "b": ("skip", 1), "extra": ("delete", 3), "d/": ("delete", 0)}
    shown = restoring.run("-n", "--ignore", "up", "--delete")
    assert "compare 2 (6 B), skip 1 (1 B), delete 2 (3 B), ignore 1" in shown.stdout
    assert "version_id" not in shown.stdout.lower() or " b " not in shown.stdout
    assert restoring.files() == files and digests.read_bytes() == kept
    assert len(restoring.server.requests) == before


def test_removes_what_a_killed_run_left(restoring):
    restoring.want({f"d{n}/f{m}": os.urandom(300_000) for n in range(3) for m in range(4)})
    restoring.server.pace = 0.05
    process = restoring.start()
    while not restoring.target.exists() or len(restoring.leftovers()) < 3:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    restoring.server.pace = 0
    assert restoring.leftovers()
    # Somebody else may be writing there.
    theirs = restoring.target / "d0" / f"{PART}theirs"
    theirs.write_text("coming")
    with theirs.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        restoring.run()
    assert restoring.leftovers() == [f"d0/{PART}theirs"]
    theirs.unlink()
    restoring.assert_restored()


def test_one_restore_at_a_time(restoring):
    restoring.want({"a": os.urandom(500_000)})
    restoring.server.pace = 0.2
    process = restoring.start()
    while not restoring.target.exists() or not restoring.leftovers():
        time.sleep(0.01)
    result = restoring.run(status=1)
    assert "another restore into" in result.stderr and str(restoring.target) in result.stderr
    restoring.server.pace = 0
    process.communicate(timeout=60)
    assert process.returncode == 0
    restoring.assert_restored()


def test_ends_at_once_with_large_bodies_on_their_way(restoring):
    restoring.want({**{f"big{n}": os.urandom(40 << 20) for n in range(2)}, "small": b"1"}, sizes=True)
    restoring.server.pace = 0.05
    process = restoring.start()
    while not restoring.target.exists() or len(restoring.leftovers()) < 2:
        time.sleep(0.01)
    time.sleep(0.5)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130 and "Interrupted" in told
    assert time.monotonic() - start < 2
    assert not restoring.leftovers()
    restoring.server.pace = 0
    restoring.run()
    restoring.assert_restored()


HOSTILE = {
    "../up": None, "..": None, ".": None, "/abs": None, "a//b": None, "x/./y": None, "nul\0byte": None,
    "w" * 256: None, "dir/with-bytes/": None, "p": None, "p/q": b"pq", f"{PART}mine": None,
    f"d/{PART}x/y": None, "C:/x": b"drive", "\\\\srv\\x": b"server", "nul": b"device", "-rf": b"option",
    "\x1b[31mred\n": b"colour", "w" * 255: b"long", "é": b"nfc", "e\u0301": b"nfd", " ": b"space",
    "/".join("z" * 512): b"deep", "k\udcff\udcfe": b"no text", "~": b"home", "$HOME": b"home",
}


def test_hostile_keys(restoring, tmp_path):
    restoring.target = tmp_path / "deep" / "out"
    restoring.target.parent.mkdir()
    objects = {key: body if body is not None else b"hostile" for key, body in HOSTILE.items()}
    restoring.want(objects)
    result = restoring.run(status=3)
    assert restoring.files() == {key: body for key, body in HOSTILE.items() if body is not None}
    assert [path.name for path in restoring.target.parent.iterdir()] == ["out"]
    refused = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(refused) == sum(body is None for body in HOSTILE.values())
    assert "Error: nul\\x00byte:" in result.stderr and "\x1b" not in result.stderr
    # The way out stands there once.
    assert result.stderr.count("Help:") == 1
    asked = {request.key for request in restoring.server.requests}
    assert "../up" not in asked and "/abs" not in asked
    again = len(restoring.server.gets)
    restoring.run(status=3)
    # A folder that has bytes can be told by its object alone.
    assert len(restoring.server.gets) == again


class Swapping:
    """Puts links in the place of folders, and folders in the place of links, as fast as it can."""

    def __init__(self, target, outside, count):
        self.target, self.outside, self.count = target, outside, count
        self.is_stopped = threading.Event()
        self.swaps = 0
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_stopped.set()
        self.thread.join()

    def run(self):
        while not self.is_stopped.is_set():
            for number in range(self.count):
                folder, aside = self.target / f"d{number}", self.target / f"aside{number}"
                try:
                    folder.rename(aside)
                    folder.symlink_to(self.outside)
                    time.sleep(0.001)
                    folder.unlink()
                    aside.rename(folder)
                    self.swaps += 1
                except OSError:
                    time.sleep(0.001)


def test_links_that_are_swapped_in_lead_nowhere(restoring, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f1").write_text("theirs")
    restoring.want({f"d{n % 8}/f{n}": b"%d" % n for n in range(3_000)})
    restoring.target.mkdir()
    for number in range(8):
        (restoring.target / f"d{number}").mkdir()
    with Swapping(restoring.target, outside, 8) as swapping:
        for _ in range(2):
            result = restoring.audit.run(*restoring.words("--delete", "--yes", "--delete-foreign"))
            assert result.returncode in (0, 3), result.stderr
    assert swapping.swaps > 10
    assert tree(outside) == {"f1": b"theirs"}
    for path in restoring.target.iterdir():
        if path.is_symlink():
            path.unlink()
        elif path.name.startswith("aside"):
            if (restoring.target / path.name.replace("aside", "d")).exists():
                subprocess.run(["rm", "-r", path], check=True)
            else:
                path.rename(restoring.target / path.name.replace("aside", "d"))
    restoring.run("--delete", "--yes", "--delete-foreign")
    restoring.assert_restored()


def test_names_files_whose_folder_was_moved_away(restoring, tmp_path):
    restoring.want({"d/big": os.urandom(2_000_000), "e/small": b"1"})
    restoring.server.pace = 0.1
    process = restoring.start()
    while not (restoring.target / "d").exists() or not any(
            name.startswith("d/") for name in restoring.leftovers()):
        time.sleep(0.01)
    (restoring.target / "d").rename(tmp_path / "moved")
    restoring.server.pace = 0.02
    _, told = process.communicate(timeout=60)
    # It was fetched once more, into a folder that is there.
    assert process.returncode == 0, told
    restoring.assert_restored()
    assert [name for name in os.listdir(tmp_path / "moved") if PART not in name] == []


def test_names_a_folder_that_was_lost_after_its_files_had_their_names(restoring, tmp_path):
    restoring.want({"d/small": b"1", "e/big": os.urandom(1_000_000)})
    restoring.server.script = lambda request: time.sleep(0.5) if request.key == "e/big" else None
    process = restoring.start()
    while not (restoring.target / "d" / "small").exists():
        time.sleep(0.01)
    (restoring.target / "d").rename(tmp_path / "moved")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "Error: d/small: its folder was moved, replaced or removed" in told
    restoring.run()
    restoring.assert_restored()


@pytest.mark.parametrize("harm", ["garbage", "other version", "read-only folder"])
def test_restores_without_a_record_of_restores(restoring, tmp_path, harm):
    restoring.want({"a": b"1", "b": b"2"})
    restoring.run()
    digests = restoring.audit.index.with_name("index.sqlite3.restored")
    if harm == "garbage":
        digests.write_bytes(os.urandom(30_000))
    elif harm == "other version":
        from sqlite3 import connect
        with connect(digests) as database:
            database.execute("PRAGMA user_version = 99")
    else:
        restoring.audit.environment["S3AUDIT_INDEX"] = "/proc/index.sqlite3"
    result = restoring.run()
    assert "Warning: what this and earlier restores found right is not remembered" in result.stderr
    assert "Help:" in result.stderr
    restoring.assert_restored()
    assert restoring.counts()["read and right"] == 2


def test_a_second_pass_reads_no_file(restoring):
    restoring.want({f"d{n}/f": b"x" * n for n in range(30)})
    restoring.run()
    requests = len(restoring.server.requests)
    log = restoring.folder / "trace"
    traced = subprocess.run(
        ["strace", "-f", "-e", "trace=openat,open", "-o", log, restoring.audit.binary,
         *map(str, restoring.words())], env=restoring.audit.variables(None), capture_output=True)
    if traced.returncode != 0:
        pytest.skip(f"no strace here: {traced.stderr}")
    opened = [line for line in log.read_text().splitlines() if '"f"' in line]
    assert opened == []
    assert '"d7"' in log.read_text()
    assert len(restoring.server.requests) == requests


@pytest.mark.parametrize("headers, seconds", [
    ({"x_amz_meta_mtime": "1600000000.25"}, 1_600_000_000.25),
    ({"x_amz_meta_s3cmd_attrs": "atime:1/ctime:2/mtime:1500000000/uid:0"}, 1_500_000_000),
    ({"x_amz_meta_mtime": "yesterday"}, 1_795_136_523), ({}, 1_795_136_523)])
def test_the_time_that_was_written_beside_an_object(restoring, headers, seconds):
    restoring.want({"a": b"1"})
    restoring.server.put("a", b"1", **headers)
    restoring.run("--mtime", "metadata")
    assert (restoring.target / "a").stat().st_mtime == seconds
    # Without a record it is found by that time.
    restoring.audit.index.with_name("index.sqlite3.restored").unlink()
    assert restoring.counts("--mtime", "metadata")["read and right"] == 1
    (restoring.target / "a").unlink()
    restoring.run()
    assert (restoring.target / "a").stat().st_mtime == 1_795_136_523


@pytest.mark.parametrize("told, listed", [
    ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
    ("Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z")])
@pytest.mark.parametrize("is_listed", [False, True])
def test_times_that_no_file_can_have(restoring, told, listed, is_listed):
    restoring.want({"a": b"1"})
    if is_listed:
        restoring.manifest.write_text(f"key,version_id,last_modified\na,v,{listed}\n")
    else:
        restoring.server.put("a", b"1", Last_Modified=told)
    restoring.run()
    restoring.assert_restored()
    assert restoring.counts("--check")["right already"] == 1


def test_files_have_the_rights_that_their_user_gives(restoring):
    restoring.want({"a": b"", "d/b": b"1"})
    restoring.run(umask=0o027)
    assert (restoring.target / "a").stat().st_mode & 0o777 == 0o640
    assert (restoring.target / "d").stat().st_mode & 0o777 == 0o750


def test_one_folder_that_may_not_be_written_to(restoring, stranger):
    folder = stranger.folder / "mine"
    theirs = Restoring(stranger, restoring.server, folder)
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    theirs.want({"a": b"1", "shut/b": b"2", "c/d": b"3"})
    theirs.manifest.chmod(0o644)
    (theirs.target / "shut").mkdir(parents=True)
    theirs.target.chmod(0o777)
    (theirs.target / "shut").chmod(0o555)
    if os.geteuid() != 0:
        pytest.skip("only root can make another user's folder")
    stranger.index = folder / "index.sqlite3"
    result = theirs.run(status=3)
    assert "Error: shut/b: cannot make" in result.stderr and result.stderr.count("Error:") == 1
    assert sorted(theirs.files()) == ["a", "c/d"]


def test_a_full_disk_ends_it_and_it_goes_on(restoring, tmp_path):
    restoring.want({f"f{n}": os.urandom(200_000) for n in range(12)})
    restoring.target.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", restoring.target]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a file system")
    try:
        result = restoring.run(status=1)
        assert "No space left on device" in result.stderr and "Help:" in result.stderr
        assert not restoring.leftovers()
        for name, body in restoring.files().items():
            assert body == restoring.wanted[name]
        subprocess.run(["mount", "-o", "remount,size=16m", restoring.target], check=True)
        restoring.run()
        restoring.assert_restored()
    finally:
        subprocess.run(["umount", restoring.target], check=True)


def test_shows_how_it_goes(restoring):
    restoring.want({f"f{n}": os.urandom(300_000) for n in range(8)}, sizes=True)
    restoring.server.pace = 0.2
    status, shown = on_terminal(restoring.audit, *restoring.words("-c", "2"), columns=120)
    assert status == 0
    assert "/8 files" in shown and "of 2.3 MiB" in shown and "ETA" in shown
    restoring.assert_restored()
    assert "files" not in on_terminal(restoring.audit, *restoring.words("--quiet"))[1]


def mount_folding(place, folder):
    """Mounts a file system on `place` where names are one that differ in case; says how to unmount it."""
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(32 << 20)
    made = subprocess.run(
        ["mkfs.ext4", "-q", "-O", "casefold", "-E", "encoding=utf8", image], capture_output=True)
    if made.returncode == 0 and subprocess.run(
            ["mount", "-o", "loop", image, place], capture_output=True).returncode == 0:
        (place / "out").mkdir()
        subprocess.run(["chattr", "+F", place / "out"], check=True)
        return ["umount", place]
    rclone = Path(sys.executable).with_name("rclone")
    if not shutil.which("fusermount3") or not rclone.exists():
        pytest.skip("no file system that folds names can be mounted here")
    (folder / "behind").mkdir()
    mounted = subprocess.run([
        rclone, "mount", folder / "behind", place, "--vfs-case-insensitive", "--vfs-cache-mode",
        "writes", "--daemon", "--cache-dir", folder / "cache"], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system that folds names can be mounted here: {mounted.stderr}")
    (place / "out").mkdir()
    return ["fusermount3", "-u", place]


@pytest.fixture
def folding(restoring, tmp_path):
    """A folder where names that differ in case are one."""
    place = tmp_path / "mounted"
    place.mkdir()
    unmount = mount_folding(place, tmp_path)
    restoring.target = place / "out"
    yield restoring
    subprocess.run(unmount, check=True)


def test_names_that_a_file_system_folds(folding):
    folding.want({"A": b"upper", "a": b"lower", "D/x": b"1", "d/y": b"2", "D/Z": b"3", "d/z": b"4"})
    result = folding.run(status=3)
    for key, first in [("a", "A"), ("d/z", "D/Z")]:
        assert f"Error: {key}: not restored: this file system takes it for the same name as {first}" in (
            result.stderr)
    assert sorted(folding.files().values()) == [b"1", b"2", b"3", b"upper"]
    folding.want({"A": b"upper", "D/x": b"1", "d/y": b"2"})
    folding.run("--delete", "--yes")
    assert sorted(folding.files().values()) == [b"1", b"2", b"upper"]
    folding.run("--check")
