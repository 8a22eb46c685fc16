"""How the index and its last sync are, for people and for monitors."""

import json
import signal
import sqlite3
import threading
from contextlib import closing

from support import scripted_s3
from support.scripted_s3 import error
from support.servers import wait_for

HOUR_MS = 3_600_000


def check(audit, *words, status):
    result = audit.run("status", "--check", *words)
    assert result.returncode == status, result
    lines = result.stdout.splitlines()
    assert lines[0].startswith({0: "s3audit OK: ", 1: "s3audit FAILED: ", 3: "s3audit WARNING: "}[status]), lines
    return lines


def age(audit, hours):
    """Makes all that happened so many hours older."""
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket SET synced_ms = synced_ms - ?", [hours * HOUR_MS])
        database.execute("UPDATE usage_point SET at_ms = at_ms - ?", [hours * HOUR_MS])


def test_a_healthy_index(audit, bucket):
    audit.sync()
    lines = check(audit, status=0)
    assert len(lines) == 1 and lines[0].startswith("s3audit OK: 1 bucket, ") and "listed" in lines[0], lines
    result = audit.run("status")
    assert result.returncode == 0 and result.stderr == ""
    names = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert names[:3] == ["Index", "Last sync", "Buckets"], result.stdout
    assert "1 complete" in result.stdout and "complete, began" in result.stdout
    row = json.loads(audit.run("status", "--format", "json").stdout)[0]
    assert row["complete"] == row["buckets"] == 1 and row["denied"] == 0
    assert row["last_sync_state"] == "complete" and row["sync_running"] is False
    assert row["last_sync_objects"] == len(scripted_s3.KEYS)
    assert row["index_bytes"] == audit.index.stat().st_size and row["free_bytes"] > 0
    assert row["history_bytes"] > 0 and row["running_process"] is None


def test_there_is_no_index_or_none_that_was_synced(audit, tmp_path):
    assert check(audit, status=1) == [f"s3audit FAILED: there is no index at {audit.index}"]
    assert audit.run("status").returncode == 1
    audit.index.write_bytes(b"no index, but long enough to be looked at " * 100)
    lines = check(audit, status=1)
    assert "is not an s3audit index" in lines[0]


def test_what_is_stale_denied_or_partial(audit, s3):
    s3.buckets = {"good": ["a"], "bad": ["b"], "worse": ["c"]}
    audit.sync()
    age(audit, 40)
    lines = check(audit, status=3)
    assert lines[0] == "s3audit WARNING: bad is stale: it was last listed whole 40 h ago, and 2 more problems"
    assert lines[1:] == [f"{name} is stale: it was last listed whole 40 h ago" for name in ("bad", "good", "worse")]
    assert check(audit, "--max-age", "3d", status=0)
    s3.list_script = lambda request, _: error("AccessDenied", 403) if request.bucket == "bad" else None
    assert audit.run("sync").returncode == 3
    lines = check(audit, status=3)
    assert any(line.startswith("bad is denied: ") for line in lines), lines
    assert any("bad is stale" in line for line in lines), lines
    assert "bad (denied, complete as of 40 h ago)" in audit.run("status").stdout


def test_growth_of_a_day(audit, bucket):
    audit.sync()
    age(audit, 24)
    bucket.buckets["bucket"] = [*scripted_s3.KEYS, *(f"more/{number}" for number in range(3000))]
    audit.sync()
    assert check(audit, status=0)
    lines = check(audit, "--max-growth", "20%", status=3)
    assert lines[0].startswith("s3audit WARNING: bucket grew by ") and len(lines) == 1
    assert check(audit, "--max-growth", "100000", status=0)


def test_a_sync_that_runs_and_one_that_was_killed(audit, simulator):
    simulator("--bucket", "logs:dates:30000", "--latency", "300")
    process = audit.start("sync")
    wait_for(lambda: audit.index.exists() and "Running" in audit.run("status").stdout, "a sync that runs")
    # On a busy machine the sync would end before the second question is asked.
    process.send_signal(signal.SIGSTOP)
    row = json.loads(audit.run("status", "--format", "json").stdout)[0]
    assert row["sync_running"] is True and row["running_process"] == process.pid
    process.kill()
    process.communicate()
    assert "killed" in audit.run("status").stdout
    lines = check(audit, status=3)
    assert any("was killed" in line for line in lines), lines
    audit.sync()
    assert check(audit, status=0)


def test_an_account_whose_list_is_refused_may_have_more_buckets(audit, s3):
    s3.buckets = {"good": ["a"]}
    audit.sync()
    s3.script = lambda request, _: None if request.bucket else error("AccessDenied", 403)
    assert audit.run("sync").returncode != 0
    lines = check(audit, status=3)
    assert any(line.startswith("the list of buckets of owner is denied: ") for line in lines), lines
    s3.script = lambda request, _: None
    audit.sync()
    assert check(audit, status=0)


def test_a_sync_that_runs_is_a_problem_when_it_takes_too_long_alone(audit, s3):
    s3.buckets = {"bucket": scripted_s3.KEYS}
    audit.sync()
    s3.buckets["new"] = ["a"]
    held = threading.Event()
    s3.list_script = lambda request, _: held.wait(60) and None
    process = audit.start("sync")
    wait_for(lambda: "partial" in audit.run("status").stdout, "a bucket at work")
    assert len(check(audit, status=0)) == 1
    wait_for(lambda: "still runs" in audit.run("status", "--check", "--max-age", "1s").stdout, "a sync that takes long")
    check(audit, "--max-age", "1s", status=3)
    held.set()
    assert process.wait(60) == 0
    process.communicate()


def test_buckets_that_are_lost_are_missed(audit, s3):
    s3.buckets = {"bucket": scripted_s3.KEYS}
    audit.sync()
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("DELETE FROM bucket")
    assert check(audit, status=3) == ["s3audit WARNING: 1 bucket was synced and is not in the index any more"]


def test_slips(audit):
    for words in (["--max-age", "x"], ["--max-growth", "-5%"], ["--max-growth", "nan"], ["extra"]):
        assert audit.run("status", "--check", *words).returncode == 64
