"""Answers that are broken in every way that can be noticed, from s3sim, alone and mixed.

The rule: the index equals what a crawl of a sound server finds, or the exit code is not 0 and the bucket
is marked. Never a wrong total with exit 0.
"""

import json
import socket
import sqlite3

import pytest

from support import servers
from support.audit import Audit

# A hundred pages and more in each bucket.
BUCKETS = ["--bucket", "flat:flat:6000", "--bucket", "dated:dates:7000", "--max-keys", "50",
           "--share", "5"]
NAMES = ["dated", "flat"]

# One more attempt is enough, whatever the client does about it.
PASSING = [
    "slow-down", "internal-error", "error-in-200", "html", "html-503", "empty-body", "gzip-junk",
    "missing-size", "reset-head", "reset-body", "cut-head", "cut-body", "cut-chunk",
    "cut-unannounced", "cut-document", "length-long", "length-short"]
# Listings that a client may see through, or give up.
DOUBTFUL = [
    "repeated-page", "first-page", "token-back", "no-token", "empty-page", "overlap",
    "reversed-page", "swapped-keys", "duplicate-key", "rolled-up", "endless-body"]
# Nothing but an end of the crawl is right.
LASTING = [
    "redirect-301", "redirect-307", "wrong-region", "redirect-loop", "redirect-foreign",
    "expired-token", "clock-skew"]
# Each takes as long as the client's patience.
SLOW = ["slow", "stall", "silence"]


def faults(kinds, percent):
    """The options that let `percent` of the answers meet one of `kinds`."""
    return [word for kind in kinds for word in ("--fault", f"{kind}:{percent / len(kinds)}")]


def rows(index, bucket):
    """Everything the file holds of a bucket."""
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
        return set(database.execute(
            "SELECT key, size, etag, last_modified, storage_class FROM objects WHERE bucket = ?",
            [bucket]))


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """What crawls of a sound server find in two nights: [{bucket: rows}, {bucket: rows}]."""
    server = servers.Simulator(*BUCKETS)
    nights = []
    for night in range(2):
        audit = Audit(tmp_path_factory.mktemp(f"night-{night}"))
        audit.use(server)
        audit.sync()
        nights.append({bucket: rows(audit.index, bucket) for bucket in NAMES})
        server.night()
    server.stop()
    assert all(len(found) > 5_500 for night in nights for found in night.values())
    assert nights[0] != nights[1]
    return nights


def check(audit, result, truth, night=0):
    """The rule, for each bucket and for the totals; True when the sync was whole."""
    context = result.stderr[-2_000:]
    assert result.returncode in (0, 1, 3), context
    audit.check_index()
    states, counts = {}, {}
    for bucket in NAMES:
        found, row = rows(audit.index, bucket), audit.bucket(bucket)
        states[bucket], counts[bucket] = row["state"], len(found)
        expected = truth[night][bucket]
        if row["state"] == "complete":
            assert found == expected, (bucket, len(found), len(expected), context)
        else:
            assert row["state"] == "partial" and row["error"], (row, context)
            assert found <= truth[0][bucket] | truth[night][bucket]
            assert bucket in result.stderr
        assert row["objects"] == len(found)
        assert row["bytes"] == sum(size for _, size, *_ in found)
    is_whole = set(states.values()) == {"complete"}
    assert (result.returncode == 0) == is_whole, (states, context)
    result = audit.run("query", "totals", "--require-complete", "--format", "json")
    assert result.returncode == (0 if is_whole else 3)
    totals = json.loads(result.stdout)[0]
    assert totals["state"] == ("complete" if is_whole else "partial")
    assert totals["objects"] == sum(counts.values())
    return is_whole


def check_healed(audit, server, truth, night=0):
    """However the sync before ended, one without faults makes the index right."""
    server.heal()
    result = audit.run("sync")
    assert check(audit, result, truth, night), result.stderr
    return result


def served(server):
    return server.requests()["faults"]


def check_kind(audit, simulator, truth, kind, percent, seed=1):
    server = simulator(*BUCKETS, "--fault", f"{kind}:{percent}",
                       "--fault-seed", str(seed))
    result = audit.run("sync")
    is_whole = check(audit, result, truth)
    met = served(server).get(kind, 0)
    if percent >= 5:
        # A bucket of folders alone can be rolled up: the flat one is listed on.
        assert met > 0
    if kind in PASSING or met == 0:
        assert is_whole, result.stderr
    if kind in LASTING and met > 0:
        assert not is_whole
    if not is_whole:
        check_healed(audit, server, truth)


@pytest.mark.parametrize("kind", PASSING + DOUBTFUL + LASTING)
def test_one_fault_in_twenty_answers(audit, simulator, truth, kind):
    check_kind(audit, simulator, truth, kind, 5)


@pytest.mark.parametrize("percent", [1, 5, 20])
@pytest.mark.parametrize("kinds", [PASSING, PASSING + DOUBTFUL, PASSING + DOUBTFUL + LASTING],
                         ids=["passing", "doubtful", "all"])
def test_mixed_faults_over_two_nights(audit, simulator, truth, kinds, percent):
    check_mixed(audit, simulator, truth, kinds, percent)


def check_mixed(audit, simulator, truth, kinds, percent, seed=1):
    server = simulator(*BUCKETS, *faults(kinds, percent), "--fault-seed", str(seed))
    is_whole = check(audit, audit.run("sync"), truth)
    assert is_whole or kinds != PASSING
    server.night()
    # Taken up instead, a crawl would keep what it listed the night before.
    is_whole = check(audit, audit.run("sync", "--full"), truth, night=1)
    assert is_whole or kinds != PASSING
    check_healed(audit, server, truth, night=1)


@pytest.mark.parametrize("kind", LASTING + DOUBTFUL + ["internal-error", "cut-body"])
def test_a_server_that_fails_for_good_from_the_middle_on(audit, simulator, truth, kind):
    """From the middle of a second sync: what is known of the first night must not be lost or mixed up."""
    server = simulator(*BUCKETS)
    audit.sync()
    pages = server.requests()["requests"]["ListObjectsV2"]
    server.stop()
    server = simulator(*BUCKETS, "--night", "1", "--fault", f"{kind}@{pages // 2}+", port=server.port)
    result = audit.run("sync", env={"AWS_MAX_ATTEMPTS": "2"})
    is_whole = check(audit, result, truth, night=1)
    if kind in LASTING:
        assert not is_whole
    # What leads round in a circle is left soon. S3 may send a thousand empty pages and be right, to
    # each of the requests in flight.
    patience = 1_100 * 64 if kind == "empty-page" else 3 * pages
    assert server.requests()["requests"]["ListObjectsV2"] < patience
    for bucket in NAMES:
        assert len(rows(audit.index, bucket)) > 5_500, "the rows that were not reached are kept"
    assert check_healed(audit, server, truth, night=1)


@pytest.mark.parametrize("requests", ["1+", "50", "50+"])
def test_credentials_do_not_follow_a_redirect_to_another_host(audit, simulator, truth, requests):
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", 0))
        foreign.listen()
        foreign.setblocking(False)
        host = f"127.0.0.1:{foreign.getsockname()[1]}"
        server = simulator(*BUCKETS, "--fault", f"redirect-foreign@{requests}", "--foreign-host", host)
        assert not check(audit, audit.run("sync"), truth)
        assert served(server)["redirect-foreign"] > 0
        # Not even a connection, so nothing was said.
        with pytest.raises(BlockingIOError):
            foreign.accept()


def test_a_redirect_loop_ends(audit, simulator):
    for kind in ["redirect-loop", "redirect-301", "wrong-region"]:
        server = simulator(*BUCKETS, "--fault", f"{kind}@1+")
        audit.sync(status=3)
        assert server.requests()["requests"]["ListObjectsV2"] <= 4 * len(NAMES)


@pytest.mark.parametrize("kind, words", [
    ("expired-token", "session token has expired"), ("clock-skew", "clock is wrong")])
def test_an_end_of_the_session_says_so_and_is_taken_up(audit, simulator, truth, kind, words):
    server = simulator(*BUCKETS, "--fault", f"{kind}@60+")
    result = audit.sync(status=3)
    assert words in result.stderr
    assert not check(audit, result, truth)
    listed = sum(len(rows(audit.index, bucket)) for bucket in NAMES)
    assert listed > 1_000
    server.heal()
    report = audit.synced()
    assert sum(row["added"] for row in report.values()) == sum(map(len, truth[0].values())) - listed
    assert any(row["resumed"] for row in report.values())
    for bucket in NAMES:
        assert rows(audit.index, bucket) == truth[0][bucket]


# The whole matrix


@pytest.mark.long
@pytest.mark.parametrize("percent", [1, 20])
@pytest.mark.parametrize("kind", PASSING + DOUBTFUL + LASTING)
def test_kinds_by_percentage(audit, simulator, truth, kind, percent):
    check_kind(audit, simulator, truth, kind, percent, seed=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("percent", [1, 5, 20])
def test_mixed_faults_by_seed(audit, simulator, truth, percent, seed):
    check_mixed(audit, simulator, truth, PASSING + DOUBTFUL, percent, seed)


@pytest.mark.long
def test_answers_that_do_not_come(tmp_path, simulator, truth):
    """All at once, since each takes the client's patience: half a minute, a whole one for silence."""
    running = []
    for kind in SLOW:
        folder = tmp_path / kind
        folder.mkdir()
        audit = Audit(folder)
        server = simulator(*BUCKETS, "--fault", f"{kind}@50")
        audit.use(server)
        running.append((audit, server, kind, audit.start("sync")))
    for audit, server, kind, process in running:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
        assert served(server) == {kind: 1}
        for bucket in NAMES:
            assert rows(audit.index, bucket) == truth[0][bucket]
            assert audit.bucket(bucket)["state"] == "complete"
