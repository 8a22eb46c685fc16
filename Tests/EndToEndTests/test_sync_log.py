"""Standard error as a log: every line a record with time, level and event, however a sync ends."""

import json
import re

import pytest

from support.receiver import Receiver
from support.scripted_s3 import error
from support.terminal import on_terminal


def logged(audit, *words, status=0, **options):
    result = audit.run("sync", "--log-format", "json", *words, **options)
    assert result.returncode == status, result
    rows = [json.loads(line) for line in result.stderr.splitlines()]
    for row in rows:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", row["time"]), row
        assert row["level"] in ("info", "warning", "error") and row["event"], row
    return rows, result


@pytest.fixture
def refusing(s3):
    s3.buckets = {"good": ["a", "b"], "bad": ["c"]}
    s3.list_script = lambda request, _: error("AccessDenied", 403) if request.bucket == "bad" else None
    return s3


def test_a_night_in_json(audit, refusing):
    rows, result = logged(audit, status=3)
    events = [row["event"] for row in rows]
    assert events[0] == "sync_started" and rows[0]["index"] == str(audit.index)
    good, bad, ended = (
        next(row for row in rows if row["event"] == name)
        for name in ("bucket_complete", "bucket_denied", "sync_ended"))
    assert (good["bucket"], good["objects"], good["added"], good["level"]) == ("good", 2, 2, "info")
    assert bad["bucket"] == "bad" and bad["level"] == "error" and "access denied" in bad["error"]
    assert (ended["state"], ended["exit_status"], ended["objects"], ended["level"]) == ("partial", 3, 2, "warning")
    told = next(row for row in rows if row["event"] == "error")
    assert "s3://bad" in told["message"] and told["help"]
    assert "Synced 1 of 2 buckets" in result.stdout, "standard output is as ever"


def test_a_night_in_text(audit, refusing):
    lines = audit.sync("--log-format", "text", status=3).stderr.splitlines()
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z (info|warning|error) [a-z_]+( [a-z_]+=\S.*)?$", line), line
    assert any(" error bucket_denied bucket=bad error=\"" in line for line in lines)


def test_a_quiet_log_says_what_is_wrong_alone(audit, refusing):
    rows, _ = logged(audit, "--quiet", status=3)
    assert rows and {row["level"] for row in rows} <= {"warning", "error"}
    refusing.list_script = lambda *_: None
    assert logged(audit, "--quiet")[0] == []


def test_what_fails_at_once_is_logged_as_well(audit):
    rows, _ = logged(audit, status=1, env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
    assert [row["event"] for row in rows] == ["sync_started", "sync_ended", "error"]
    assert rows[1]["state"] == "failed" and rows[1]["level"] == "error"
    rows, _ = logged(audit, status=64, env={"S3AUDIT_PING_URL": "http://example.com/"})
    assert rows[0]["event"] == "error" and "S3AUDIT_PING_URL" in rows[0]["message"]


def test_a_deaf_receiver_is_a_warning_in_the_log(audit, refusing):
    deaf = Receiver()
    deaf.answer = lambda path: 410
    try:
        rows, _ = logged(audit, status=3, env={"S3AUDIT_PING_URL": deaf.url("/x")})
    finally:
        deaf.stop()
    (warning,) = [row for row in rows if row["event"] == "warning"]
    assert warning["message"] == f"{deaf.host} was not told: it answers 410"


def test_progress_is_records_or_none(audit, s3):
    s3.buckets = {"good": ["a"]}
    assert audit.run("sync", "--log-format", "text", "--progress", "always").returncode == 64
    assert audit.run("sync", "--log-format", "xml").returncode == 64
    status, shown = on_terminal(audit, "sync", "--log-format", "json", "--format", "json")
    assert status == 0 and "\x1b" not in shown
    assert json.loads(shown.splitlines()[0])["event"] == "sync_started"
