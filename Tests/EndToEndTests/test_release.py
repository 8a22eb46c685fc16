"""What scripts/release hands on: the same bytes twice, and all that a stranger needs."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARY = os.path.realpath(os.environ["S3AUDIT_BINARY"])


def release(folder, *arguments, root=ROOT, umask=0o022, **variables):
    if not (root / ".git").exists():
        pytest.skip("this is no git checkout: the source archive is made of a commit")
    result = subprocess.run(
        [root / "scripts/release", *arguments, folder], capture_output=True, encoding="utf-8", umask=umask,
        cwd=folder.parent, env={**os.environ, **variables})
    assert result.returncode == 0, result
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    if "/debug/" in BINARY:
        pytest.skip("what is handed on is optimized")
    return release(tmp_path_factory.mktemp("release") / "dist", "--binary", BINARY)


def sole(archives, ending):
    (path,) = [path for name, path in archives.items() if name.endswith(ending)]
    return path


def program_archive(archives):
    (path,) = [
        path for name, path in archives.items() if name.endswith(".tar.gz") and "-source" not in name]
    return path


def test_the_sums_are_those_of_the_archives(archives):
    lines = sole(archives, "SHA256SUMS").read_text().splitlines()
    assert sorted(lines) == sorted(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}"
        for name, path in archives.items() if name.endswith(".tar.gz"))
    assert len(lines) == 2


def test_whoever_makes_them_makes_the_same(archives, tmp_path):
    again = release(tmp_path / "again", "--binary", BINARY, umask=0o077, TZ="Asia/Kolkata", LC_ALL="C.UTF-8")
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in archives.items()}
    with tarfile.open(program_archive(archives)) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}
    assert len({member.mtime for member in members}) == 1
    assert {member.mode for member in members} == {0o755, 0o644}


def test_an_unpacked_release_installs_without_a_compiler(archives, tmp_path):
    shutil.unpack_archive(program_archive(archives), tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert (folder / "s3audit").stat().st_size <= 20 << 20
    sections = subprocess.run(
        ["readelf", "-S", "-W", folder / "s3audit"], capture_output=True, encoding="utf-8")
    if sections.returncode == 0:
        assert ".debug_info" not in sections.stdout and ".symtab" not in sections.stdout
        linked = subprocess.run(["ldd", folder / "s3audit"], capture_output=True, encoding="utf-8").stdout
        assert "libswift" not in linked, "Swift's own library is inside"
    made = subprocess.run(
        [folder / "scripts/install", "--prefix", tmp_path / "prefix"], capture_output=True, encoding="utf-8",
        env={"PATH": "/usr/bin:/bin"})
    assert made.returncode == 0, made
    assert subprocess.run([tmp_path / "prefix/bin/s3audit", "--version"], capture_output=True).stdout.startswith(
        b"s3audit ")


def test_the_source_archive_is_the_commit(archives, tmp_path):
    shutil.unpack_archive(sole(archives, "-source.tar.gz"), tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()) == sorted(
        name.decode() for name in listed.split(b"\0") if name)
    assert os.access(folder / "scripts/setup", os.X_OK)


@pytest.mark.long
def test_another_folder_builds_the_same_bytes(tmp_path):
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "elsewhere/deeper"], check=True)
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "here"], check=True)
    made = [
        release(tmp_path / f"dist-{name.name}", root=tmp_path / name)
        for name in (Path("here"), Path("elsewhere/deeper"))]
    digests = [
        {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} for files in made]
    assert digests[0] == digests[1]
