"""The doctor: what it says of servers, permissions, clocks and indexes, and what it never says."""

import copy
import datetime
import email.utils
import fcntl
import json
import os
import socket
import sqlite3
import ssl

import boto3
import pytest

from support import scripted_s3
from support.canary import CANARY, assert_silent
from support.servers import KEYS, Moto

NO_KEYS = {name: None for name in KEYS}


def examine(audit, *arguments, status=0, **options):
    """The checks, by area and name; of one that occurs several times, a list."""
    result = audit.run("doctor", *arguments, "--format", "json", **options)
    assert result.returncode == status, result
    checks = {}
    for row in json.loads(result.stdout):
        checks.setdefault((row["area"], row["check"]), []).append(row)
    return {name: rows[0] if len(rows) == 1 else rows for name, rows in checks.items()}


def trouble(checks):
    rows = [row for value in checks.values() for row in (value if isinstance(value, list) else [value])]
    return {(row["check"], row["status"]) for row in rows if row["status"] in ("failed", "denied")}


def tried(checks, action):
    """The check of a permission that was tried, among those that are needed in several places."""
    rows = checks["permissions", action]
    return next(row for row in (rows if isinstance(rows, list) else [rows]) if row["status"] != "skipped")


def policy(audit, *arguments, **options):
    result = audit.run("doctor", *arguments, **options)
    assert result.returncode == 0 and result.stderr == "", result
    return json.loads(result.stdout)


# Policies


def test_policies_need_nobody(audit):
    """No server, no credentials, no region, no home: nothing but JSON on standard output."""
    env = {**NO_KEYS, "AWS_REGION": None, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    for feature in ("sync", "properties", "versions", "restore", "thaw", "prices", "estimate", "directory", "all"):
        document = policy(audit, "--policy", feature, env=env)
        assert document["Version"] == "2012-10-17"
        assert all(statement["Effect"] == "Allow" for statement in document["Statement"])
    assert not audit.index.exists()


@pytest.mark.parametrize("region, partition", [
    ("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_policies_are_for_the_partition_of_the_region(audit, region, partition):
    document = policy(audit, "--policy", "sync", "--bucket", "logs", env={"AWS_REGION": region})
    assert [statement["Resource"] for statement in document["Statement"]] == [
        [f"arn:{partition}:s3:::logs"]]


def test_policies_may_be_combined_and_named_by_argument(audit):
    document = policy(
        audit, "--policy", "sync", "--policy", "restore", "s3://logs", "--target-bucket", "back")
    assert {resource for statement in document["Statement"] for resource in statement["Resource"]} == {
        "arn:aws:s3:::logs", "arn:aws:s3:::logs/*", "arn:aws:s3:::back", "arn:aws:s3:::back/*"}


@pytest.mark.parametrize("arguments", [
    ("--policy", "nothing"), ("--bucket", "logs"), ("--policy", "sync", "--bucket", "a b"),
    ("--policy", "sync", "--bucket", 'a"'), ("--policy", "sync", "s3://logs/prefix"),
    ("--policy", "sync", "--target-bucket", "back"), ("--policy", "directory", "--bucket", "logs")])
def test_policies_that_make_no_sense_are_refused(audit, arguments):
    result = audit.run("doctor", *arguments)
    assert result.returncode == 64 and result.stdout == "", result


class Guarded:
    """A moto that enforces policies, and a user in it."""

    def __init__(self, audit):
        self.audit = audit
        self.moto = Moto()
        self.moto.load("logs", ["a", "b"])
        self.moto.load("media", ["c"])
        self.iam = boto3.client(
            "iam", endpoint_url=self.moto.endpoint, region_name="us-east-1", aws_access_key_id="x",
            aws_secret_access_key="x")
        self.iam.create_user(UserName="auditor")
        keys = self.iam.create_access_key(UserName="auditor")["AccessKey"]
        audit.use(self.moto)
        audit.environment |= {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}

    def allow(self, document):
        """From here on, `document` says what the user may do."""
        self.moto.enforce(False)
        self.iam.put_user_policy(
            UserName="auditor", PolicyName="p", PolicyDocument=json.dumps(document))
        self.moto.enforce()


@pytest.fixture
def guarded(audit):
    found = Guarded(audit)
    yield found
    found.moto.stop()


def test_printed_policy_is_enough_for_a_sync(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync"))
    audit.sync()
    assert set(audit.objects("logs")) == {"a", "b"} and set(audit.objects("media")) == {"c"}
    checks = examine(audit, "--feature", "sync")
    assert checks["permissions", "s3:ListAllMyBuckets"]["status"] == "ok"
    assert [row["status"] for row in checks["permissions", "s3:ListBucket"]] == ["ok", "ok"]


def test_printed_policy_for_named_buckets_is_enough_for_them(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync", "--bucket", "logs"))
    audit.sync("s3://logs")
    assert set(audit.objects("logs")) == {"a", "b"}
    assert audit.sync("s3://media", status=3).stderr
    assert audit.sync(status=1).stderr
    examine(audit, "s3://logs", "--feature", "sync")
    checks = examine(audit, "--feature", "sync", status=1)
    check = checks["permissions", "s3:ListAllMyBuckets"]
    assert check["status"] == "denied" and "s3://BUCKET" in check["help"]


def test_printed_policy_has_nothing_too_much(audit, guarded):
    """Without any one of its actions a sync is not complete."""
    whole = policy(audit, "--policy", "sync")
    actions = [action for statement in whole["Statement"] for action in statement["Action"]]
    for action in actions:
        document = copy.deepcopy(whole)
        for statement in document["Statement"]:
            statement["Action"] = [name for name in statement["Action"] if name != action] or ["s3:None"]
        guarded.allow(document)
        result = audit.run("sync")
        assert result.returncode in (1, 3) and "AccessDenied" in result.stderr, action
        is_list = action == "s3:ListBucket"
        checks = examine(audit, "--feature", "sync", "s3://logs", status=1 if is_list else 0)
        if is_list:
            check = checks["permissions", action]
            assert check["status"] == "denied" and "AccessDenied" in check["detail"]
            assert "--policy sync --bucket logs" in check["help"]


def test_what_a_sync_does_without_is_no_trouble(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync"))
    check = examine(audit, "--feature", "sync", "s3://logs")["permissions", "s3:GetBucketLocation"]
    assert check["status"] == "warning" and "AccessDenied" in check["detail"]


def test_only_permissions_of_features_that_exist_are_tried(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync", "--policy", "properties"))
    checks = examine(audit, "s3://logs")
    tried = {check for area, check in checks if area == "permissions"}
    assert "s3:ListBucket" in tried and "s3:GetBucketVersioning" in tried
    assert not tried & {
        "s3:ListBucketVersions", "s3:GetObject", "s3:RestoreObject", "s3:PutObject", "cloudwatch:ListMetrics"}


def test_policy_of_an_estimate_lists_the_buckets(audit):
    document = policy(audit, "--policy", "estimate")
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert actions == {
        "s3:ListAllMyBuckets", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "ce:GetCostAndUsage"}


def test_printed_policy_is_enough_for_an_estimate(audit, guarded):
    # Moto names permissions of CloudWatch by what its signatures say.
    document = json.loads(json.dumps(policy(audit, "--policy", "estimate")).replace("cloudwatch:", "monitoring:"))
    # Its list names no regions, as that of AWS does: buckets are asked.
    document["Statement"].append({
        "Sid": "Moto", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:HeadBucket", "s3:GetBucketLocation"],
        "Resource": ["arn:aws:s3:::*"]})
    guarded.allow(document)
    result = audit.run("estimate", "--format", "json")
    assert result.returncode == 0, result
    assert {row["bucket"] for row in json.loads(result.stdout) if row["bytes"]} == {"logs", "media"}
    assert audit.run("estimate", "--actual").returncode == 3, "moto says nothing of any month"
    # And no more than enough.
    for action in ("monitoring:GetMetricData", "monitoring:ListMetrics", "s3:ListAllMyBuckets"):
        guarded.allow(json.loads(json.dumps(document).replace(action, "s3:GetObject")))
        result = audit.run("estimate")
        assert result.returncode == 1 and "Help:" in result.stderr, (action, result)


def test_refused_features_are_told_apart_from_a_sync(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync"))
    checks = examine(audit, "s3://logs", "--feature", "all", status=3)
    assert tried(checks, "s3:ListBucketVersions")["status"] == "denied"
    assert tried(checks, "s3:GetBucketVersioning")["status"] == "denied"
    assert tried(checks, "s3:GetObject")["status"] == "denied"
    assert "--policy versions" in tried(checks, "s3:ListBucketVersions")["help"]
    assert tried(checks, "s3:ListBucket")["status"] == "ok"


def test_policies_of_restores_are_enough_for_what_is_tried(audit, guarded):
    """Tags are read only where versions are copied to another bucket."""
    restores = ("--policy", "sync", "--policy", "restore", "--policy", "thaw", "--bucket", "logs")
    guarded.allow(policy(audit, *restores, "--target-bucket", "media"))
    features = ("s3://logs", "--feature", "restore", "--feature", "thaw")
    checks = examine(audit, *features)
    assert not trouble(checks)
    assert tried(checks, "s3:GetObjectVersionTagging")["status"] == "ok"
    assert checks["permissions", "s3:DeleteObject"]["detail"].startswith("not tried: ")
    guarded.allow(policy(audit, *restores))
    refused = {name for name, _ in trouble(examine(audit, *features, status=3))}
    # Moto takes the one for the other.
    assert "s3:GetObjectTagging" in refused <= {"s3:GetObjectTagging", "s3:GetObjectVersionTagging"}


# Servers


def test_moto_allows_everything(audit, moto):
    moto.load("logs", ["a/b", "ü x"])
    checks = examine(audit, "--feature", "all")
    assert checks["network", "connection"]["status"] == "ok"
    assert checks["clock", "offset"]["status"] == "ok"
    assert tried(checks, "s3:GetObject")["status"] == "ok"
    for action in ("s3:PutObject", "s3:RestoreObject"):
        check = checks["permissions", action]
        assert check["status"] == "skipped" and check["detail"].startswith("not tried: ")
    assert {row["check"] for value in checks.values()
            for row in (value if isinstance(value, list) else [value])} >= {
        "SQLite", "libcurl", "s3audit", "system", "disk space", "temporary space"}


def test_only_the_first_buckets_are_tried(audit, moto):
    for name in ("a1a", "b1b", "c1c", "d1d"):
        moto.load(name, [])
    checks = examine(audit, "--feature", "sync")
    assert [row["resource"] for row in checks["permissions", "s3:ListBucket"]] == [
        "s3://a1a", "s3://b1b", "s3://c1c"]
    assert "a1a, b1b, c1c" in checks["permissions", "s3:ListAllMyBuckets"]["detail"]


def test_rclone_knows_no_properties(audit, rclone):
    (rclone.folder / "logs").mkdir()
    (rclone.folder / "logs/x").write_text("x")
    checks = examine(audit)
    assert checks["permissions", "s3:ListBucket"]["status"] == "ok"
    assert checks["permissions", "s3:GetEncryptionConfiguration"]["status"] == "unsupported"


def test_simulator_refuses_a_bucket(audit, simulator):
    simulator(
        "--bucket", "logs:flat:2000", "--bucket", "secret:flat:5:denied",
        "--access-key", KEYS["AWS_ACCESS_KEY_ID"], "--secret-key", KEYS["AWS_SECRET_ACCESS_KEY"])
    checks = examine(audit, "--feature", "sync", status=3)
    assert {row["resource"]: row["status"] for row in checks["permissions", "s3:ListBucket"]} == {
        "s3://logs": "ok", "s3://secret": "denied"}
    examine(audit, "s3://secret", "--feature", "sync", status=1)


@pytest.mark.parametrize("answer", [
    scripted_s3.Answer("<html>Hello</html>"), scripted_s3.Answer("", 404), scripted_s3.error("NoSuchKey", 404),
    scripted_s3.error("InvalidBucketName", 400), scripted_s3.error("AuthorizationHeaderMalformed", 400),
    scripted_s3.error("InvalidRequest", 400), scripted_s3.Answer("", 400),
    scripted_s3.error("MethodNotAllowed", 405), scripted_s3.error("NotImplemented", 501)],
    ids=lambda answer: f"{answer.status} {answer.body[28:60]}")
def test_what_a_sync_fails_with_fails_here(audit, bucket, answer):
    bucket.script = lambda request, number: answer if request.bucket else None
    env = {"AWS_MAX_ATTEMPTS": "1"}
    checks = examine(audit, "s3://bucket", "--feature", "sync", status=1, env=env)
    assert checks["permissions", "s3:ListBucket"]["status"] == "failed"
    assert audit.run("sync", "s3://bucket", env=env).returncode == 3


@pytest.mark.parametrize("status, code", [
    (403, "RequestExpired"), (403, "InvalidSignatureException"), (403, "UnrecognizedClientException"),
    (401, "AuthFailure")])
def test_doubts_about_who_asks_are_no_matter_of_policies(audit, bucket, status, code):
    bucket.script = lambda request, number: scripted_s3.error(code, status) if request.bucket else None
    checks = examine(audit, "s3://bucket", "--feature", "sync", status=1)
    check = checks["permissions", "s3:ListBucket"]
    assert check["status"] == "failed" and code in check["detail"]
    assert "--policy" not in check["help"] and "--verbose" not in check["help"]


def test_a_server_of_before_listobjectsv2_is_listed_as_by_a_sync(audit, bucket):
    def script(request, number):
        if request.query.get("list-type") == "2":
            return scripted_s3.error("InvalidArgument", 400)

    bucket.list_script = script
    bucket.script = script
    checks = examine(audit, "s3://bucket", "--feature", "sync")
    assert checks["permissions", "s3:ListBucket"]["status"] == "ok"


def test_requests_change_nothing(audit, bucket):
    examine(audit, "s3://bucket", "--verbose")
    assert {request.method for request in bucket.requests} <= {"GET", "HEAD"}


def test_bucket_that_is_not_there_is_a_failure(audit, bucket):
    checks = examine(audit, "s3://nosuch", "--feature", "sync", status=1)
    check = checks["permissions", "s3:ListBucket"]
    assert check["status"] == "failed" and "NoSuchBucket" in check["detail"] and check["help"]


def test_without_a_server_the_rest_is_still_told(audit):
    checks = examine(audit, env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, status=1)
    check = checks["network", "connection"]
    assert check["status"] == "failed" and check["help"]
    assert checks["permissions", "all"]["status"] == "skipped"
    assert checks["index", "disk space"]["status"] == "ok"


def test_name_that_is_not_known(audit):
    checks = examine(audit, env={"AWS_ENDPOINT_URL": "http://nosuch.invalid"}, status=1)
    assert checks["network", "name"]["status"] == "failed"


def test_certificate_that_nobody_vouches_for(audit, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = scripted_s3.ScriptedS3(context)
    server.buckets = {"bucket": ["a"]}
    audit.use(server)
    try:
        check = examine(audit, status=1)["network", "TLS"]
        assert check["status"] == "failed" and "AWS_CA_BUNDLE" in check["help"]
        checks = examine(audit, "--feature", "sync", env={"AWS_CA_BUNDLE": str(certificate)})
        assert "trusted" in checks["network", "connection"]["detail"]
    finally:
        server.stop()


def test_plain_server_behind_an_https_url(audit, s3):
    check = examine(
        audit, env={"AWS_ENDPOINT_URL": s3.endpoint.replace("http:", "https:")},
        status=1)["network", "TLS"]
    assert "http://" in check["help"]


def test_web_page_is_no_s3(audit, s3):
    s3.script = lambda request, number: scripted_s3.Answer("<html>Hello</html>", 404)
    checks = examine(audit, status=1)
    assert checks["network", "connection"]["status"] == "warning"


@pytest.mark.parametrize("seconds, word, status", [
    (0, "ok", 0), (120, "warning", 0), (-120, "warning", 0), (600, "failed", 3), (-3000, "failed", 3)])
def test_clock_is_compared_with_the_servers(audit, bucket, seconds, word, status):
    def script(request, number):
        answer = bucket._answer(request)
        there = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        answer.headers["Date"] = email.utils.format_datetime(there, usegmt=True)
        return answer

    bucket.script = script
    check = examine(audit, "s3://bucket", "--feature", "sync", status=status)["clock", "offset"]
    assert check["status"] == word
    if word != "ok":
        assert ("behind" if seconds > 0 else "ahead") in check["detail"] and check["help"]


def test_a_service_that_asks_for_fewer_requests_is_told_at_once(audit, bucket):
    """A sync would bear with it for minutes."""
    bucket.script = lambda request, number: scripted_s3.error("SlowDown", 503) if request.bucket else None
    checks = examine(audit, "s3://bucket", "--feature", "sync", status=1, seconds=20)
    check = checks["permissions", "s3:ListBucket"]
    assert check["status"] == "failed" and "SlowDown" in check["detail"]


def test_the_network_comes_first(audit, bucket):
    result = audit.run("doctor", "--feature", "sync", "--verbose", "s3://bucket")
    assert result.stderr.index(f"GET {bucket.endpoint}") < result.stderr.index("STS GetCallerIdentity")


@pytest.mark.parametrize("status, code", [(400, "AccessDenied"), (403, "AccessDenied")])
def test_access_denied_for_the_time_is_overcome(audit, bucket, status, code):
    """rclone answers so to a machine whose clock is behind."""
    there = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)

    def script(request, number):
        signed = request.headers.get("X-Amz-Date")
        is_late = signed and signed < there.strftime("%Y%m%dT%H%M%SZ")
        answer = scripted_s3.error(code, status) if is_late else bucket._answer(request)
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        answer.headers["Date"] = email.utils.format_datetime(now, usegmt=True)
        return answer

    bucket.script = script
    audit.sync("--no-properties")
    audit.assert_complete(scripted_s3.KEYS)


# Credentials


def test_missing_credentials_say_where_they_were_looked_for(audit, bucket):
    checks = examine(audit, env=NO_KEYS, status=1)
    check = checks["credentials", "source"]
    assert check["status"] == "failed" and check["help"]
    assert "AWS_ACCESS_KEY_ID" in check["detail"] and "\n" not in check["detail"]
    assert checks["network", "connection"]["status"] == "ok"


def test_anonymous_requests_need_none(audit, bucket):
    checks = examine(audit, "--no-sign-request", "s3://bucket", "--feature", "sync", env=NO_KEYS)
    assert "--no-sign-request" in checks["credentials", "source"]["detail"]
    assert all("Authorization" not in request.headers for request in bucket.requests)


def test_configuration_that_cannot_be_read_hides_nothing_else(audit):
    checks = examine(audit, env={"AWS_PROFILE": "nosuch", "AWS_ENDPOINT_URL": None}, status=1)
    assert checks["configuration", "profile"]["status"] == "failed"
    assert checks["credentials", "source"]["status"] == "skipped"
    assert checks["index", "disk space"]["status"] == "ok"


@pytest.mark.parametrize("answer", [
    None, scripted_s3.error("AccessDenied", 403), scripted_s3.error("InvalidToken", 400)])
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "tsv", "markdown"])
def test_secrets_are_never_printed(audit, bucket, answer, form):
    bucket.script = lambda request, number: answer
    env = {**CANARY, "http_proxy": f"http://user:{CANARY['AWS_SECRET_ACCESS_KEY']}@127.0.0.1:1/",
           "no_proxy": "127.0.0.1"}
    result = audit.run("doctor", "--verbose", "--format", form, env=env)
    assert_silent(audit, result.stdout, result.stderr)
    assert "user" not in result.stdout
    assert "0001" in result.stdout and CANARY["AWS_ACCESS_KEY_ID"] not in result.stdout
    assert "GET" in result.stderr


# The index


@pytest.fixture
def synced(audit, bucket):
    audit.sync()
    return audit


def index_checks(audit, status=0, **options):
    checks = examine(audit, "s3://bucket", "--feature", "sync", status=status, **options)
    return {name: row for (area, name), row in checks.items() if area == "index"}


def test_a_sound_index(synced):
    checks = index_checks(synced)
    assert {row["status"] for row in checks.values()} == {"ok"}, checks
    assert "complete" in checks["sync"]["detail"] and "1 bucket" in checks["buckets"]["detail"]


def test_no_index_is_no_trouble(audit, bucket):
    assert index_checks(audit)["file"]["status"] == "skipped"
    assert not audit.index.exists()


def test_no_place_for_an_index(audit, bucket):
    (audit.home / "file").touch()
    place = {"S3AUDIT_INDEX": str(audit.home / "file" / "index.sqlite3")}
    check = index_checks(audit, status=1, env=place)["file"]
    assert check["status"] == "failed" and "no folder" in check["detail"] and "--index" in check["help"]
    assert audit.run("sync", env=place).returncode == 1


@pytest.mark.parametrize("command", [("doctor",), ("sync",), ("query", "totals"), ("query", "sql", "SELECT 1")])
def test_a_pipe_is_no_index(audit, bucket, command):
    os.mkfifo(audit.index)
    result = audit.run(*command, seconds=20)
    assert result.returncode == 1 and "is not an s3audit index" in result.stdout + result.stderr


def test_an_index_that_may_only_be_read(synced, stranger):
    """Queries work, and who asks whether a sync would is told that it would not."""
    for folder_mode, file_mode in ((0o555, 0o644), (0o755, 0o444), (0o555, 0o444)):
        stranger.give(synced.index, folder_mode, file_mode)
        assert "bucket" in stranger.run("query", "buckets").stdout
        check = index_checks(stranger, status=1)["file"]
        assert check["status"] == "failed" and "cannot be written" in check["detail"]
        assert stranger.run("sync").returncode == 1
    stranger.index = stranger.folder / "new.sqlite3"
    check = index_checks(stranger, status=1)["file"]
    assert check["status"] == "failed" and "cannot be written" in check["detail"]


def test_index_that_others_can_read(synced):
    os.chmod(synced.index, 0o644)
    check = index_checks(synced)["privacy"]
    assert check["status"] == "warning" and "chmod" in check["help"]


def test_damaged_index(synced):
    with sqlite3.connect(synced.index) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(synced.index.read_bytes())
    content[-4 * 16384:] = b"\x55" * 4 * 16384
    synced.index.write_bytes(content)
    check = index_checks(synced, status=1)["integrity"]
    assert check["status"] == "failed" and "check --repair" in check["help"]


def test_newer_index_and_other_files(synced):
    with sqlite3.connect(synced.index) as database:
        database.execute("PRAGMA user_version = 99")
    check = index_checks(synced, status=1)["schema"]
    assert check["status"] == "failed" and "99" in check["detail"]
    other = synced.home / "other"
    other.write_bytes(b"A" * 9000)
    check = index_checks(synced, status=1, env={"S3AUDIT_INDEX": str(other)})["schema"]
    assert check["status"] == "failed" and "not an s3audit index" in check["detail"]


def test_sync_that_was_killed_and_one_that_runs(synced):
    with sqlite3.connect(synced.index) as database:
        database.execute("UPDATE sync SET state = 'running', finished_ms = NULL")
    check = index_checks(synced)["sync"]
    assert check["status"] == "warning" and "killed" in check["detail"]
    with open(f"{synced.index}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("s3audit 4711\n")
        lock.flush()
        check = index_checks(synced)["sync"]
        assert check["status"] == "ok" and "process 4711" in check["detail"]


def test_a_file_at_the_lock_s_place_is_named(synced):
    lock = synced.index.parent / (synced.index.name + ".lock")
    lock.write_text("[[package]]\n")
    check = index_checks(synced, status=1)["lock"]
    assert check["status"] == "failed" and str(lock) in check["detail"] and "--index" in check["help"]
    assert lock.read_text() == "[[package]]\n"


# Identity


def test_identity_is_that_of_sts(audit, guarded):
    guarded.allow(policy(audit, "--policy", "sync"))
    check = examine(audit, "s3://logs", "--feature", "sync")["credentials", "identity"]
    assert check["status"] == "ok" and ":user/auditor" in check["detail"]
    assert "123456789012" in check["detail"]


def test_identity_is_asked_of_no_other_service(audit, bucket):
    """An endpoint for S3 alone says nothing of STS: the keys are none of AWS's business."""
    env = {"AWS_ENDPOINT_URL": None}
    checks = examine(
        audit, "--endpoint-url", bucket.endpoint, "s3://bucket", "--feature", "sync", env=env)
    check = checks["credentials", "identity"]
    assert check["status"] == "skipped" and "AWS_ENDPOINT_URL_STS" in check["detail"]
    checks = examine(
        audit, "--endpoint-url", bucket.endpoint, "s3://bucket", "--feature", "sync",
        env={**env, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"})
    check = checks["credentials", "identity"]
    assert check["status"] == "warning" and check["help"]


def test_server_without_sts(audit, rclone):
    (rclone.folder / "logs").mkdir()
    assert examine(audit, "--feature", "sync")["credentials", "identity"]["status"] == "unsupported"


def test_estimate_is_tried_where_cloudwatch_is(audit, moto, bucket):
    audit.use(moto)
    checks = examine(audit, "--feature", "estimate")
    assert checks["permissions", "cloudwatch:ListMetrics"]["status"] == "ok"
    checks = examine(
        audit, "--endpoint-url", bucket.endpoint, "--feature", "estimate", "s3://bucket",
        env={"AWS_ENDPOINT_URL": None})
    assert checks["permissions", "cloudwatch:ListMetrics"]["status"] == "skipped"


def test_a_silent_cloudwatch_is_waited_for_once(audit, bucket):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {"AWS_ENDPOINT_URL_CLOUDWATCH": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        checks = examine(audit, "--feature", "estimate", "s3://bucket", env=env, status=3, seconds=30)
        assert checks["permissions", "cloudwatch:ListMetrics"]["status"] == "failed"
        silent.settimeout(0)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_directory_buckets_are_tried_by_session(audit, simulator):
    name = "fast--use1-az4--x-s3"
    simulator(
        "--bucket", f"{name}:flat:20", "--clock-offset", "1200",
        "--access-key", KEYS["AWS_ACCESS_KEY_ID"], "--secret-key", KEYS["AWS_SECRET_ACCESS_KEY"])
    checks = examine(audit, f"s3://{name}", "--feature", "sync", status=3)
    assert checks["permissions", "s3express:CreateSession"]["status"] == "ok", checks
    assert ("permissions", "s3:GetBucketLocation") not in checks
    # The requests were signed by the server's clock.
    check = checks["clock", "offset"]
    assert check["status"] == "failed" and "20 min behind" in check["detail"]


def test_settings_of_directory_buckets_are_tried_one_by_one(audit, s3):
    name = "fast--use1-az4--x-s3"
    s3.buckets = {name: ["a"]}
    s3.property_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.subresource == "lifecycle" else None)
    checks = examine(
        audit, f"s3://{name}", "--feature", "properties", status=3,
        env={"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true"})
    assert checks["permissions", "s3express:GetLifecycleConfiguration"]["status"] == "denied"
    assert checks["permissions", "s3express:GetEncryptionConfiguration"]["status"] == "unsupported"
    assert checks["permissions", "s3express:CreateSession"]["status"] == "ok"
