"""The container that scripts/image and scripts/Dockerfile make, built and run by buildah: no daemon, no registry."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


class Image:
    """The program under test in an image, in a store of a test's own."""

    def __init__(self, folder):
        for name in ("buildah", "crun"):
            if not shutil.which(name):
                pytest.skip(f"there is no {name}: run scripts/setup --tests")
        if os.geteuid() != 0:
            pytest.skip("only root can make folders of other users without a daemon")
        self.folder = folder / "image"
        self.store = ["--root", folder / "store", "--runroot", folder / "run", "--storage-driver", "vfs"]
        made = subprocess.run(
            [ROOT / "scripts/image", "--binary", os.environ["S3AUDIT_BINARY"], self.folder],
            capture_output=True, encoding="utf-8", timeout=60)
        assert (made.returncode, made.stdout, made.stderr) == (0, "", ""), made
        # The build's own warnings are nobody's business here.
        self.buildah("bud", "--isolation", "chroot", "--pull-never", "-t", "s3audit", self.folder)
        self.container = self.buildah("from", "--pull-never", "s3audit").stdout.strip()
        self.config = json.loads(self.buildah("inspect", "--type", "image", "s3audit").stdout)["OCIv1"]["config"]

    def command(self, *arguments):
        return ["buildah", *map(str, self.store), *map(str, arguments)]

    def buildah(self, *arguments):
        result = subprocess.run(self.command(*arguments), capture_output=True, encoding="utf-8", timeout=60)
        assert result.returncode == 0, result
        return result

    def running(self, arguments, volume, env):
        """The command that runs the image's entry point, as `docker run -v VOLUME -e … s3audit ARGUMENTS` does."""
        options = [f"--env={name}={value}" for name, value in env.items()]
        return self.command(
            "run", "--isolation", "chroot", f"--volume={volume}:/var/lib/s3audit", *options, self.container, "--",
            *self.config["Entrypoint"], *(arguments or self.config["Cmd"]))

    def run(self, *arguments, volume, env=None):
        return subprocess.run(
            self.running(arguments, volume, env or {}), capture_output=True, encoding="utf-8", timeout=60,
            stdin=subprocess.DEVNULL)

    def start(self, *arguments, volume, env=None):
        return subprocess.Popen(
            self.running(arguments, volume, env or {}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8")

    def remove(self):
        self.buildah("rm", self.container)
        self.buildah("rmi", "s3audit")


def below(process):
    """The processes that one has started, and theirs, the first ones first."""
    found = []
    waiting = [process]
    while waiting:
        parent = waiting.pop(0)
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            children = [int(word) for word in tasks.read_text().split()]
            found += children
            waiting += children
    return found


def end(process, number=signal.SIGTERM):
    """Sends a signal to the program in the container, as `docker stop` does, and returns all that was said."""
    os.kill(below(process.pid)[-1], number)
    try:
        return process.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise
