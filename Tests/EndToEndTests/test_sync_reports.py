"""How a sync ended, as programs read it, and what is said of it before."""

import csv
import io
import json
import signal

import pytest

from support import scripted_s3
from support.servers import wait_for

KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


@pytest.fixture
def account(s3):
    s3.buckets = {"closed": ["c"], "logs": ["a", "b"]}
    s3.list_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.bucket == "closed" else None)
    return s3


def report(audit, *arguments, status, **options):
    result = audit.sync("--format", "json", *arguments, status=status, **options)
    return json.loads(result.stdout), result


def test_report_has_every_bucket_and_account(audit, account):
    document, _ = report(audit, status=3)
    assert document["state"] == "partial" and document["error"] is None
    assert {row["bucket"]: row["outcome"] for row in document["buckets"]} == {
        "closed": "denied", "logs": "complete"}
    assert [row["outcome"] for row in document["accounts"]] == ["complete"]
    assert document["accounts"][0]["account"] == "owner"
    assert document["objects"] == document["added"] == 2
    assert document["requests"] >= document["list_requests"] >= 3
    assert document["list_dollars"] is None, "no price but on AWS"
    assert document["started_at"] <= document["finished_at"]


def test_report_names_what_ended_a_sync(audit, s3):
    s3.script = lambda request, number: scripted_s3.error("AccessDenied", 403)
    document, result = report(audit, status=1)
    assert document["state"] == "failed" and "AccessDenied" in document["error"] and document["help"]
    assert document["buckets"] == [] and "Error:" in result.stderr


def test_report_is_there_when_nothing_could_begin(audit):
    document, _ = report(audit, status=1, env=KEYS)
    assert document["state"] == "failed" and "credentials" in document["error"]
    assert document["buckets"] == [] and document["accounts"] == []


def test_report_is_there_when_the_index_cannot_be_opened(audit, account):
    audit.index.write_text("this is no index, but a text of more than sixteen bytes")
    document, _ = report(audit, status=1)
    assert document["state"] == "failed" and str(audit.index) in document["error"]


@pytest.mark.parametrize("format", ["csv", "tsv"])
def test_rows_say_what_ended_a_sync(audit, s3, format):
    s3.script = lambda request, number: scripted_s3.error("AccessDenied", 403)
    result = audit.sync("--format", format, status=1)
    rows = list(csv.DictReader(io.StringIO(result.stdout), delimiter="," if format == "csv" else "\t"))
    assert [(row["bucket"], row["outcome"]) for row in rows] == [("", "failed")]
    assert "AccessDenied" in rows[0]["error"]


def test_rows_of_buckets_are_as_they_were(audit, account):
    lines = audit.sync("--format", "jsonl", status=3).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["bucket"] for row in rows] == ["closed", "logs"]
    assert list(rows[0]) == [
        "bucket", "outcome", "objects", "added", "changed", "removed", "resumed", "error", "account", "profile",
        "versions", "state", "objects_stored", "bytes_stored"]


def test_report_names_accounts_that_were_refused(audit, account):
    audit.configure(
        "[profile good]\nregion = us-east-1\n[profile bad]\nregion = us-east-1\n",
        "[good]\naws_access_key_id = good\naws_secret_access_key = g\n"
        "[bad]\naws_access_key_id = bad\naws_secret_access_key = b\n")
    account.script = lambda request, number: (
        scripted_s3.error("InvalidAccessKeyId", 403)
        if "Credential=bad/" in request.headers.get("Authorization", "") else None)
    profiles = ["--profile", "good", "--profile", "bad"]
    document, _ = report(audit, *profiles, status=3)
    outcomes = {row["profile"]: (row["outcome"], row["error"]) for row in document["accounts"]}
    assert outcomes["good"] == ("complete", None)
    assert outcomes["bad"][0] == "failed" and "InvalidAccessKeyId" in outcomes["bad"][1]
    rows = [json.loads(line) for line in audit.sync("--format", "jsonl", *profiles, status=3).stdout.splitlines()]
    assert [(row["bucket"], row["profile"]) for row in rows if row["bucket"] is None] == [(None, "bad")]


def interrupted(audit, s3, *arguments, pages=4):
    """Interrupts a sync in the middle of its second bucket, when it asks for so many pages; what it wrote."""
    s3.buckets = {"aa": [f"{number}" for number in range(10)], "bb": [f"{number:05}" for number in range(5_000)]}

    def slow_down(request, number):
        s3.latency_seconds = 1 if request.bucket == "bb" and number >= 3 else 0

    s3.list_script = slow_down
    process = audit.start("sync", "--no-properties", "--concurrency", "1", *arguments)
    wait_for(lambda: len(s3.lists) >= pages or process.poll() is not None, "pages of the second bucket")
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    s3.list_script = lambda request, number: None
    s3.latency_seconds = 0
    return output


def shares(document):
    return {row["bucket"]: (row["outcome"], row["state"], row["objects"], row["objects_stored"], row["resumed"])
            for row in document["buckets"]}


def test_report_of_an_interrupted_sync_and_of_the_one_that_goes_on(audit, s3):
    document = json.loads(interrupted(audit, s3, "--format", "json"))
    assert (document["state"], document["error"]) == ("interrupted", "interrupted")
    assert "same command again" in document["help"]
    stored = audit.bucket("bb")["objects"]
    assert 1_000 <= stored < 5_000
    assert shares(document) == {
        "aa": ("complete", "complete", 10, 10, False), "bb": ("interrupted", "partial", stored, stored, False)}
    assert {row["bucket"]: row["error"] for row in document["buckets"]} == {"aa": None, "bb": "interrupted"}
    assert document["objects"] == document["added"] == document["objects_stored"] == stored + 10
    assert document["bytes_stored"] == stored + 10 == sum(row["bytes_stored"] for row in document["buckets"])
    document, _ = report(audit, "--no-properties", status=0)
    assert shares(document) == {
        "aa": ("complete", "complete", 0, 10, True), "bb": ("complete", "complete", 5_000 - stored, 5_000, True)}
    assert (document["objects"], document["objects_stored"]) == (5_000 - stored, 5_010)
    assert document["bytes_stored"] == audit.query("totals")[0]["bytes"] == 5_010


def test_an_interrupted_sync_that_is_interrupted_again_says_what_it_took_up(audit, s3):
    interrupted(audit, s3)
    before = audit.bucket("bb")["objects"]
    s3.requests.clear()
    document = json.loads(interrupted(audit, s3, "--format", "json", pages=2))
    stored = audit.bucket("bb")["objects"]
    assert before < stored < 5_000
    assert shares(document)["bb"] == ("interrupted", "partial", stored - before, stored, True)


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl"])
def test_rows_of_an_interrupted_sync(audit, s3, format):
    text = interrupted(audit, s3, "--format", format)
    assert "Cancellation" not in text
    rows = ([json.loads(line) for line in text.splitlines()] if format == "jsonl" else
            list(csv.DictReader(io.StringIO(text), delimiter="," if format == "csv" else "\t")))
    assert [(row["bucket"] or None, row["outcome"], row["error"] or None) for row in rows] == [
        ("aa", "complete", None), ("bb", "interrupted", "interrupted"), (None, "interrupted", "interrupted")]


def test_report_tells_what_the_index_holds_of_what_was_refused(audit, account):
    document, _ = report(audit, status=3)
    stored = {row["bucket"]: (row["state"], row["objects_stored"], row["bytes_stored"]) for row in document["buckets"]}
    assert stored == {"closed": ("denied", 0, 0), "logs": ("complete", 2, 2)}
    account.list_script = lambda request, number: None
    report(audit, status=0)
    account.buckets["logs"] = ["a"]
    account.list_script = lambda request, number: scripted_s3.error("AccessDenied", 403)
    document, _ = report(audit, status=3)
    assert {row["state"] for row in document["buckets"]} == {"denied"}
    assert (document["objects"], document["objects_stored"], document["bytes_stored"]) == (0, 3, 3)


def test_report_of_what_no_index_holds(audit, account):
    audit.index.write_text("this is no index, but a text of more than sixteen bytes")
    document, _ = report(audit, status=1)
    assert document["objects_stored"] is None and document["bytes_stored"] is None


# Before a sync


def test_dry_run_says_what_it_does_not_know(audit, s3):
    s3.buckets = {"known": [f"{number:05}" for number in range(2_500)], "new": ["a"]}
    audit.sync("s3://known")
    text = audit.sync("--dry-run").stdout
    assert "2 buckets, at least 4 LIST requests. 1 of them has never been listed whole" in text
    rows = {row["bucket"]: row for row in json.loads(audit.sync("--dry-run", "--format", "json").stdout)}
    assert rows["known"]["list_requests"] == 3 and rows["new"]["list_requests"] is None
    audit.sync()
    assert "2 buckets, about 4 LIST requests." in audit.sync("--dry-run").stdout


def test_dry_run_names_what_a_prune_would_remove(audit, s3):
    s3.buckets = {"gone": ["a"], "stays": ["b"]}
    audit.sync()
    del s3.buckets["gone"]
    assert "gone" not in audit.sync("--dry-run").stdout
    text = audit.sync("--dry-run", "--prune").stdout
    assert "would be removed from the index: gone." in text
    rows = json.loads(audit.sync("--dry-run", "--prune", "--format", "json").stdout)
    assert {row["bucket"]: row["action"] for row in rows} == {"gone": "prune", "stays": "list"}
    assert audit.bucket("gone")["objects"] == 1, "nothing is removed yet"
    audit.sync("--prune")
    assert audit.sql("SELECT bucket FROM buckets") == [("stays",)]


def test_dry_run_of_a_gone_bucket_says_what_the_sync_does(audit, s3):
    s3.buckets = {"gone": ["a"], "stays": ["b"]}
    audit.sync()
    del s3.buckets["gone"]
    for options, action, status in ([], "keep", 3), (["--prune"], "prune", 0):
        for probes in [], ["--probe"]:
            words = ["--dry-run", "gone", *options, *probes]
            rows = json.loads(audit.sync(*words, "--format", "json", status=status).stdout)
            assert [(row["bucket"], row["action"]) for row in rows] == [("gone", action)]
        text = audit.sync("--dry-run", "gone", *options, status=status).stdout
        assert f"would {'stay in' if action == 'keep' else 'be removed from'} the index: gone." in text
        audit.sync("gone", *options, status=status)
        assert audit.sql("SELECT bucket FROM buckets WHERE bucket = 'gone'") == ([("gone",)] if action == "keep" else [])

