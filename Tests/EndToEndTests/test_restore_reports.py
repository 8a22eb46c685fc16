"""What a restore leaves for people and programs beside the files: the closing table, and `--failed`."""

import csv
import json
import os

import pytest

from support.object_server import ObjectServer, refusal, write_manifest
from support.restoring import Restoring


@pytest.fixture
def restoring(audit, tmp_path):
    server = ObjectServer()
    yield Restoring(audit, server, tmp_path)
    server.stop()


@pytest.mark.parametrize("place", ["missing/failed.csv", "."])
def test_a_list_of_failures_that_cannot_be_written_is_noticed_before_anything_is_fetched(
        restoring, place):
    restoring.want({"a": b"1"})
    result = restoring.run("--failed", restoring.folder / place, status=1)
    assert "cannot write" in result.stderr and str(restoring.folder / place) in result.stderr
    assert not restoring.target.exists()
    # A rehearsal writes nothing, so there is nothing to try.
    restoring.run("--failed", restoring.folder / place, "--dry-run")


def test_a_list_of_failures_is_replaced_when_it_is_whole(restoring):
    restoring.want({"a": b"1"})
    write_manifest(restoring.manifest, {"a": "v", "gone": "w"})
    failed = restoring.folder / "failed.csv"
    failed.write_text("key,version_id\nold,x\n")
    other = restoring.folder / "other.csv"
    os.link(failed, other)
    restoring.run("--failed", failed, status=3)
    # Who had the old one open still reads all of it.
    assert other.read_text() == "key,version_id\nold,x\n"
    for _ in range(2):
        with failed.open() as file:
            assert [row["key"] for row in csv.DictReader(file)] == ["gone"]
        # Fed back, it may be the list of the next failures, too.
        restoring.manifest = failed
        restoring.run("--failed", failed, status=3)
    assert {path.name for path in restoring.folder.glob("*failed*")} == {"failed.csv"}


def test_quiet_leaves_the_table_to_programs_alone(restoring):
    restoring.want({"a": b"1"})
    assert restoring.run("-q").stdout == ""
    rows = json.loads(restoring.run("-q", "--format", "json").stdout)
    assert {row["outcome"]: row["keys"] for row in rows}["right already"] == 1


def test_a_password_that_is_refused_for_every_key_is_not_told_for_every_key(restoring):
    restoring.want({f"k{number:03}": b"1" for number in range(250)})
    restoring.server.script = lambda *_: refusal("InvalidAccessKeyId", 403)
    failed = restoring.folder / "failed.csv"
    result = restoring.run("--failed", failed, status=3)
    told = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == 101
    assert told[-1] == f"Error: 150 more keys failed like these; {failed} names all of them"
    with failed.open() as file:
        assert len(list(csv.DictReader(file))) == 250
    assert "'--failed FILE' names all of them" in restoring.run(status=3).stderr


def test_keys_that_are_refused_are_all_named(restoring):
    restoring.want({f"a//{number:03}": b"1" for number in range(250)})
    told = restoring.run(status=3).stderr.splitlines()
    assert sum(line.startswith("Error: a//") for line in told) == 250


@pytest.mark.parametrize("place", ["failed.csv", "sub/failed.csv"])
def test_a_list_of_failures_takes_no_restored_file_s_place(restoring, place):
    restoring.want({"failed.csv": b"mine", "sub/failed.csv": b"mine too"})
    restoring.run()
    path = restoring.target / place
    result = restoring.run("--failed", path, status=1)
    assert "is where the key" in result.stderr and str(path) in result.stderr
    restoring.assert_restored()
    restoring.run("--failed", restoring.target / "sub" / "other.csv")


def test_a_folder_without_a_name_is_a_mistake(restoring):
    restoring.want({"a": b"1"})
    restoring.target = ""
    assert "name a folder" in restoring.run(status=64).stderr
