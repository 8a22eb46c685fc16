"""Whatever is killed or stopped while Spark lists: the same objects, none twice, or no output; and nothing is left running."""

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.ports import answers, free_port
from support.servers import wait_for
from support.spark import (
    SETTINGS, Distribution, Session, listings, printed, state_of, wait_until_none_is_left)

pytestmark = pytest.mark.long

COUNT = 200_000
# Memory as the documentation of Spark has it for `local-cluster`: two executors of one core.
CLUSTER = "local-cluster[2,1,1024]"
PATIENT = {"spark.task.maxFailures": "40", "spark.executor.memory": "1g", "spark.excludeOnFailure.enabled": "false",
           "spark.deploy.maxExecutorRetries": "-1"}


def children_of(pid):
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return found


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def worker_of(listing):
    return parent_of(listing)


def executor_of(listing):
    """The JVM above a Python worker and the daemon that forked it."""
    return parent_of(parent_of(parent_of(listing)))


VICTIMS = {"listing": lambda listing: listing, "worker": worker_of, "executor": executor_of}


@pytest.fixture(scope="module", params=["4", "3.5"])
def distribution(request):
    return Distribution(request.param)


@pytest.fixture
def server(simulator):
    return simulator("--bucket", f"bucket:uuid:{COUNT}", "--latency", "50")


@pytest.fixture
def cluster(distribution, audit, server, tmp_path):
    started = Session(distribution, audit, tmp_path, CLUSTER, PATIENT)
    yield started
    started.stop()
    wait_until_none_is_left(server.endpoint)


def kill(victim, number, endpoint, seconds=300):
    """Sends a signal to something that lists, in its midst; returns it, or None when the job had ended."""
    wait_for(lambda: listings(endpoint), "listing", seconds)
    with contextlib.suppress(IndexError, OSError, ValueError):
        pid = VICTIMS[victim](random.choice(listings(endpoint)))
        os.kill(pid, number)
        return pid
    return None


def compared(session, audit, folder, tmp_path):
    return session.ask("compare", folder=str(folder), bucket="bucket", csv=printed(audit, "bucket", tmp_path))


WHOLE = {"rows": COUNT, "twice": 0, "equal": True}


@pytest.mark.parametrize("victim, number", [
    ("listing", signal.SIGKILL), ("listing", signal.SIGTERM), ("worker", signal.SIGKILL), ("executor", signal.SIGKILL),
    ("listing", signal.SIGSTOP)])
def test_a_kill_changes_nothing(cluster, audit, server, tmp_path, victim, number):
    stall = ("--stall-timeout", 5) if number == signal.SIGSTOP else ()
    with cluster.asking("--ranges", 8, "--output", tmp_path / "out", *stall, "s3://bucket") as outcomes:
        pid = kill(victim, number, server.endpoint)
    assert pid is not None
    assert outcomes[0].summary["objects"] == COUNT
    wait_until_none_is_left(server.endpoint)
    assert compared(cluster, audit, tmp_path / "out", tmp_path) == WHOLE


@pytest.mark.parametrize("seed", range(int(os.environ.get("S3AUDIT_SPARK_SEEDS", "2"))))
def test_seeded_kills_change_nothing(cluster, audit, server, tmp_path, seed):
    """Ten kills a job."""
    chance = random.Random(seed)
    kills = 0
    with cluster.asking("--ranges", 16, "--output", tmp_path / "out", "--stall-timeout", 5, "s3://bucket") as outcomes:
        while kills < 10 and not outcomes:
            victim = chance.choice(["listing", "listing", "listing", "worker", "worker", "executor"])
            with contextlib.suppress(TimeoutError):
                number = chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP]) if victim == "listing" else signal.SIGKILL
                kills += kill(victim, number, server.endpoint, 2) is not None
            time.sleep(chance.uniform(0.1, 1.5))
    assert kills > 0 and outcomes[0].status == 0, (kills, outcomes)
    wait_until_none_is_left(server.endpoint)
    assert compared(cluster, audit, tmp_path / "out", tmp_path) == WHOLE


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("master", ["local[2]", CLUSTER])
def test_a_driver_that_is_killed_publishes_nothing(distribution, audit, server, tmp_path, number, master):
    output = tmp_path / "out"
    process = distribution.submit(
        audit, tmp_path, master, "list", "--s3audit", audit.binary, "--ranges", 16, "--output", output, "s3://bucket",
        settings=PATIENT)
    wait_for(lambda: listings(server.endpoint) or process.poll() is not None, "listing", 300)
    assert process.poll() is None, (tmp_path / "submit.err").read_text()[-3000:]
    process.send_signal(number)
    assert process.wait(60) != 0
    wait_until_none_is_left(server.endpoint)
    assert not output.exists()
    # What it left is in nobody's way.
    process = distribution.submit(
        audit, tmp_path, "local[2]", "list", "--s3audit", audit.binary, "--ranges", 4, "--output", output, "s3://bucket")
    assert process.wait(600) == 0, (tmp_path / "submit.out").read_text()
    assert (output / "_SUCCESS").exists()


def test_a_plan_ends_with_its_driver(distribution, audit, simulator, tmp_path):
    slow = simulator("--bucket", f"bucket:uuid:{COUNT}", "--latency", "2000")
    process = distribution.submit(
        audit, tmp_path, "local[2]", "list", "--s3audit", audit.binary, "--ranges", 32, "--output", tmp_path / "out", "s3://bucket")

    def plans():
        return listings(slow.endpoint, b"plan", b"--ranges=32")

    wait_for(lambda: plans() or process.poll() is not None, "plan", 300)
    assert process.poll() is None, (tmp_path / "submit.err").read_text()[-3000:]
    process.kill()
    process.wait(60)
    wait_for(lambda: not plans(), "end of the plan", 10)


class Standalone:
    """A master on 127.0.0.1 and a worker each on 127.0.0.2 and .3: two hosts, as speculation counts them."""

    def __init__(self, distribution, audit, folder):
        home = next(distribution.folder.glob("lib/python*/site-packages/pyspark"))
        self.port = free_port()
        self.url = f"spark://127.0.0.1:{self.port}"
        self.processes = []

        def start(name, *words):
            environment = distribution.environment(
                audit, folder, SPARK_WORKER_DIR=str(folder / name), SPARK_HOME=str(home))
            environment.pop("SPARK_LOCAL_IP")
            with (folder / f"{name}.log").open("wb") as log:
                self.processes.append(subprocess.Popen(
                    [str(home / "bin/spark-class"), *words], env=environment, cwd=folder, stdout=log, stderr=log))

        start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(self.port),
              "--webui-port", str(free_port()))
        wait_for(lambda: answers(self.port), "master", 120)
        for host in ("127.0.0.2", "127.0.0.3"):
            start(host, "org.apache.spark.deploy.worker.Worker", "--host", host, "--port", str(free_port()),
                  "--webui-port", str(free_port()), "--cores", "1", "--memory", "1g", self.url)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_speculation_replaces_a_listing_that_was_stopped(distribution, audit, server, tmp_path):
    hosts = Standalone(distribution, audit, tmp_path)
    session = Session(distribution, audit, tmp_path, hosts.url, {
        "spark.executor.memory": "512m", "spark.speculation": "true", "spark.speculation.interval": "500ms",
        "spark.speculation.quantile": "0.5", "spark.speculation.multiplier": "2"})
    try:
        with session.asking("--ranges", 8, "--output", tmp_path / "out", "s3://bucket") as outcomes:
            stopped = kill("listing", signal.SIGSTOP, server.endpoint)
            assert stopped is not None
        assert outcomes[0].summary["objects"] == COUNT
        # The attempt that lost is ended by Spark, and its child with it.
        wait_until_none_is_left(server.endpoint)
        assert compared(session, audit, tmp_path / "out", tmp_path) == WHOLE
    finally:
        session.stop()
        hosts.stop()


def test_one_executor_without_the_program(cluster, audit, server, tmp_path):
    """It is repeated on the other, or named."""
    partly = tmp_path / "partly"
    partly.write_text(f'#!/bin/sh\ncase $PWD in */1) exec /nowhere/s3audit;; esac\nexec {audit.binary} "$@"\n')
    partly.chmod(0o755)
    outcome = cluster.listing(
        "--ranges", 4, "--s3audit-on-executors", partly, "--output", tmp_path / "out", "s3://bucket")
    if outcome.status == 0:
        assert compared(cluster, audit, tmp_path / "out", tmp_path) == WHOLE
    else:
        assert outcome.status == 1 and "/nowhere/s3audit" in outcome.err
        assert not (tmp_path / "out").exists()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this user cannot mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_named_and_nothing_published(distribution, audit, server, small_disk, tmp_path):
    session = Session(distribution, audit, tmp_path, "local[2,2]")
    try:
        outcome = session.listing("--ranges", 4, "--output", small_disk / "out", "s3://bucket")
    finally:
        session.stop()
    assert outcome.status == 1 and "No space left" in outcome.err, outcome
    assert list(small_disk.iterdir()) == []


def test_a_night_in_the_middle_loses_nothing_that_stayed(cluster, audit, server, tmp_path):
    def keys(name):
        path = Path(printed(audit, "bucket", tmp_path))
        return path.replace(tmp_path / name)

    before = keys("before.csv")
    with cluster.asking("--ranges", 16, "--output", tmp_path / "out", "s3://bucket") as outcomes:
        wait_for(lambda: listings(server.endpoint), "listing", 300)
        server.night()
    after = keys("after.csv")
    if outcomes[0].status == 2:
        # A seam that the night went over: it is named, and the job is to be run again.
        assert "published" in outcomes[0].err
        return
    assert outcomes[0].status == 0, outcomes
    found = cluster.ask("stayed", folder=str(tmp_path / "out"), bucket="bucket", before=str(before), after=str(after))
    assert found["stayed"] > COUNT // 2 and found["missing"] == 0 and found["twice"] == 0
