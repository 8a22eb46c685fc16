"""Syncs that end before they are done: interrupted, locked out, killed; more kills in test_kills.py."""

import functools
import signal
import subprocess
import time
from random import Random

import pytest

from support.servers import Simulator, listing, wait_for

SHAPE = ("--bucket", "one:uuid:15000", "--bucket", "two:dates:5000", "--bucket", "three:deep:500")
OBJECTS = 20_500
BIG = ("--bucket", "one:uuid:20000")
# Milliseconds that each answer takes, so that a signal comes before the last one also on a busy machine.
SLOWLY = "200"


@functools.cache
def served(*arguments, nights=0):
    """What a simulator with these arguments serves, by bucket: boto3's listing, without latency."""
    server = Simulator(*arguments)
    for _ in range(nights):
        server.night()
    client = server.client()
    names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    rows = {name: listing(client, name) for name in names}
    server.stop()
    return rows


def assert_holds(audit, expected):
    for bucket, rows in expected.items():
        assert audit.objects(bucket) == rows


def pages_listed(server):
    return server.requests()["requests"].get("ListObjectsV2", 0)


def ranges_left(audit):
    """How many ranges are to be taken up: each may end with a page that is not full."""
    return audit.sql("SELECT count(*) FROM crawl_range WHERE NOT done")[0][0]


def interrupted_after(audit, server, pages, number):
    """Starts a sync and ends it with signal `number` when `pages` LIST requests have been made."""
    before = pages_listed(server)
    process = audit.start("sync", "--concurrency", "3")
    wait_for(
        lambda: pages_listed(server) - before >= pages or process.poll() is not None,
        f"{pages} pages")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_what_was_committed_before_a_kill_is_not_listed_again(audit, simulator):
    server = simulator(*BIG, "--latency", SLOWLY)
    interrupted_after(audit, server, 13, signal.SIGKILL)
    stored = len(audit.objects("one"))
    assert stored > 0, "13 pages take longer than a commit"
    before, ranges = pages_listed(server), ranges_left(audit)
    # One request at a time cuts nothing.
    result = audit.synced("--concurrency", "1")["one"]
    assert result["resumed"] is True
    assert pages_listed(server) - before <= (20_000 - stored) / 1_000 + ranges + 1
    assert_holds(audit, served(*BIG))


def test_a_killed_sync_is_marked_partial_in_every_answer(audit, simulator):
    server = simulator(*BIG, "--latency", SLOWLY)
    interrupted_after(audit, server, 13, signal.SIGKILL)
    assert audit.bucket("one")["state"] == "partial"
    for query in (["totals"], ["buckets"], ["top"], ["find", "--limit", "1"], ["du", "one"]):
        result = audit.run("query", *query)
        assert result.returncode == 0
        assert "partial" in result.stdout and "not complete" in result.stderr, (query, result)
        assert audit.run("query", *query, "--require-complete").returncode == 3
    assert audit.last_sync()["state"] in ("running", "interrupted")
    audit.sync()
    assert audit.run("query", "totals", "--require-complete").returncode == 0
    # A sync that was killed is not shown as if it still ran.
    assert [row[0] for row in audit.sql("SELECT state FROM syncs ORDER BY sync")][0] != "running"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_sync_says_how_to_go_on_and_does(audit, simulator, number):
    server = simulator(*SHAPE, "--latency", SLOWLY)
    status, out, err = interrupted_after(audit, server, 9, number)
    assert status == 130
    assert "nterrupted" in err and "same command again" in err
    assert audit.last_sync()["state"] == "interrupted"
    audit.check_index()
    stored = audit.sql("SELECT count(*) FROM objects")[0][0]
    assert stored >= 1_000, "what was listed is kept"
    before, ranges = pages_listed(server), ranges_left(audit)
    result = audit.synced("--concurrency", "1")
    assert any(row["resumed"] for row in result.values())
    # The two smaller buckets may have been listed to their end: then they are listed again.
    assert pages_listed(server) - before <= (OBJECTS - stored) / 1_000 + ranges + 6
    assert_holds(audit, served(*SHAPE))
    assert audit.last_sync()["state"] == "complete"


def test_interrupted_again_and_again_ends_where_one_sync_does(audit, simulator):
    server = simulator(*SHAPE, "--latency", "20")
    for _ in range(5):
        interrupted_after(audit, server, 6, signal.SIGINT)
        audit.check_index()
    audit.sync()
    assert_holds(audit, served(*SHAPE))
    totals = audit.sql("SELECT sum(added), sum(changed), sum(removed) FROM syncs")
    assert totals == [(OBJECTS, 0, 0)], "nothing is counted twice"


def test_an_interrupted_resync_goes_on_too(audit, simulator):
    shape = ("--bucket", "one:uuid:6000", "--bucket", "two:dates:3000", "--share", "5")
    server = simulator(*shape, "--latency", SLOWLY)
    audit.sync()
    server.night()
    interrupted_after(audit, server, 5, signal.SIGKILL)
    audit.check_index()
    for query in (["totals"], ["buckets"]):
        assert "partial" in audit.run("query", *query).stdout
    audit.sync()
    changes = audit.sql("SELECT bucket, key, change FROM changes")
    expected = []
    for bucket, old in served(*shape).items():
        new = served(*shape, nights=1)[bucket]
        assert audit.objects(bucket) == new
        expected += [(bucket, key, "added") for key in new.keys() - old.keys()]
        expected += [(bucket, key, "removed") for key in old.keys() - new.keys()]
        expected += [
            (bucket, key, "modified") for key in new.keys() & old.keys() if new[key] != old[key]]
    assert sorted(changes) == sorted(expected), "each change is journaled once"


def test_full_forgets_the_checkpoints(audit, simulator):
    server = simulator(*BIG, "--latency", SLOWLY)
    interrupted_after(audit, server, 13, signal.SIGINT)
    before = pages_listed(server)
    result = audit.synced("--full")["one"]
    assert result["resumed"] is False
    assert pages_listed(server) - before >= 20
    assert_holds(audit, served(*BIG))


ENDLESS = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


@pytest.mark.alone
@pytest.mark.parametrize("command", [
    ["sync"], ["list", "bucket"], pytest.param(["doctor"], marks=pytest.mark.long),
    pytest.param(["query", "sql", ENDLESS], marks=pytest.mark.long)], ids=" ".join)
def test_a_signal_is_never_lost_however_early_it_comes(audit, bucket, command):
    """Before the program takes signals, they end it as they end every other; then it ends with 130."""
    audit.sync()
    bucket.latency_seconds = 60
    random = Random(7)
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(4)]
    try:
        for number in range(50):
            signal_number = random.choice([signal.SIGINT, signal.SIGTERM])
            process = audit.start(*command)
            time.sleep(random.uniform(0, 0.2))
            process.send_signal(signal_number)
            process.communicate(timeout=20)
            assert process.returncode in (130, -signal_number), number
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.mark.alone
def test_second_signal_ends_at_once_and_loses_nothing_committed(audit, simulator):
    server = simulator(*BIG, "--latency", "1200")
    process = audit.start("sync")
    wait_for(lambda: pages_listed(server) >= 1, "the first page")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 130
    assert time.monotonic() - start < 1
    audit.check_index()


@pytest.mark.alone
def test_second_sync_is_refused_at_once_with_the_first_ones_pid(audit, simulator):
    server = simulator("--bucket", "one:uuid:5000", "--latency", "300")
    first = audit.start("sync")
    wait_for(lambda: pages_listed(server) >= 1, "the first page")
    start = time.monotonic()
    result = audit.run("sync")
    assert result.returncode == 1
    assert time.monotonic() - start < 2
    assert str(first.pid) in result.stderr and "Help:" in result.stderr
    # Readers are not kept out.
    assert audit.run("query", "totals").returncode == 0
    first.communicate(timeout=30)
    assert first.returncode == 0
    assert audit.bucket("one")["objects"] == 5_000


def test_lock_of_a_dead_sync_is_no_obstacle(audit, simulator):
    server = simulator("--bucket", "one:uuid:5000", "--latency", "100")
    interrupted_after(audit, server, 2, signal.SIGKILL)
    audit.sync()
    assert audit.bucket("one")["objects"] == 5_000
