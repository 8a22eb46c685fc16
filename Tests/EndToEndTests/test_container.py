"""The container: built from what scripts/image gathers, and run as the README says."""

import re
import shlex
import subprocess
import urllib.request

import pytest

from support.containers import ROOT, Image, end
from support.ports import free_port
from support.servers import KEYS, Moto

README = (ROOT / "README.md").read_text()
USER = 65_532
TOKEN = "0123456789abcdef-token"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    made = Image(tmp_path_factory.mktemp("containers"))
    yield made
    made.remove()


@pytest.fixture
def volume(tmp_path):
    folder = tmp_path / "volume"
    folder.mkdir()
    subprocess.run(["chown", f"{USER}:{USER}", folder], check=True)
    return folder


@pytest.fixture
def account(moto):
    """The environment of a container that reaches moto."""
    moto.load("logs", [("2026/a", 5), ("b", 7)])
    return {**KEYS, "AWS_ENDPOINT_URL": moto.endpoint, "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true"}


def test_it_syncs_and_serves_as_nobody_from_a_volume(image, volume, account):
    synced = image.run("sync", volume=volume, env=account)
    assert synced.returncode == 0 and "2 objects" in synced.stdout, synced
    index = volume / "index.sqlite3"
    status = index.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (USER, USER, 0o600)
    totals = image.run("query", "totals", "--format", "tsv", volume=volume)
    assert totals.stdout.splitlines()[1].startswith("2\t12\t"), totals
    # What sorts uses files without names, which need a folder.
    sorted_rows = image.run("query", "duplicates", volume=volume)
    assert sorted_rows.returncode == 0, sorted_rows

    port = free_port()
    serving = image.start(
        "serve", "--listen", f"0.0.0.0:{port}", volume=volume, env={"S3AUDIT_TOKEN": TOKEN})
    assert serving.stdout.readline().startswith("Serving http://"), serving.communicate()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/totals?fmt=tsv", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.read().decode() == totals.stdout
    assert TOKEN not in end(serving)
    assert serving.returncode == 0


def test_the_image_is_of_nobody_and_keeps_the_index_apart(image, volume):
    assert image.config["User"] == f"{USER}:{USER}"
    assert list(image.config["Volumes"]) == ["/var/lib/s3audit"]
    shown = image.run(volume=volume)
    assert shown.returncode == 0 and "USAGE: s3audit" in shown.stdout, shown
    # No shell: what gets in has nothing to work with.
    assert subprocess.run(
        image.command("run", "--isolation", "chroot", image.container, "--", "/bin/sh", "-c", "true"),
        capture_output=True).returncode != 0
    assert image.run("sync", volume=volume, env={"S3AUDIT_INDEX": "/usr/index.sqlite3", **KEYS}).returncode == 1


def test_authorities_are_known_and_one_that_is_not_is_refused(image, volume, account, certificate):
    server = Moto(certificate=certificate)
    try:
        refused = image.run("sync", volume=volume, env=account | {"AWS_ENDPOINT_URL": server.endpoint})
    finally:
        server.stop()
    assert refused.returncode == 1 and "certificate" in refused.stderr, refused
    # That is what it says where there is no file of authorities at all.
    assert "setting certificate" not in refused.stderr


def documented():
    """What the README has docker run in the container."""
    lines = re.findall(r"^\$ (?:docker|podman) run (.*)$", README.replace("\\\n", " "), re.MULTILINE)
    return [shlex.split(line.partition("  #")[0]) for line in lines]


def test_documented_lines_name_the_volume_and_parse(image, volume):
    lines = documented()
    assert {words[words.index("s3audit", words.index("-v") + 2) + 1] for words in lines} >= {"sync", "serve"}
    for words in lines:
        assert "s3audit:/var/lib/s3audit" in words, words
        arguments = words[words.index("s3audit", words.index("-v") + 2) + 1:]
        assert image.run(*arguments, "--help", volume=volume).returncode == 0, words


def test_a_folder_that_is_there_and_a_program_that_is_not_are_refused(tmp_path):
    for arguments, words in (
            (["--binary", "/bin/true", tmp_path], "is there"),
            (["--binary", tmp_path / "none", tmp_path / "new"], "no program"),
            ([], "usage"), (["--other", tmp_path / "new"], "usage")):
        result = subprocess.run(
            [ROOT / "scripts/image", *map(str, arguments)], capture_output=True, encoding="utf-8")
        assert result.returncode == 1 and words in result.stderr, result
        assert not (tmp_path / "new").exists()
