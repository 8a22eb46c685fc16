"""Random histories: nights, whole and prefix syncs, kills and interrupts, in any order.

Whatever came before, a sync that finishes leaves what the server holds, and no answer calls complete
what is not.
"""

import random
import signal
import subprocess

import pytest

from support.servers import Simulator, listing, wait_for

SHAPE = ("--bucket", "one:uuid:3000", "--bucket", "two:dates:4000", "--bucket", "three:deep:300",
         "--share", "4", "--max-keys", "200")
BUCKETS = ("one", "two", "three")
PREFIXES = ["s3://two/logs/2023/01/", "s3://one/a", "s3://two/", "s3://three/"]


def requests_of(server):
    return sum(server.requests()["requests"].values())


class Nights:
    """What the server holds after each night, by bucket."""

    def __init__(self):
        self.server = Simulator(*SHAPE)
        self.known = []

    def __getitem__(self, night):
        while len(self.known) <= night:
            if self.known:
                self.server.night()
            client = self.server.client()
            self.known.append({name: listing(client, name) for name in BUCKETS})
        return self.known[night]


@pytest.fixture(scope="module")
def nights():
    nights = Nights()
    yield nights
    nights.server.stop()


def run(audit, server, draw, *arguments):
    """Runs a sync to its end, or ends it after a while; says whether it finished."""
    asked = requests_of(server)
    process = audit.start("sync", "--concurrency", draw.choice(["1", "3", "64"]), *arguments)
    ending = draw.choice([None, signal.SIGKILL, signal.SIGKILL, signal.SIGINT])
    if ending == signal.SIGINT:
        # Before it has come so far, the signal ends it as it ends every program.
        wait_for(lambda: requests_of(server) > asked or process.poll() is not None, "request")
    try:
        process.communicate(timeout=draw.uniform(0.02, 0.5) if ending else 60)
    except subprocess.TimeoutExpired:
        process.send_signal(ending)
        process.communicate()
    assert process.returncode in (0, 130, -signal.SIGKILL)
    return process.returncode == 0


def check(audit, server_rows):
    """States tell the truth: a complete bucket was listed whole since the last night."""
    audit.check_index()
    for bucket, rows in server_rows.items():
        stored = audit.objects(bucket)
        assert stored == rows, bucket
        assert audit.bucket(bucket)["state"] == "complete"


def history(audit, simulator, nights, seed, steps):
    draw = random.Random(seed)
    server = simulator(*SHAPE, "--latency", "10")
    night, finished = 0, 0
    for _ in range(steps):
        action = draw.choice(["night", "sync", "sync", "prefix", "full"])
        if action == "night":
            server.night()
            night += 1
        elif action == "prefix":
            run(audit, server, draw, draw.choice(PREFIXES))
        else:
            whole = run(audit, server, draw, *(["--full"] if action == "full" else []))
            if audit.index.exists():
                audit.check_index()
            # A crawl that was taken up again may hold rows of the night before; so may one that an
            # interrupted sync had finished, which is not repeated.
            anew = whole and audit.sql(
                "SELECT count(*) FROM sync_crawl AS s WHERE s.sync_id = (SELECT max(id) FROM sync) AND"
                " NOT EXISTS (SELECT 1 FROM sync_crawl AS o WHERE o.crawl_id = s.crawl_id"
                " AND o.sync_id <> s.sync_id)") == [(len(BUCKETS),)]
            if anew:
                check(audit, nights[night])
                finished += 1
    audit.sync("--full")
    check(audit, nights[night])
    added, removed = audit.sql("SELECT sum(added), sum(removed) FROM syncs")[0]
    assert added - removed == sum(len(rows) for rows in nights[night].values())
    return finished


@pytest.mark.parametrize("seed", range(3))
def test_any_history_ends_in_what_the_server_holds(audit, simulator, nights, seed):
    history(audit, simulator, nights, seed, steps=12)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_histories_end_in_what_the_server_holds(audit, simulator, nights, seed):
    history(audit, simulator, nights, seed, steps=25)
