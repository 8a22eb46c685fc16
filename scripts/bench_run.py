"""Runs programs and measures them: wall, CPU, peak memory. Builds ours and starts the simulator."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".build" / "bench"
PAGE_KEYS = 1000

# Loopback needs no proxy, whatever the environment says.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BenchError(Exception):
    """A program that should have worked did not; the text says which one and its words."""


def clean_environment(**more):
    """The caller's environment without accounts and proxies of S3 programs, plus `more`."""
    prefixes = ("AWS_", "RCLONE_", "S3AUDIT_", "S3_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {
        **kept, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench-secret",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
        **more,
    }


@dataclasses.dataclass
class Run:
    """What one run of one program took.

    The operating system counts memory from the fork on: peaks below this bench's own, about
    25 MB, show as that.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    status: int
    timed_out: bool
    output: str = ""
    errors: str = ""


def peak_bytes(usage):
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def kill_group(pid):
    """Ends a program that leads its own group, and what it started; fine when it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def timed(command, environment, limit, stdout, stderr):
    """Runs a program and waits for it; after `limit` seconds it is killed."""
    expired = threading.Event()
    start = time.perf_counter()
    # wait4 instead of Popen.wait: it is what tells CPU and memory of this one program.
    program = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
        start_new_session=True)

    def expire():
        expired.set()
        kill_group(program.pid)

    timer = threading.Timer(limit, expire) if limit else None
    if timer:
        timer.start()
    try:
        _, status, usage = os.wait4(program.pid, 0)
        seconds = time.perf_counter() - start
    except BaseException:
        kill_group(program.pid)
        raise
    finally:
        if timer:
            timer.cancel()
    program.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        seconds, usage.ru_utime + usage.ru_stime, peak_bytes(usage), program.returncode,
        expired.is_set())


def run(*command, environment=None, limit=None):
    """Runs a program and keeps the end of what it prints: a listing of millions is only read."""
    environment = environment or clean_environment()
    with tempfile.TemporaryFile() as errors:
        tail = subprocess.Popen(
            ["tail", "-c", "65536"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            result = timed(command, environment, limit, tail.stdin, errors)
        finally:
            output, _ = tail.communicate()
        errors.seek(0)
        result.output = output.decode(errors="replace")
        result.errors = errors.read()[-2000:].decode(errors="replace").strip()
    return result


def run_silently(*command):
    """Runs a program for its time alone; what it prints goes nowhere."""
    result = timed(command, clean_environment(), None, subprocess.DEVNULL, subprocess.DEVNULL)
    return checked(result, command)


def checked(result, command):
    """The result itself, if the program succeeded."""
    if result.status == 0:
        return result
    words = " ".join(str(word) for word in command)
    last = result.errors.splitlines()[-1] if result.errors else "it said nothing"
    raise BenchError(f"'{words}' ended with {result.status}: {last}")


def output(*command, **options):
    """What a tool of the build prints."""
    try:
        return subprocess.run(
            command, check=True, capture_output=True, text=True, **options).stdout
    except (subprocess.CalledProcessError, OSError) as error:
        text = getattr(error, "stderr", None) or str(error)
        raise BenchError(f"'{command[0]}' failed: {text.strip()[-300:]}") from error


@dataclasses.dataclass
class Programs:
    """What is measured, copied so that a build meanwhile changes nothing."""

    s3audit: pathlib.Path
    s3sim: pathlib.Path
    loop: pathlib.Path


def build(folder):
    """Builds the release programs and the bare loop."""
    subprocess.run([ROOT / "scripts" / "setup"], check=True)
    subprocess.run(
        ["swift", "build", "-c", "release", "--static-swift-stdlib"], cwd=ROOT, check=True)
    programs = Programs(folder / "s3audit", folder / "s3sim", folder / "baseline")
    for program in (programs.s3audit, programs.s3sim):
        shutil.copy2(ROOT / ".build" / "release" / program.name, program)
    flags = output("pkg-config", "--cflags", "--libs", "sqlite3").split()
    output("cc", "-O2", "-o", programs.loop, ROOT / "scripts" / "baseline.c", *flags)
    return programs


def release_tests(suite):
    """Runs the tests of a suite optimized; returns the lines that begin `bench: `.

    They build apart from the programs, because their flags differ.
    """
    text = output(
        "swift", "test", "-c", "release", "-Xswiftc", "-enable-testing", "--scratch-path",
        FOLDER / "tests", "--filter", suite, cwd=ROOT, env={**os.environ, "S3AUDIT_BENCH": "1"})
    return re.findall(r"^bench: (.*)$", text, re.MULTILINE)


class Simulator:
    """An s3sim on a free port, for as long as the `with` block lasts."""

    def __init__(self, programs, *buckets, latency_ms=0):
        """Serves buckets; what begins with a dash, and what follows that, are options of s3sim."""
        options = next((n for n, word in enumerate(buckets) if word.startswith("-")), len(buckets))
        settings = [word for bucket in buckets[:options] for word in ("--bucket", bucket)]
        settings += buckets[options:]
        self.process = subprocess.Popen(
            [programs.s3sim, "--latency", str(latency_ms), *settings], stdout=subprocess.PIPE,
            text=True)
        self.endpoint = self.process.stdout.readline().strip()
        self.cpu_seconds = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        self.cpu_seconds = usage.ru_utime + usage.ru_stime

    def counts(self):
        """The LIST requests of objects or versions answered so far, and the entries in them."""
        with DIRECT.open(f"{self.endpoint}/_sim/stats") as answer:
            statistics = json.load(answer)
        requests = statistics["requests"]
        names = ("ListObjects", "ListObjectsV2", "ListObjectVersions")
        lists = sum(requests.get(name, 0) for name in names)
        return lists, statistics["objects"] + statistics["versions"]


@dataclasses.dataclass
class Listing:
    """One listing of one program, as it and as the server saw it."""

    run: Run
    lists: int
    listed: int
    # By half of the time limit; None when it ended before, or had none.
    listed_halfway: int | None = None
    rows: list = dataclasses.field(default_factory=list)

    @property
    def objects(self):
        return sum(row["objects"] for row in self.rows)

    @property
    def rate(self):
        """Objects a second."""
        return self.listed / self.run.seconds

    @property
    def written(self):
        return sum(row["added"] + row["changed"] + row["removed"] for row in self.rows)

    def seconds_for(self, objects):
        """What listing them all takes: measured, or at the pace of the second half of the limit.

        That half has no start of a program in it, which takes some of them seconds.
        """
        seconds = self.run.seconds
        if not self.run.timed_out or self.listed_halfway is None:
            return seconds
        pace = (self.listed - self.listed_halfway) / (seconds / 2)
        return seconds + (objects - self.listed) / pace if pace > 0 else seconds

    def figures(self):
        """What the JSON file keeps of it."""
        return {
            "seconds": round(self.run.seconds, 4), "cpu_seconds": round(self.run.cpu_seconds, 3),
            "peak_bytes": self.run.peak_bytes, "list_requests": self.lists,
            "objects_listed": self.listed, "objects_listed_halfway": self.listed_halfway,
            "timed_out": self.run.timed_out,
        }


def listing(simulator, *command, limit=None, environment=None):
    """Runs a program that lists, and counts what it asked."""
    lists, listed = simulator.counts()
    halfway = []
    timer = threading.Timer((limit or 0) / 2, lambda: halfway.append(simulator.counts()[1]))
    if limit:
        timer.start()
    try:
        result = run(*command, limit=limit, environment=environment)
    finally:
        timer.cancel()
    lists_after, listed_after = simulator.counts()
    return Listing(
        result, lists_after - lists, listed_after - listed,
        halfway[0] - listed if halfway else None)


def sync(programs, simulator, index, *buckets, concurrency=64, limit=None):
    """Runs one `s3audit sync`; its report is in `rows` unless the time limit ended it."""
    command = (
        programs.s3audit, "sync", *buckets, "--index", index, "--endpoint-url",
        simulator.endpoint, "--concurrency", str(concurrency), "--format", "json")
    result = listing(simulator, *command, limit=limit)
    if not result.run.timed_out:
        result.rows = json.loads(checked(result.run, command).output)["buckets"]
    return result


def query(programs, index, sql):
    """The one number that a statement gives."""
    command = (
        programs.s3audit, "query", "sql", sql, "--index", index, "--format", "tsv")
    return int(checked(run(*command), command).output.split()[-1])


def key_bytes(programs, index):
    return query(programs, index, "SELECT sum(length(CAST(key AS BLOB))) FROM objects")


def remove_index(index):
    """Removes an index and the files that SQLite and the lock keep beside it."""
    for file in index.parent.glob(f"{index.name}*"):
        file.unlink()
