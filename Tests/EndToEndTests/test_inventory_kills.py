"""`kill -9` while an inventory is imported: the same import again leaves what one that nobody kills does."""

import random
import shutil
import signal
import subprocess

import pytest

from support import index_checks, killed_sync, servers
from support.audit import Audit

PLACE = "s3://inventory/one/everything/"
CRASHPOINTS = [
    "index-opened", "batch-begun", "batch-begun:3", "sync-begun", "crawl-planned", "objects-inserted:2", "rows-merged",
    "rows-merged:3", "cursor-advanced:2", "batch-summed", "batch-committed:2", "crawl-listed", "crawl-closed",
    "crawl-committed", "sync-ending", "sync-committed", "index-at-rest"]
# Of each shape and seed.
KILLS, KILLS_LONG = 6, 60
SHAPES = {
    "objects": ("--bucket", "one:dates:9000", "--inventory", "one:order=shuffled,files=3"),
    "versions": ("--bucket", "one:dates:3000", "--versioning", "enabled", "--versions-per-key", "1-5",
                 "--delete-markers", "15", "--deep-key", "one/logs/deep:400",
                 "--inventory", "one:versions,order=shuffled,files=3"),
}


def new_audit(folder, server, name):
    (folder / name).mkdir()
    audit = Audit(folder / name)
    audit.use(server)
    return audit


class World:
    """A simulator in two nights, and what imports of each leave that nobody interrupts."""

    def __init__(self, shape, folder):
        self.folder = folder
        self.server = servers.Simulator(*SHAPES[shape], "--share", "10")
        self.kept = new_audit(folder, self.server, "kept")
        run(self.kept)
        self.first = folder / "first.sqlite3"
        shutil.copyfile(self.kept.index, self.first)
        self.server.night()
        run(self.kept)
        self.again = index_checks.snapshot(self.kept.index)
        self.fresh = new_audit(folder, self.server, "fresh")
        run(self.fresh)
        self.whole = index_checks.snapshot(self.fresh.index)

    def victim(self, name, isLater):
        """An index to be killed at: new, or as the night before left it; with what it has to become."""
        audit = new_audit(self.folder, self.server, name)
        if isLater:
            shutil.copyfile(self.first, audit.index)
        return audit, self.again if isLater else self.whole


def run(audit, seconds=None, crashpoint=None):
    """Imports; whether that was killed, after so many seconds or at a crashpoint."""
    process = audit.start("import", "inventory", PLACE, "--quiet", env={"S3AUDIT_TEST_CRASHPOINT": crashpoint},
                          stdout=subprocess.DEVNULL)
    try:
        _, err = process.communicate(timeout=60 if seconds is None else seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), (process.returncode, err)
    was_killed = process.returncode != 0
    assert not was_killed or seconds is not None or crashpoint is not None, "killed by somebody else"
    if was_killed:
        with killed_sync.TALLY.lock:
            killed_sync.TALLY.named += crashpoint is not None
            killed_sync.TALLY.seeded += crashpoint is None
    return was_killed


def finish(audit, expected):
    index_checks.check_index(audit.index)
    run(audit)
    index_checks.check_index(audit.index)
    index_checks.assert_same(index_checks.snapshot(audit.index), expected)
    run(audit)
    assert audit.sql("SELECT added + changed + removed FROM sync_crawl ORDER BY sync_id DESC LIMIT 1") == [(0,)]


@pytest.fixture(scope="module", params=SHAPES)
def world(request, tmp_path_factory):
    world = World(request.param, tmp_path_factory.mktemp(request.param))
    yield world
    world.server.stop()


@pytest.mark.parametrize("isLater", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("crashpoint", CRASHPOINTS)
def test_a_kill_at_a_seam(world, crashpoint, isLater):
    audit, expected = world.victim(f"{crashpoint.replace(':', '-')}-{isLater}", isLater)
    was_killed = run(audit, crashpoint=crashpoint)
    # A later import has few batches and little to insert.
    assert was_killed or isLater or ":" in crashpoint
    finish(audit, expected)


def kill_at_seeded_moments(world, seed, kills):
    random_moments = random.Random(seed)
    audit, expected = world.victim(f"seed-{seed}", seed % 2 == 1)
    for _ in range(kills):
        run(audit, seconds=random_moments.uniform(0.01, 0.5))
        index_checks.check_index(audit.index)
    finish(audit, expected)


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_seeded_moments(world, seed):
    kill_at_seeded_moments(world, seed, KILLS)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 13))
def test_many_kills_at_seeded_moments(world, seed):
    kill_at_seeded_moments(world, seed, KILLS_LONG)


def test_a_sync_does_not_go_on_from_half_an_inventory(world):
    audit, _ = world.victim("half", False)
    assert run(audit, crashpoint="batch-committed:2")
    audit.sync("one", "--no-versions")
    assert audit.bucket("one")["state"] == "complete"
    assert audit.sql("SELECT count(*) FROM objects")[0][0] == world.server.counts("one")["objects"]
