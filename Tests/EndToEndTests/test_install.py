"""What scripts/install puts where, whether it works there, and what is left when it is removed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.shells import TypedShell

ROOT = Path(__file__).parents[2]
UNITS = ["s3audit-sync.service", "s3audit-sync.timer", "s3audit-serve.service"]


def install(*arguments, status=0, **variables):
    result = subprocess.run(
        [ROOT / "scripts/install", *map(str, arguments)], capture_output=True, encoding="utf-8",
        env={"PATH": os.environ["PATH"], **{name: str(value) for name, value in variables.items()}})
    assert result.returncode == status, result
    return result.stdout + result.stderr


def put(*arguments, **variables):
    return install("--binary", os.environ["S3AUDIT_BINARY"], *arguments, **variables)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """An installation of its own, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("install") / "prefix"
    assert "nothing is enabled" in put("--prefix", folder)
    return folder


def needs(program):
    if not shutil.which(program):
        pytest.skip(f"there is no {program}: run scripts/setup --tests")
    return program


def test_everything_has_its_place(prefix):
    expected = [
        "bin/s3audit", "etc/s3audit/environment", "share/bash-completion/completions/s3audit",
        "share/fish/vendor_completions.d/s3audit.fish", "share/man/man1/s3audit.1", "share/s3audit/installed",
        "share/s3audit/s3audit.cron", "share/zsh/site-functions/_s3audit"]
    if os.uname().sysname == "Linux":
        expected += [f"lib/systemd/system/{unit}" for unit in UNITS] + ["lib/sysusers.d/s3audit.conf"]
    assert files(prefix) == sorted(expected)
    modes = {name: (prefix / name).stat().st_mode & 0o777 for name in expected}
    assert modes.pop("bin/s3audit") == 0o755
    assert modes.pop("etc/s3audit/environment") == 0o600, "it may hold secrets"
    assert set(modes.values()) == {0o644}
    assert subprocess.run([prefix / "bin/s3audit", "--version"], capture_output=True).returncode == 0
    placeholders = [name for name in expected if re.search(rb"@[a-z]+dir@", (prefix / name).read_bytes())]
    assert placeholders == []


def test_staged_files_name_their_last_places(tmp_path):
    put("--prefix", "/usr", DESTDIR=tmp_path)
    assert (tmp_path / "etc/s3audit/environment").exists()
    service = (tmp_path / "usr/lib/systemd/system/s3audit-sync.service").read_text()
    assert "ExecStart=/usr/bin/s3audit sync" in service and "EnvironmentFile=-/etc/s3audit/environment" in service
    assert str(tmp_path) not in service + (tmp_path / "usr/share/s3audit/installed").read_text()
    install("--uninstall", "--prefix", "/usr", DESTDIR=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_removal_leaves_what_others_wrote_and_nothing_else(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/other").write_text("of somebody else")
    put("--prefix", tmp_path)
    settings = tmp_path / "etc/s3audit/environment"
    settings.write_text("AWS_REGION=eu-west-1\n")
    cron = tmp_path / "share/s3audit/s3audit.cron"
    cron.unlink()
    # Again, as with a later version: settings are kept, the rest is put in order.
    assert "Kept, for it is yours" in put("--prefix", tmp_path)
    assert settings.read_text() == "AWS_REGION=eu-west-1\n" and cron.exists()
    (tmp_path / "share/s3audit/notes").write_text("mine")
    said = install("--uninstall", "--prefix", tmp_path)
    assert f"Kept, for it was changed: {settings}" in said
    assert files(tmp_path) == ["bin/other", "etc/s3audit/environment", "share/s3audit/notes"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "etc", "share"]
    assert "nothing is installed" in install("--uninstall", "--prefix", tmp_path, status=1)


def test_what_an_older_version_had_installed_goes(tmp_path):
    put("--prefix", tmp_path)
    for name in ("old", "changed"):
        (tmp_path / f"share/s3audit/{name}").write_text("")
    listed = tmp_path / "share/s3audit/installed"
    listed.write_text("".join(
        f"file 4294967295-0 {tmp_path}/share/s3audit/{name}\n" for name in ("old", "changed")) + listed.read_text())
    (tmp_path / "share/s3audit/changed").write_text("by somebody")
    put("--prefix", tmp_path)
    assert not (tmp_path / "share/s3audit/old").exists()
    assert (tmp_path / "share/s3audit/changed").exists()


def test_slips(tmp_path):
    assert "usage" in install("--prefix", status=1)
    assert "usage" in install("now", status=1)
    assert "no program" in install("--binary", tmp_path / "none", "--prefix", tmp_path / "new", status=1)
    assert "plain letters" in install("--prefix", tmp_path / "a b", status=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_words_are_completed_at_the_keyboard(prefix, tmp_path, name):
    shell = TypedShell(name, prefix, tmp_path / "home")
    try:
        shell.completes("s3audit que", "s3audit query")
        shell.completes("s3audit query tot", "s3audit query totals")
        shell.completes("s3audit sync --metrics-f", "s3audit sync --metrics-file")
        shell.completes("s3audit query totals --by cl", "s3audit query totals --by class")
    finally:
        shell.stop()


def test_the_manual_page_has_no_slips(prefix):
    page = prefix / "share/man/man1/s3audit.1"
    shown = subprocess.run(
        [needs("man"), "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True, encoding="utf-8",
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MANPAGER": "cat", "MANWIDTH": "80"})
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "s3audit sync" in re.sub(".\b", "", shown.stdout)


@pytest.mark.parametrize("unit", UNITS)
def test_units_are_in_order_and_shut_in(prefix, tmp_path, unit):
    needs("systemd-analyze")
    folder = prefix / "lib/systemd/system"
    # A warning about a user who is not there yet is one about this machine.
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", folder / unit], capture_output=True,
        encoding="utf-8", env={"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{folder}:"})
    complaints = [line for line in verified.stderr.splitlines() if str(folder) in line or "s3audit" in line]
    assert (verified.returncode, complaints) == (0, []), verified
    if unit.endswith(".timer"):
        return
    secure = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", folder / unit],
        capture_output=True, encoding="utf-8", env={"PATH": os.environ["PATH"]})
    assert secure.returncode == 0, secure.stdout.splitlines()[-1:]
    assert re.search(r"exposure level for s3audit-\w+\.service: [01]\.\d OK", secure.stdout)


def test_the_user_of_the_units_can_be_made(prefix, tmp_path):
    (tmp_path / "etc").mkdir()
    made = subprocess.run(
        [needs("systemd-sysusers"), f"--root={tmp_path}", prefix / "lib/sysusers.d/s3audit.conf"], capture_output=True,
        encoding="utf-8")
    assert made.returncode == 0, made
    row = (tmp_path / "etc/passwd").read_text().split(":")
    assert row[0] == "s3audit" and row[5] == "/var/lib/s3audit"


def test_the_line_for_cron_syncs_quietly(prefix, audit, bucket, tmp_path):
    line = (prefix / "share/s3audit/s3audit.cron").read_text().splitlines()[-1]
    minute, hour, *days, user, command = line.split(None, 6)
    assert (minute, hour, days, user) == ("30", "2", ["*", "*", "*"], "s3audit")
    # In cron's table it would end the command.
    assert "%" not in command
    settings = tmp_path / "environment"
    settings.write_text((prefix / "etc/s3audit/environment").read_text() + f"\nS3AUDIT_INDEX={audit.index}\n")
    command = command.replace(f"{prefix}/etc/s3audit/environment", str(settings))
    ran = subprocess.run(
        ["/bin/sh", "-c", command], env=audit.environment, capture_output=True, encoding="utf-8", timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert audit.bucket("bucket")["state"] == "complete"
