"""Spark, installed below .build for all tests, and a session of it that a test asks and leaves running."""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support.servers import wait_for

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
JOB = ROOT / "scripts/spark/job.py"
EXPORT = ROOT / "scripts/spark/export"
# A JVM that lives for a minute is not worth much compiling.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SETTINGS = {
    "spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2", "spark.driver.extraJavaOptions": JVM,
    "spark.executor.extraJavaOptions": JVM}


class Distribution:
    """A virtual environment with one version of Spark, made by whoever needs it first."""

    def __init__(self, version):
        self.folder = ROOT / ".build/spark" / version
        self.python = self.folder / "bin/python"
        if not shutil.which("java"):
            pytest.skip("there is no Java: run scripts/setup --tests")
        wanted = HERE.parent / f"spark-{version}.txt"
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / f"{version}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            installed = self.folder / "installed.txt"
            if not installed.exists() or installed.read_text() != wanted.read_text():
                self.install(wanted)
                installed.write_text(wanted.read_text())

    def install(self, wanted):
        shutil.rmtree(self.folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=True)
        # Nothing is compiled that no test imports.
        result = subprocess.run(
            [str(self.python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile",
             "-r", str(wanted)], capture_output=True, encoding="utf-8")
        if result.returncode != 0:
            shutil.rmtree(self.folder)
            pytest.skip(f"Spark cannot be installed here: {result.stderr.strip().splitlines()[-1:]}")

    def environment(self, audit, folder, **more):
        """That of an `Audit`, with what Spark needs; its files are below `folder`."""
        return {
            **audit.environment, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(folder),
            "SPARK_LOCAL_DIRS": str(folder), "SPARK_WORKER_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": str(self.python), "PYTHONDONTWRITEBYTECODE": "1", **more}

    def submit(self, audit, folder, master, *arguments, settings=None, **options):
        """Starts the job as a user does; standard output and error are files in `folder`."""
        words = [str(self.folder / "bin/spark-submit"), "--master", master]
        for name, value in {**SETTINGS, **(settings or {})}.items():
            words += ["--conf", f"{name}={value}"]
        words += [str(JOB), *map(str, arguments)]
        with (folder / "submit.out").open("wb") as out, (folder / "submit.err").open("wb") as err:
            return subprocess.Popen(
                words, env=self.environment(audit, folder), cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, start_new_session=True, **options)


class Outcome:
    """How a command of the job ended, in a session that goes on."""

    def __init__(self, answer):
        self.status, self.out, self.err = answer["status"], answer["out"], answer["err"]

    def __repr__(self):
        return f"status {self.status}\n{self.out}\n{self.err}"

    @property
    def summary(self):
        assert self.status == 0, self
        return json.loads(self.out)


class Session:
    """A driver with a session of Spark, which answers one question after the other."""

    def __init__(self, distribution, audit, folder, master="local[2,4]", settings=None):
        self.audit = audit
        words = ["--master", master]
        for name, value in {**SETTINGS, **(settings or {})}.items():
            words += ["--conf", f"{name}={value}"]
        environment = distribution.environment(
            audit, folder, PYSPARK_SUBMIT_ARGS=shlex.join([*words, "pyspark-shell"]))
        self.log = folder / "session.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(distribution.python), str(HERE / "spark_driver.py"), str(JOB.parent)], env=environment, cwd=folder,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, encoding="utf-8")

    def ask(self, question, **arguments):
        self.process.stdin.write(json.dumps({"question": question, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log.read_text(errors="replace")[-5000:]
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def job(self, *arguments):
        return Outcome(self.ask("job", arguments=[str(argument) for argument in arguments]))

    def listing(self, *arguments):
        return self.job("list", "--s3audit", self.audit.binary, *arguments)

    def check(self, folder):
        return self.job("check", "--s3audit", self.audit.binary, folder)

    @contextlib.contextmanager
    def asking(self, *arguments):
        """Runs a listing while the body does something; yields a list that holds its outcome afterwards."""
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(self.listing(*arguments)))
        thread.start()
        try:
            yield outcomes
        finally:
            thread.join()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()


def listings(endpoint, command=b"list", option=b"--receipt"):
    """The processes of `s3audit list` for tasks, or of another command, that ask a server, wherever they were started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if command in words[1:2] and option in words and endpoint.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def state_of(pid):
    """The letter that the kernel has for what a process does; nothing when there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def wait_until_none_is_left(endpoint, seconds=10):
    wait_for(lambda: not listings(endpoint), "end of the last s3audit", seconds)


def printed(audit, bucket, folder):
    """The file of what `s3audit list` prints of a bucket as CSV."""
    path = folder / f"{bucket}.csv"
    with path.open("wb") as file:
        process = audit.start("list", f"s3://{bucket}", "--format", "csv", "--raw-csv", stdout=file)
        assert process.wait(300) == 0, process.stderr.read()
    return str(path)
