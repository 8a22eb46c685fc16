"""The first night as the README tells it: each of its lines, from the installer to the message of a failed night."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from support.receiver import Receiver

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SECTION = README.split("## Nights\n")[1].split("\n## ")[0]
LINES = [line.partition("  #")[0].removeprefix("$ ").strip()
         for line in re.search(r"```console\n(.*?)```", SECTION, re.DOTALL)[1].splitlines()]


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.stop()


class Machine:
    """A machine below a folder: `sudo` is there already, and systemd is this class, which runs units as they say."""

    def __init__(self, root, audit):
        self.root, self.audit = root, audit
        (root / "etc").mkdir()
        self.settings = root / "etc/s3audit/environment"
        self.enabled = []

    def run(self, *words, **variables):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.audit.home), **variables}
        return subprocess.run(list(map(str, words)), env=environment, capture_output=True, encoding="utf-8", timeout=60)

    def install(self):
        made = self.run(
            ROOT / "scripts/install", "--binary", os.environ["S3AUDIT_BINARY"], DESTDIR=str(self.root))
        assert made.returncode == 0, made

    def place(self, text):
        """What stands in a unit, on this machine."""
        for folder in ("/usr/local/", "/etc/s3audit/", "/var/lib/s3audit/"):
            text = text.replace(folder, f"{self.root}{folder}")
        return text

    def start(self, unit):
        """Runs the service with its environment, and words of variables as systemd splits them."""
        text = self.place((self.root / f"usr/local/lib/systemd/system/{unit}.service").read_text())
        fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] not in "#[")
        assert fields["User"] == "s3audit" and fields["StateDirectory"] == "s3audit"
        (self.root / "var/lib/s3audit").mkdir(parents=True, exist_ok=True)
        variables = dict(word.split("=", 1) for word in shlex.split(fields["Environment"]))
        for line in Path(fields["EnvironmentFile"].removeprefix("-")).read_text().splitlines():
            if line and line[0] != "#":
                name, _, value = line.partition("=")
                variables[name] = self.place("".join(shlex.split(value)) if '"' not in value else value.strip('"'))
        words = []
        for word in shlex.split(fields["ExecStart"]):
            words += shlex.split(variables.get(word[1:], "")) if word[0] == "$" else [word]
        return self.run(*words, **variables)

    def obey(self, line):
        """A line of the walk-through, as far as it can be done without being that machine."""
        words = shlex.split(line.removeprefix("sudo "))
        if words[0] in ("scripts/setup", "swift"):
            # That is how the program under test came to be.
            return None
        if words[0] == "scripts/install":
            return self.install()
        if words[0] == "systemd-sysusers":
            return self.run(words[0], f"--root={self.root}", self.root / "usr/local/lib/sysusers.d/s3audit.conf")
        if words[0] == "sudoedit":
            assert Path(f"{self.root}{words[1]}") == self.settings and self.settings.exists()
            return None
        if words[:2] == ["systemctl", "daemon-reload"]:
            return None
        if words[:2] == ["systemctl", "start"]:
            return self.start(words[2])
        if words[:3] == ["systemctl", "enable", "--now"]:
            unit = self.root / "usr/local/lib/systemd/system" / words[3]
            assert "[Install]" in unit.read_text() and "OnCalendar=*-*-* 02:30" in unit.read_text()
            self.enabled.append(words[3])
            return None
        assert words[:3] == ["-u", "s3audit", "s3audit"], line
        return self.run(self.root / "usr/local/bin/s3audit", *map(self.place, words[3:]))


def test_from_an_empty_machine_to_the_message_of_a_failed_night(audit, s3, receiver, tmp_path):
    s3.buckets = {"logs": ["a", "b"]}
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", audit)
    before = LINES.index("sudo systemctl start s3audit-sync")
    for line in LINES[:before]:
        result = machine.obey(line)
        assert result is None or result.returncode == 0, (line, result)

    def settings(options):
        machine.settings.write_text(
            f"AWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret\nAWS_REGION=us-east-1\n"
            f"AWS_ENDPOINT_URL={s3.endpoint}\nS3AUDIT_NOTIFY_URL={receiver.url('/hook')}\n"
            f'S3AUDIT_SYNC_OPTIONS="{options}"\n')

    settings("--quiet")
    for line in LINES[before:]:
        result = machine.obey(line)
        assert result is None or (result.returncode, result.stderr) == (0, ""), (line, result)
        if line.endswith("status"):
            assert "1 complete" in result.stdout
    assert machine.enabled == ["s3audit-sync.timer"] and receiver.requests == []

    assert 'S3AUDIT_SYNC_OPTIONS="--quiet\nno-such-bucket"' in SECTION
    settings("--quiet no-such-bucket")
    failed = machine.start("s3audit-sync")
    assert failed.returncode == 3 and "no-such-bucket" in failed.stderr, failed
    (told,) = receiver.notices()
    shown = re.search(r"^s3audit on db1: (.*)$", SECTION, re.MULTILINE)[1]
    assert told["text"].split(": ", 1)[1] == shown
    settings("--quiet")
    assert machine.start("s3audit-sync").returncode == 0
    (told,) = receiver.notices()
    assert told["text"].endswith(": all is well again")
