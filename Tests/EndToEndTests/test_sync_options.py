"""The options of `sync`, the index file it makes, and what it says."""

import json
import os
import stat
import time

import pytest

from support import scripted_s3
from support.servers import listing


@pytest.fixture
def account(audit, s3):
    s3.buckets = {
        "logs-a": ["2025/x", "2026/a", "2026/b", "2027"], "logs-b": ["k"], "photos": ["p1", "p2"],
        "empty": []}
    return s3


def indexed(audit):
    return [row[0] for row in audit.sql("SELECT bucket FROM buckets ORDER BY 1")]


@pytest.mark.parametrize("arguments, expected", [
    ([], ["empty", "logs-a", "logs-b", "photos"]),
    (["logs-*"], ["logs-a", "logs-b"]),
    (["--include", "logs-*"], ["logs-a", "logs-b"]),
    (["--include", "logs-*", "--include", "photos", "--exclude", "*-b"], ["logs-a", "photos"]),
    (["--exclude", "logs-*"], ["empty", "photos"]),
    (["photos"], ["photos"]),
    (["s3://photos"], ["photos"]),
    (["s3://photos/"], ["photos"]),
    (["photos", "logs-?"], ["logs-a", "logs-b", "photos"]),
])
def test_selects_buckets(audit, account, arguments, expected):
    audit.sync(*arguments)
    assert indexed(audit) == expected
    assert {request.bucket for request in account.lists} == set(expected)


def test_a_pattern_without_buckets_is_an_error(audit, account):
    result = audit.sync("nosuch-*", status=1)
    assert "nosuch-*" in result.stderr and "logs-a" in result.stderr
    assert account.lists == []


def test_prefix_sync_touches_only_its_prefix(audit, account):
    audit.sync("logs-a")
    account.buckets["logs-a"] = ["2025/changed", "2026/a", "2026/new", "2028"]
    result = audit.synced("s3://logs-a/2026/")["logs-a"]
    assert (result["added"], result["removed"], result["objects"]) == (1, 1, 2)
    assert set(audit.objects("logs-a")) == {"2025/x", "2026/a", "2026/new", "2027"}
    assert all(request.query["prefix"] == "2026/" for request in account.lists[1:])
    audit.check_index()


def test_prefix_of_a_bucket_never_listed_whole_leaves_it_partial(audit, account):
    audit.sync("s3://logs-a/2026/")
    assert set(audit.objects("logs-a")) == {"2026/a", "2026/b"}
    row = audit.bucket("logs-a")
    assert row["state"] != "complete" and row["synced_at"] is None
    assert "not complete" in audit.run("query", "totals").stderr
    audit.sync("logs-a")
    assert audit.bucket("logs-a")["state"] == "complete"


def test_dry_run_lists_and_writes_nothing(audit, account):
    result = audit.sync("--dry-run")
    assert account.lists == []
    assert not audit.index.exists() and list(audit.home.iterdir()) == []
    for bucket in account.buckets:
        assert bucket in result.stdout
    rows = json.loads(audit.sync("--dry-run", "--format", "json", "logs-*").stdout)
    assert [row["bucket"] for row in rows] == ["logs-a", "logs-b"]
    audit.sync()
    before = audit.index.read_bytes()
    account.buckets["photos"].append("p3")
    audit.sync("--dry-run")
    assert audit.index.read_bytes() == before


@pytest.mark.parametrize("count", [1, 4])
def test_concurrency_bounds_the_requests_in_flight(audit, s3, count):
    s3.buckets = {f"bucket-{number}": ["a", "b", "c", "d"] for number in range(12)}
    s3.page_size, s3.latency_seconds = 2, 0.02
    audit.sync("--concurrency", count)
    assert audit.sql("SELECT count(*), sum(objects) FROM buckets") == [(12, 48)]
    assert s3.in_flight_max == count


@pytest.mark.parametrize("count", ["0", "-1", "many", "1000000", ""])
def test_concurrency_out_of_range_is_a_usage_error(audit, count):
    result = audit.run("sync", f"--concurrency={count}")
    assert result.returncode == 64 and "--concurrency" in result.stderr


def test_requests_keep_the_pace(audit, s3):
    s3.buckets = {f"bucket-{number}": ["a", "b", "c", "d"] for number in range(6)}
    s3.page_size = 2
    s3.list_script = lambda request, number: scripted_s3.error("SlowDown", 503) if number < 2 else None
    start = time.monotonic()
    audit.sync("--max-requests-per-second", "10")
    seconds = time.monotonic() - start
    assert len(s3.lists) == 14 and audit.last_sync()["retries"] == 2
    assert seconds >= (len(s3.requests) - 1) / 10


@pytest.mark.parametrize("rate", ["0", "0.5", "-1", "many", ""])
def test_pace_out_of_range_is_a_usage_error(audit, rate):
    result = audit.run("sync", f"--max-requests-per-second={rate}")
    assert result.returncode == 64 and "--max-requests-per-second" in result.stderr


def test_index_is_for_its_owner_only(audit, account):
    audit.environment |= {"S3AUDIT_INDEX": None, "XDG_DATA_HOME": str(audit.home / "share")}
    umask = os.umask(0)
    try:
        audit.sync("photos")
    finally:
        os.umask(umask)
    folder = audit.home / "share/s3audit"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((audit.home / "share").stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_index_is_where_it_was_said_to_be(audit, account):
    audit.environment["S3AUDIT_INDEX"] = None
    audit.sync("photos")
    assert (audit.home / ".local/share/s3audit/index.sqlite3").exists()
    audit.sync("photos", "--index", "relative.sqlite3")
    assert (audit.home / "relative.sqlite3").exists()
    assert audit.run("query", "totals", "--index", "relative.sqlite3").returncode == 0
    odd = audit.home / "od d? #1%20.sqlite3"
    audit.sync("photos", "--index", odd)
    assert odd.exists()
    assert audit.run("query", "totals", "--index", odd).returncode == 0


def test_a_folder_that_cannot_be_written_is_an_error(audit, account):
    result = audit.sync("--index", "/proc/s3audit/index.sqlite3", status=1)
    assert "/proc/s3audit" in result.stderr and "Help:" in result.stderr


def test_quiet_prints_errors_only(audit, account):
    result = audit.sync("--quiet")
    assert (result.stdout, result.stderr) == ("", "")


def test_verbose_says_what_is_used(audit, account):
    result = audit.sync("--verbose")
    assert "environment" in result.stderr and account.endpoint in result.stderr
    assert str(audit.index) in result.stderr


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "tsv", "markdown"])
def test_report_has_a_row_for_each_bucket(audit, account, format):
    result = audit.sync("--format", format)
    for bucket in account.buckets:
        assert bucket in result.stdout
    assert result.stderr == ""


def test_summary_counts_what_was_done(audit, account):
    account.buckets["photos"] = [f"{number:04}" for number in range(2_345)]
    text = audit.sync("--concurrency", "1").stdout
    assert "Synced 4 buckets: 2,350 objects" in text
    assert "listed 2,350: added 2,350, changed 0, removed 0" in text
    assert str(audit.index) in text
    # ListBuckets and six pages are what AWS bills as LIST.
    assert "7 of them LIST" in text


def test_throttled_syncs_finish(audit, simulator):
    server = simulator("--bucket", "busy:uuid:20000", "--throttle", "15")
    audit.sync()
    assert audit.objects("busy") == listing(server.client(retries={"max_attempts": 20}), "busy")
    assert audit.last_sync()["retries"] > 0


def test_two_accounts_endpoints_share_an_index(audit, account, moto):
    moto.load("photos", ["elsewhere"])
    audit.sync()
    audit.use(account)
    audit.sync()
    assert audit.sql("SELECT count(*) FROM buckets WHERE bucket = 'photos'") == [(2,)]
    assert audit.sql("SELECT key FROM objects WHERE bucket = 'photos' ORDER BY 1") == [
        ("elsewhere",), ("p1",), ("p2",)]
