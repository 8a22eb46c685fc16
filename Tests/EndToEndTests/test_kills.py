"""`kill -9` at any moment and at every seam: what is committed is true, and a sync goes on from it."""

import itertools
import os
import random
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from support import index_checks, killed_sync, servers
from support.audit import Audit
from support.killed_sync import Victim

CHAIN_KILLS_MAX = 5
# Of each shape and seed: a thousand in all of a long run.
KILLS, KILLS_LONG = 6, 10
SEEDS_LONG = range(1, 26)
# Uninterrupted syncs whose requests are counted: they vary with the order in which answers come.
SAMPLES = 3
# Of a link so slow that a sync takes the better part of a second, in three or four batches.
BYTES_PER_SECOND = 5_000_000


@dataclass(frozen=True)
class Shape:
    """What a simulator serves."""

    buckets: tuple
    # Whether a night may pass between a kill and the next sync.
    mutates: bool = False
    # What else the simulator is told, and what each sync is.
    served: tuple = ()
    synced: tuple = ()
    # How many pages that are not full each slot may add, where answers come late and ranges are cut anew.
    cuts: int = 4

    def arguments(self, is_slow=True):
        link = ("--bandwidth", str(BYTES_PER_SECOND)) if is_slow else ()
        buckets = [word for bucket in self.buckets for word in ("--bucket", bucket)]
        return (*buckets, "--max-keys", str(killed_sync.PAGE_KEYS), "--share", "4", *self.served, *link)


# Buckets of one page, and one large bucket: what several of a few pages take varies with the order
# of answers, which decides where they are cut.
SHAPES = {
    "flat": Shape(("one:uuid:12000",)),
    "deep": Shape(("one:deep:10000",)),
    "many": Shape((*(f"small-{n:02}:dates:{n}" for n in range(80)), "large:uuid:4000")),
    "mutating": Shape(("one:skewed:8000",), mutates=True),
    "versions": Shape(
        ("one:dates:2500",), mutates=True, synced=("--versions", "--parts"),
        served=("--versioning", "enabled", "--versions-per-key", "1-6", "--delete-markers", "15",
                "--only-markers", "5", "--deep-key", "one/logs/deep:700", "--uploads", "40",
                "--upload-parts", "0-3"),
        # A key of 700 versions is several pages that no cut divides.
        cuts=8),
}


def lists_sent(audit, server, options=()):
    """Syncs, and says with how many LIST requests."""
    victim = Victim(audit, server, options)
    victim.run()
    return victim.sent


class Uninterrupted:
    """Syncs of one shape that nobody interrupts: what they take, and what they leave.

    `snapshots` are their indexes by night, `first` and `again` the LIST requests of a first sync
    and of one after it, by night as well.
    """

    def __init__(self, shape, new_audit):
        self.shape = shape
        self.new_audit = new_audit
        self.server = servers.Simulator(*shape.arguments(is_slow=False))
        self.kept = new_audit(self.server)
        lists_sent(self.kept, self.server, shape.synced)
        self.measure()

    def measure(self):
        """Syncs over the slow link."""
        slow = servers.Simulator(*self.shape.arguments())
        self.seconds, first, again = 60.0, [], []
        for _ in range(SAMPLES):
            audit = self.new_audit(slow)
            start = time.monotonic()
            first.append(lists_sent(audit, slow, self.shape.synced))
            self.seconds = min(self.seconds, time.monotonic() - start)
            again.append(lists_sent(audit, slow, self.shape.synced))
        self.first, self.again = [max(first)], [max(again)]
        self.snapshots = [index_checks.snapshot(audit.index)]
        slow.stop()

    def at(self, night):
        """The index of a night."""
        while len(self.snapshots) <= night:
            self.server.night()
            audit = self.new_audit(self.server)
            self.first.append(lists_sent(audit, self.server, self.shape.synced))
            self.again.append(lists_sent(self.kept, self.server, self.shape.synced))
            self.snapshots.append(index_checks.snapshot(audit.index))
        return self.snapshots[night]


def audits_in(folder):
    """Makes audits, each with a home and an index of its own below a folder."""
    numbers = itertools.count()

    def new(server):
        home = folder / str(next(numbers))
        home.mkdir()
        audit = Audit(home)
        audit.use(server)
        return audit

    return new


@pytest.fixture
def new_audit(tmp_path):
    return audits_in(tmp_path)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    with ThreadPoolExecutor(len(SHAPES)) as threads:
        made = {
            name: threads.submit(Uninterrupted, shape, audits_in(tmp_path_factory.mktemp(name)))
            for name, shape in SHAPES.items()}
    yield {name: future.result() for name, future in made.items()}
    for future in made.values():
        future.result().server.stop()


def touch(audit, draw):
    """What else may happen to an index between a kill and the next sync."""
    reader = draw.choice([None, None, None, "query", "shell"])
    if reader == "query":
        # There may be no index yet.
        assert audit.run("query", "totals").returncode in (0, 1)
    elif reader == "shell" and audit.index.exists():
        # The last to close a file that it may write brings SQLite's log in.
        with index_checks.opened(audit.index, "rw") as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [(b"ok",)]


def moment(victim, reference, draw):
    """When to kill the next sync: while the file is made, or at any moment of what is left to do."""
    if draw.random() < 0.1:
        return draw.uniform(0, 0.05)
    first = reference.snapshots[0]
    left = 1 - victim.listed() / max(len(first["objects"]), len(first["versions"]))
    return draw.uniform(0, 0.02 + reference.seconds * max(left, 0))


def kill_and_resume(shape, server, reference, new_audit, draw, kills_wanted):
    """Makes that many kills in chains, each of which ends with a sync that is let finish."""
    audit, night, made = None, 0, 0
    while made < kills_wanted:
        # Now and then it is a re-sync that is killed.
        is_first = audit is None or draw.random() > (0.6 if shape.mutates else 0.2)
        if is_first:
            audit = new_audit(server)
        elif shape.mutates:
            server.night()
            night += 1
        victim = Victim(audit, server, shape.synced)
        first_night, ended = night, False
        kills_planned = min(draw.randint(1, CHAIN_KILLS_MAX), kills_wanted - made)
        while victim.kills < kills_planned and not ended:
            ended = not victim.run(seconds=moment(victim, reference, draw))
            if not ended:
                touch(audit, draw)
                if shape.mutates and draw.random() < 0.3:
                    server.night()
                    night += 1
        if not ended:
            victim.run()
        made += victim.kills
        expected = reference.at(night)
        # A re-sync whose answers come late is cut as finely as a first sync.
        lists = max(reference.first[: night + 1] + ([] if is_first else reference.again[: night + 1]))
        # What changes behind the cursor of a crawl is for the next one to find.
        victim.assert_finished(lists, expected if night == first_night else None, cuts=shape.cuts)
        if night != first_night:
            audit.sync("--quiet", *shape.synced)
            index_checks.check_index(audit.index)
            index_checks.assert_same(index_checks.snapshot(audit.index), expected)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in SEEDS_LONG)])
def test_killed_at_any_moment(seed, simulator, uninterrupted, new_audit):
    # Side by side, because most of the time is waiting for a slow link.
    with ThreadPoolExecutor(len(SHAPES)) as threads:
        chains = {
            name: threads.submit(
                kill_and_resume, shape, simulator(*shape.arguments()), uninterrupted[name],
                new_audit, random.Random(f"{name} {seed}"), KILLS_LONG if seed else KILLS)
            for name, shape in SHAPES.items()}
    for name, chain in chains.items():
        if error := chain.exception():
            raise AssertionError(f"shape {name}, seed {seed}: {error}") from error


class Passable:
    """A server in its second night, the index of the first, and what a sync then leaves."""

    SHAPE = ("--bucket", "one:uuid:4000", "--bucket", "two:dates:90", "--bucket", "three:hostile:60",
             "--share", "4", "--max-keys", str(killed_sync.PAGE_KEYS))

    VERSIONS = ("--versioning", "enabled", "--versions-per-key", "1-4", "--delete-markers", "15",
                "--uploads", "30", "--upload-parts", "0-3")

    def __init__(self, new_audit, kind):
        self.options = ("--versions", "--parts") if kind == "versions" else ()
        self.server = servers.Simulator(
            *self.SHAPE, *(self.VERSIONS if kind == "versions" else ()))
        first = new_audit(self.server)
        lists_sent(first, self.server, self.options)
        self.base = first.index
        self.server.night()
        lists = {"first": [], "again": []}
        for _ in range(SAMPLES):
            fresh, again = new_audit(self.server), new_audit(self.server)
            shutil.copyfile(self.base, again.index)
            lists["first"].append(lists_sent(fresh, self.server, self.options))
            lists["again"].append(lists_sent(again, self.server, self.options))
        self.lists = {sync: max(numbers) for sync, numbers in lists.items()}
        self.expected = index_checks.snapshot(fresh.index)
        index_checks.assert_same(index_checks.snapshot(again.index), self.expected)


@pytest.fixture(scope="module")
def passables(tmp_path_factory):
    made = {kind: Passable(audits_in(tmp_path_factory.mktemp(f"passable-{kind}")), kind)
            for kind in ("objects", "versions")}
    yield made
    for passable in made.values():
        passable.server.stop()


# These are passed where versions or uploads are listed; but for them, and an import's, a plain sync passes all.
NOT_OF_OBJECTS = {"versions-updated", "uploads-written"}
OF_IMPORTS = {"rows-copied"}
# Which are passed while rows of objects, and so of their versions, are written.
OF_ROWS = {"batch-begun", "objects-inserted", "rows-merged", "cursor-advanced", "range-split"}


def crashpoints():
    """The crashpoints of a sync of objects, and those of one of versions that differ."""
    environment = {"PATH": os.environ["PATH"], "S3AUDIT_TEST_CRASHPOINT": "?"}
    refusal = subprocess.run(
        [os.environ["S3AUDIT_BINARY"], "sync"], env=environment, capture_output=True, text=True)
    assert refusal.returncode == 64, refusal
    names = re.search(r"with one of: (.*)", refusal.stderr)[1].split(", ")
    assert NOT_OF_OBJECTS | OF_ROWS <= set(names)
    return [("objects", name) for name in names if name not in NOT_OF_OBJECTS | OF_IMPORTS] + [
        ("versions", name) for name in names if name in NOT_OF_OBJECTS | OF_ROWS]


@pytest.mark.parametrize("sync", ["first", "again"])
@pytest.mark.parametrize("kind,crashpoint", crashpoints())
def test_killed_at_a_crashpoint(kind, crashpoint, sync, passables, audit):
    passable = passables[kind]
    audit.use(passable.server)
    if sync == "again":
        shutil.copyfile(passable.base, audit.index)
    victim = Victim(audit, passable.server, passable.options)
    assert victim.run(crashpoint=crashpoint), "it is never passed"
    # Not all are passed more than once; the first batches hold no objects yet.
    if all(victim.run(crashpoint=f"{crashpoint}:{passes}") for passes in (2, 3, 5, 7)):
        victim.run()
    victim.assert_finished(passable.lists[sync], passable.expected)


@pytest.mark.long
@pytest.mark.parametrize("sync", ["first", "again"])
@pytest.mark.parametrize("kind,crashpoint", crashpoints())
def test_killed_at_each_pass_of_a_crashpoint(kind, crashpoint, sync, passables, new_audit):
    passable = passables[kind]
    passes, was_killed = 1, True
    while was_killed:
        audit = new_audit(passable.server)
        if sync == "again":
            shutil.copyfile(passable.base, audit.index)
        victim = Victim(audit, passable.server, passable.options)
        was_killed = victim.run(crashpoint=f"{crashpoint}:{passes}")
        if was_killed:
            victim.run()
        victim.assert_finished(passable.lists[sync], passable.expected)
        passes += 1 + passes // 4
    assert passes > 2, "it is never passed"


@pytest.mark.parametrize("order", ["batch", "batch-begun:0", "batch-begun:x"])
def test_a_slip_in_a_crashpoint_is_refused(audit, order):
    result = audit.run("sync", env={"S3AUDIT_TEST_CRASHPOINT": order})
    assert result.returncode == 64
    assert "S3AUDIT_TEST_CRASHPOINT" in result.stderr and order in result.stderr
    assert not audit.index.exists()
