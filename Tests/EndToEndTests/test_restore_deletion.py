"""`restore --delete`: what is not wanted goes, and nothing else, from nowhere else."""

import fcntl
import os
import pty
import subprocess

import pytest

from support.object_server import ObjectServer, refusal
from support.restoring import PART, Restoring, tree


@pytest.fixture
def restoring(audit, tmp_path):
    server = ObjectServer()
    yield Restoring(audit, server, tmp_path)
    server.stop()


WANTED = {f"d{n % 3}/f{n}": b"%d" % n for n in range(9)}


def test_removes_files_links_and_empty_folders(restoring, tmp_path):
    restoring.want(WANTED)
    restoring.run()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    target = restoring.target
    (target / "extra").write_text("12345")
    (target / "d1" / "extra").write_text("")
    (target / "empty" / "deep").mkdir(parents=True)
    (target / "linked").symlink_to(outside)
    (target / "d2" / "dangling").symlink_to("nowhere")
    os.mkfifo(target / "d0" / "pipe")
    result = restoring.run("--delete")
    assert "Deleting from" in result.stderr and "4 files (5 B) and 2 folders" in result.stderr
    assert (target / "d0" / "pipe").is_fifo()
    restoring.assert_restored()
    assert tree(outside) == {"kept": b"kept"}
    assert not (target / "empty").exists()
    # Nothing is left to say.
    assert "Deleting" not in restoring.run("--delete").stderr


def test_counts_what_went(restoring):
    restoring.want(WANTED)
    restoring.run()
    (restoring.target / "extra").write_text("12345")
    counts = restoring.counts("--delete")
    assert counts["deleted"] == 1 and counts["right already"] == 9
    # Rows for programs stand there whatever happened.
    assert counts["folders deleted"] == counts["failed"] == counts["archived"] == 0


def test_keeps_folders_that_keys_name(restoring):
    restoring.want({"a": b"1", "kept/": b"", "kept/too/": b""})
    restoring.run()
    (restoring.target / "gone").mkdir()
    restoring.run("--delete")
    assert sorted(path.name for path in restoring.target.rglob("*")) == ["a", "kept", "too"]


@pytest.mark.parametrize("fault", ["NoSuchVersion", "InvalidObjectState", "AccessDenied"])
def test_deletes_nothing_where_a_key_is_not_there(restoring, fault):
    restoring.want(WANTED)
    restoring.run()
    (restoring.target / "extra").write_text("1")
    restoring.want({**WANTED, "new": b"new"})
    restoring.server.script = lambda request: (
        refusal(fault, 404 if fault[0] == "N" else 403) if request.key == "new" else None)
    result = restoring.run("--delete", status=3)
    assert "nothing was deleted, because some keys are not there" in result.stderr
    assert result.stderr.count("Error: new:") == 1
    assert (restoring.target / "extra").exists()


def test_deletes_nothing_after_a_refused_key(restoring):
    restoring.want(WANTED)
    restoring.run()
    (restoring.target / "extra").write_text("1")
    restoring.want({**WANTED, "../up": b"new"})
    assert "nothing was deleted" in restoring.run("--delete", status=3).stderr
    assert (restoring.target / "extra").exists()


def test_asks_before_it_takes_over_a_folder_of_others(restoring):
    restoring.want(WANTED)
    restoring.target.mkdir()
    (restoring.target / "mine").write_text("mine")
    restoring.run()
    result = restoring.run("--delete", status=3)
    assert "no restore made this folder" in result.stderr and "--delete-foreign" in result.stderr
    assert (restoring.target / "mine").exists()
    restoring.run("--delete", "--delete-foreign")
    restoring.assert_restored()
    # From now on it is a folder of restores.
    (restoring.target / "extra").write_text("1")
    restoring.run("--delete")
    restoring.assert_restored()


def test_knows_a_folder_whose_first_restore_failed(restoring):
    restoring.want(WANTED)
    restoring.server.script = lambda request: refusal("AccessDenied", 403)
    restoring.run(status=3)
    restoring.server.script = lambda request: None
    (restoring.target / "extra").write_text("1")
    restoring.run("--delete")
    restoring.assert_restored()


def test_does_not_take_a_new_folder_for_one_that_is_gone(restoring):
    restoring.want(WANTED)
    restoring.run()
    # As often as not, the next folder gets the inode of the last.
    for path in sorted(restoring.target.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    restoring.target.rmdir()
    restoring.target.mkdir()
    (restoring.target / "mine").write_text("mine")
    restoring.run("--delete", status=3)
    assert (restoring.target / "mine").exists()


def test_a_script_has_to_agree_where_most_goes(restoring):
    restoring.want({"a": b"1"})
    restoring.run()
    for name in "bc":
        (restoring.target / name).write_text(name)
    result = restoring.run("--delete", status=3)
    assert "--yes" in result.stderr and "1 file" in result.stderr
    assert len(restoring.files()) == 3
    restoring.run("--delete", "--yes")
    restoring.assert_restored()


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_a_person_is_asked_where_most_goes(restoring, answer):
    restoring.want({"a": b"1"})
    restoring.run()
    for name in "bc":
        (restoring.target / name).write_text(name)
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [restoring.audit.binary, *map(str, restoring.words("--delete"))],
        env=restoring.audit.variables(None), stdin=terminal, stderr=terminal, stdout=subprocess.PIPE)
    os.close(terminal)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(controller, 4_096)
    os.write(controller, answer.encode() + b"\n")
    process.communicate(timeout=60)
    os.close(controller)
    assert process.returncode == (0 if answer == "y" else 3)
    assert len(restoring.files()) == (1 if answer == "y" else 3)


def test_never_removes_its_own_files(restoring):
    restoring.want(WANTED)
    restoring.run()
    restoring.audit.environment["S3AUDIT_INDEX"] = str(restoring.target / "own" / "index.sqlite3")
    (restoring.target / "own").mkdir()
    restoring.manifest.rename(restoring.target / "manifest.csv")
    restoring.manifest = restoring.target / "manifest.csv"
    (restoring.target / "extra").write_text("1")
    for _ in range(2):
        restoring.run("--delete", "--delete-foreign")
        assert restoring.manifest.exists() and not (restoring.target / "extra").exists()
        assert (restoring.target / "own" / "index.sqlite3.restored").exists()


def test_stays_on_its_own_disk(restoring):
    restoring.want(WANTED)
    restoring.run()
    mounted = restoring.target / "mounted"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", mounted], capture_output=True).returncode:
        pytest.skip("only root can mount a file system")
    try:
        (mounted / "theirs").write_text("theirs")
        restoring.run("--delete")
        assert (mounted / "theirs").read_text() == "theirs"
    finally:
        subprocess.run(["umount", mounted], check=True)


def test_leaves_alone_what_is_mounted_from_the_same_disk(restoring, tmp_path):
    """Linux mounts folders and files of one file system below one another, and no device tells them."""
    restoring.want(WANTED)
    restoring.run()
    theirs = tmp_path / "theirs"
    (theirs / "deep").mkdir(parents=True)
    (theirs / "deep" / "file").write_text("theirs")
    (restoring.target / "folder").mkdir()
    (restoring.target / "file").write_text("below the mount")
    (restoring.target / "surplus").write_text("not wanted")
    mounts = [(theirs, restoring.target / "folder"),
              (theirs / "deep" / "file", restoring.target / "file")]
    mounted = []
    try:
        for source, target in mounts:
            if subprocess.run(["mount", "--bind", source, target], capture_output=True).returncode:
                pytest.skip("only root can mount, and on Linux alone")
            mounted.append(target)
        restoring.run("--delete", "--yes")
        assert (theirs / "deep" / "file").read_text() == "theirs"
        assert not (restoring.target / "surplus").exists()
    finally:
        for target in mounted:
            subprocess.run(["umount", target], check=True)


def test_removes_what_a_killed_run_left_where_no_key_goes_any_more(restoring):
    restoring.want({"gone/deep/a": b"1", "b": b"2", "c": b"3"})
    restoring.run()
    left = restoring.target / "gone" / "deep" / f"{PART}left"
    left.write_text("torn")
    ignored = restoring.target / "kept" / f"{PART}left"
    ignored.parent.mkdir()
    ignored.write_text("torn")
    restoring.want({"b": b"2", "c": b"3"})
    counts = restoring.counts("--delete", "--ignore", "^kept/")
    assert counts["deleted"] == 1 and not (restoring.target / "gone").exists()
    assert ignored.exists()
    # Nothing else is surplus, and nobody has to agree to anything.
    counts = restoring.counts("--delete")
    assert counts["deleted"] == 0 and not ignored.exists()
    with (restoring.target / f"{PART}theirs").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        restoring.run("--delete")
        assert restoring.leftovers() == [f"{PART}theirs"]


def test_makes_room_for_what_is_wanted(restoring):
    """A file where a folder is wanted, and the other way round, are not wanted themselves."""
    restoring.want({"a": b"file", "b/c": b"deep", "d": b"1", "e": b"2", "f": b"3"})
    restoring.run()
    restoring.want({"a/x": b"deep", "b": b"file", "d": b"1", "e": b"2", "f": b"3"})
    assert "is in the way" in restoring.run(status=3).stderr
    restoring.run("--delete")
    restoring.assert_restored()


def test_says_why_what_is_in_the_way_stayed(restoring):
    restoring.want({"a/b": b"1", "c": b"2"})
    restoring.run()
    restoring.want({"a": b"1", "c": b"2", "d//e": b"3"})
    result = restoring.run("--delete", status=3)
    assert "Error: nothing was deleted" in result.stderr and "another disk" not in result.stderr
    assert "as nothing was deleted, it is still there" in result.stderr


def test_leaves_alone_what_is_ignored(restoring):
    restoring.want({"a": b"1", "logs/1": b"2", "b": b"3"})
    restoring.target.mkdir()
    counts = restoring.counts("--ignore", "^logs/")
    assert counts["ignored"] == 1 and counts["restored"] == 2
    assert sorted(restoring.files()) == ["a", "b"]
    for name in ["logs/old", "tmp.bak", "gone"]:
        (restoring.target / name).parent.mkdir(exist_ok=True)
        (restoring.target / name).write_text("x")
    (restoring.target / "logs" / "1").write_text("other")
    restoring.run("--delete", "--yes", "--ignore", "^logs/", "--ignore", r"\.bak$")
    assert sorted(restoring.files()) == ["a", "b", "logs/1", "logs/old", "tmp.bak"]
    assert (restoring.target / "logs" / "1").read_text() == "other"


def test_ignoring_everything_deletes_nothing(restoring):
    restoring.want(WANTED)
    restoring.run()
    (restoring.target / "extra").write_text("x")
    restoring.run("--delete", "--yes", "--ignore", "^d", status=3)
    assert len(restoring.files()) == 10


@pytest.mark.parametrize("options", [
    ["--check", "--delete"], ["--yes"], ["--delete-foreign"], ["--ignore", "("], ["--check", "-n"]])
def test_what_means_nothing_together_is_refused(restoring, options):
    restoring.want(WANTED)
    result = restoring.run(*options, status=64)
    assert options[0] in result.stderr
    assert not restoring.target.exists()
