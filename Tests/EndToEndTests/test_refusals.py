"""What is refused, by the server or by s3audit, and what the user reads then."""

import json
import sqlite3
import time
from pathlib import Path

import boto3
import pytest

from support import scripted_s3
from support.ports import free_port
from support.servers import Moto, listing

MIGRATIONS = Path(__file__).parents[2] / "Migrations"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


def test_a_denied_bucket_does_not_keep_the_others_from_finishing(audit, simulator):
    server = simulator("--bucket", "aaa:uuid:2500", "--bucket", "closed:uuid:10:denied",
                       "--bucket", "zzz:uuid:1500:region=eu-west-1")
    result = audit.sync(status=3)
    assert "s3://closed" in result.stderr and "AccessDenied" in result.stderr
    assert "Help:" in result.stderr and "s3:ListBucket" in result.stderr
    for bucket in ("aaa", "zzz"):
        assert audit.objects(bucket) == listing(server.client(), bucket)
        assert audit.bucket(bucket)["state"] == "complete"
    closed = audit.bucket("closed")
    assert closed["state"] == "denied" and "AccessDenied" in closed["error"]
    assert audit.last_sync()["state"] == "partial"
    shown = audit.run("query", "buckets")
    assert "denied" in shown.stdout and "closed" in shown.stderr
    totals = audit.run("query", "totals", "--require-complete")
    assert totals.returncode == 3 and "closed" in totals.stderr


def test_a_bucket_denied_later_keeps_its_last_rows(audit, s3):
    s3.buckets = {"open": ["a", "b"], "other": ["c"]}
    audit.sync()
    s3.list_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.bucket == "open" else None)
    audit.sync(status=3)
    assert set(audit.objects("open")) == {"a", "b"}
    row = audit.bucket("open")
    assert row["state"] == "denied" and row["synced_at"]
    row, = [row for row in audit.query("buckets") if row["bucket"] == "open"]
    assert row["objects"] == 2 and row["state"] == "denied" and row["error"]
    s3.list_script = lambda request, number: None
    audit.sync()
    assert audit.bucket("open")["state"] == "complete" and audit.bucket("open")["error"] is None


def test_a_bucket_without_an_address_does_not_keep_the_others_from_finishing(audit, s3):
    s3.buckets = {"logs": ["a"]}
    arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/audit"
    env = {"AWS_S3_USE_ARN_REGION": "false"}
    result = audit.sync("s3://logs", f"s3://{arn}", status=3, env=env)
    assert set(audit.objects("logs")) == {"a"}
    assert audit.bucket("logs")["state"] == "complete"
    assert "accesspoint/audit" in result.stderr and "Help:" in result.stderr
    assert audit.last_sync()["state"] == "partial"
    # Where nothing else is left there is no talk of one bucket.
    assert audit.run("list", f"s3://{arn}", env=env).returncode == 1


def test_policies_that_moto_enforces(audit):
    """Real signatures and a policy: listing one bucket is allowed, the other is not."""
    moto = Moto({"INITIAL_NO_AUTH_ACTION_COUNT": "3"})
    try:
        moto.load("allowed", ["a", "b"])
        moto.load("forbidden", ["c"])
        iam = boto3.client(
            "iam", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id="x",
            aws_secret_access_key="x")
        iam.create_user(UserName="auditor")
        iam.put_user_policy(UserName="auditor", PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
                {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
                 "Resource": "arn:aws:s3:::allowed"}]}))
        keys = iam.create_access_key(UserName="auditor")["AccessKey"]
        # Those three calls were free: from here on every call is checked.
        audit.use(moto)
        audit.environment |= {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}
        result = audit.sync(status=3)
        assert "s3://forbidden" in result.stderr and "AccessDenied" in result.stderr
        assert set(audit.objects("allowed")) == {"a", "b"}
        assert audit.bucket("forbidden")["state"] == "denied"
        wrong = audit.run("sync", env={"AWS_SECRET_ACCESS_KEY": "wrong" * 8})
        assert wrong.returncode == 1 and "SignatureDoesNotMatch" in wrong.stderr
        assert "wrongwrong" not in wrong.stderr + wrong.stdout
    finally:
        moto.stop()


def test_refused_list_of_buckets_is_a_failure_with_help(audit, s3):
    s3.script = lambda request, number: scripted_s3.error("AccessDenied", 403)
    result = audit.sync(status=1)
    assert "buckets" in result.stderr and "AccessDenied" in result.stderr and "Help:" in result.stderr


def test_missing_bucket_is_named_and_not_indexed(audit, s3):
    s3.buckets = {"there": ["a"]}
    result = audit.sync("s3://nosuch", "s3://there", status=3)
    assert "nosuch" in result.stderr and "NoSuchBucket" in result.stderr
    assert audit.sql("SELECT bucket, objects FROM buckets") == [("there", 1)]


def test_missing_credentials_say_where_they_were_looked_for(audit, s3):
    result = audit.run("sync", env=NO_KEYS)
    assert result.returncode == 1
    for place in ("AWS_ACCESS_KEY_ID", ".aws/credentials", ".aws/config", "--no-sign-request"):
        assert place in result.stderr, place
    assert s3.requests == [] and not audit.index.exists()


def test_half_a_key_pair_is_an_error(audit, s3):
    result = audit.run("sync", env={"AWS_SECRET_ACCESS_KEY": None})
    assert result.returncode == 1 and "AWS_SECRET_ACCESS_KEY" in result.stderr


def test_no_sign_request_sends_no_credentials(audit, s3):
    s3.buckets = {"public": ["a"]}
    audit.sync("--no-sign-request", "s3://public", env=NO_KEYS)
    assert audit.bucket("public")["objects"] == 1
    assert s3.requests and not any("Authorization" in request.headers for request in s3.requests)


def test_profiles_are_read_from_the_aws_files(audit, s3):
    s3.buckets = {"bucket": ["a"]}
    (audit.home / ".aws").mkdir()
    (audit.home / ".aws/credentials").write_text(
        "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s\n"
        "[audit]\naws_access_key_id = AKAUDIT\naws_secret_access_key = s\n")
    (audit.home / ".aws/config").write_text(
        f"[profile audit]\nregion = eu-north-1\nendpoint_url = {s3.endpoint}\n")
    env = {**NO_KEYS, "AWS_REGION": None, "AWS_ENDPOINT_URL": None}
    audit.sync("--profile", "audit", env=env)
    used = s3.requests[0].headers["Authorization"]
    assert "AKAUDIT" in used and "/eu-north-1/s3/" in used
    audit.sync(env={**env, "AWS_PROFILE": "audit"})
    result = audit.run("sync", "--profile", "nosuch", env=env)
    assert result.returncode == 1 and "nosuch" in result.stderr
    audit.sync("--profile", "audit", env={**env, "AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "s"})
    assert "AKAUDIT" in s3.requests[-1].headers["Authorization"], "--profile beats the environment"


def test_wrong_endpoint_is_a_clear_error(audit):
    port = free_port()
    start = time.monotonic()
    result = audit.run("sync", "--endpoint-url", f"http://127.0.0.1:{port}")
    assert result.returncode == 1
    assert "127.0.0.1" in result.stderr and "onnect" in result.stderr
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("url", ["127.0.0.1:9000", "ftp://host", "http://", "http://u:p@host", "nonsense"])
def test_endpoint_that_is_no_url_is_refused(audit, url):
    result = audit.run("sync", "--endpoint-url", url)
    assert result.returncode in (1, 64) and "Error:" in result.stderr


def test_a_web_server_that_is_no_s3_is_said_to_be_none(audit, s3):
    s3.script = lambda request, number: scripted_s3.Answer(
        "<!doctype html><html><body>It works!</body></html>", 200, {"Content-Type": "text/html"})
    result = audit.run("sync", env={"AWS_MAX_ATTEMPTS": "2"})
    assert result.returncode == 1 and "not an S3 answer" in result.stderr


FOREIGN = {
    "a database of someone else": lambda path: sqlite3.connect(path).execute("CREATE TABLE t (x)"),
    "a text": lambda path: path.write_text("Dear diary,\n" * 100),
    "a newer index": None,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_others_are_refused_by_name_and_left_alone(audit, s3, kind):
    s3.buckets = {"bucket": ["a"]}
    if FOREIGN[kind]:
        FOREIGN[kind](audit.index)
    else:
        audit.sync()
        with sqlite3.connect(audit.index) as database:
            database.execute("PRAGMA user_version = 999")
            database.execute("PRAGMA journal_mode = DELETE")
    before = audit.index.read_bytes()
    for command in (["sync"], ["query", "totals"], ["query", "sql", "SELECT 1"]):
        result = audit.run(*command)
        assert result.returncode == 1, result
        assert str(audit.index) in result.stderr and "Help:" in result.stderr
        assert audit.index.read_bytes() == before
    if not FOREIGN[kind]:
        assert "999" in result.stderr


def test_query_without_an_index_says_how_to_make_one(audit):
    result = audit.run("query", "totals")
    assert result.returncode == 1 and str(audit.index) in result.stderr
    assert "s3audit sync" in result.stderr
    assert not audit.index.exists()


def test_damaged_index_is_an_error_not_a_crash(audit, s3):
    s3.buckets = {"bucket": [f"{number:05}" for number in range(3_000)]}
    audit.sync()
    damaged = bytearray(audit.index.read_bytes())
    for start in range(16_384, len(damaged), 16_384):
        damaged[start:start + 200] = b"\xa5" * 200
    audit.index.write_bytes(damaged)
    for wal in (audit.index.with_name(audit.index.name + suffix) for suffix in ("-wal", "-shm")):
        wal.unlink(missing_ok=True)
    for command in (["query", "totals"], ["query", "find"], ["sync"]):
        result = audit.run(*command)
        assert result.returncode == 1 and "Error:" in result.stderr, (command, result)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_older_index_is_upgraded_by_the_next_sync(audit, s3, count):
    """As an older version left it, or a kill in the middle of making it."""
    s3.buckets = {"bucket": ["a"]}
    audit.sync("--index", audit.home / "whole.sqlite3")
    with sqlite3.connect(audit.home / "whole.sqlite3") as whole:
        create, = whole.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'schema_migration'").fetchone()
        records = whole.execute("SELECT * FROM schema_migration ORDER BY rowid").fetchall()[:count]
        identity, = whole.execute("PRAGMA application_id").fetchone()
    with sqlite3.connect(audit.index) as older:
        if count:
            older.execute(create)
            older.execute(f"PRAGMA application_id = {identity}")
        for number, record in enumerate(records):
            older.executescript((MIGRATIONS / f"{record[0]}.sql").read_text())
            older.execute("INSERT INTO schema_migration VALUES (?, ?, ?, ?)", record)
            older.execute(f"PRAGMA user_version = {number + 1}")
    asked = audit.run("query", "totals")
    assert asked.returncode == 0 or "Help:" in asked.stderr
    audit.sync()
    assert audit.objects("bucket").keys() == {"a"}
    assert audit.sql("SELECT name FROM schema_migration") == [
        (path.stem,) for path in sorted(MIGRATIONS.glob("v[0-9]*.sql"))]
    audit.check_index()
