"""The rules of the wire: old servers, directory buckets, clocks, sessions, who pays, who owns."""

import time

import pytest

from support import servers
from support.scripted_s3 import KEYS, error
from support.servers import listing

DIRECTORY = "logs--usw2-az1--x-s3"
SIGNED = ("--check-signatures", "--access-key", servers.KEYS["AWS_ACCESS_KEY_ID"],
          "--secret-key", servers.KEYS["AWS_SECRET_ACCESS_KEY"])


def truth(simulator, shape, count):
    """What every bucket of this shape, count and `seed=7` holds."""
    return listing(
        simulator("--bucket", f"truth:{shape}:{count}:seed=7").client(), "truth")


# Servers without ListObjectsV2


@pytest.mark.parametrize("how", ["refuses", "ignores"])
@pytest.mark.parametrize("shape", ["flat", "hostile", "dates"])
def test_servers_without_list_objects_v2(audit, simulator, how, shape):
    expected = truth(simulator, shape, 10_000)
    server = simulator(
        "--bucket", f"bucket:{shape}:10000:seed=7", "--list-v1-only", how, "--max-keys", "100",
        "--latency", "5", *SIGNED)
    audit.sync()
    assert audit.objects("bucket") == expected
    audit.check_index()
    requests = server.requests()["requests"]
    pages = len(expected) / 100
    assert pages <= requests["ListObjects"] <= pages * 2 + 20
    assert requests["ListObjectsV2"] <= 2
    # Again, by the marks of the index.
    server.night()
    audit.sync()
    audit.check_index()
    printed = audit.run("list", "s3://bucket", "--sorted", "--format", "jsonl")
    assert printed.returncode == 0
    assert printed.stdout.count("\n") == len(audit.objects("bucket"))


@pytest.mark.parametrize("how", ["refuses", "ignores"])
def test_a_sync_of_an_old_server_is_taken_up(audit, simulator, how):
    expected = truth(simulator, "uuid", 20_000)
    server = simulator(
        "--bucket", "bucket:uuid:20000:seed=7", "--list-v1-only", how, "--max-keys", "100",
        "--fault", "expired-token@80+")
    audit.sync(status=3)
    assert 0 < len(audit.objects("bucket")) < len(expected)
    server.heal()
    assert audit.synced()["bucket"]["resumed"]
    assert audit.objects("bucket") == expected
    audit.check_index()


# Directory buckets


def test_directory_bucket_by_sessions_that_end(audit, simulator):
    expected = truth(simulator, "dates", 10_000)
    server = simulator(
        "--bucket", f"{DIRECTORY}:dates:10000:seed=7", "--max-keys", "100", "--latency", "30",
        "--session-seconds", "2", *SIGNED)
    audit.sync(f"s3://{DIRECTORY}")
    assert audit.objects(DIRECTORY) == expected
    audit.check_index()
    requests = server.requests()["requests"]
    # One page after another, each once but those that met an ended session.
    assert requests["CreateSession"] >= 2
    assert requests["ListObjectsV2"] <= len(expected) / 100 + 1 + requests["CreateSession"]


@pytest.mark.parametrize("prefix", ["logs/2023/", "logs/2023/0", "logs/2023/02/03/04/part", "lo"])
def test_prefix_of_a_directory_bucket(audit, simulator, prefix):
    expected = truth(simulator, "dates", 5_000)
    simulator("--bucket", f"{DIRECTORY}:dates:5000:seed=7", "--max-keys", "100", *SIGNED)
    audit.sync(f"s3://{DIRECTORY}/{prefix}")
    assert audit.objects(DIRECTORY) == {
        key: row for key, row in expected.items() if key.startswith(prefix)}
    result = audit.run("list", f"s3://{DIRECTORY}/{prefix}", "--format", "tsv")
    assert result.returncode == 0
    assert result.stdout.count("\n") - 1 == len(audit.objects(DIRECTORY))


def test_server_without_sessions_names_the_setting(audit, s3):
    s3.buckets = {DIRECTORY: ["a/b", "c"]}
    result = audit.sync(f"s3://{DIRECTORY}", status=3)
    assert "has no sessions" in result.stderr
    assert "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH=true" in result.stderr
    assert len(s3.requests) < 5
    # As it says.
    audit.sync(f"s3://{DIRECTORY}", env={"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true"})
    assert set(audit.objects(DIRECTORY)) == {"a/b", "c"}
    assert all("x-amz-s3session-token" not in request.headers for request in s3.requests)


# Clocks


@pytest.mark.parametrize("offset", ["7200", "-86400"])
def test_wrong_clock_is_corrected(audit, simulator, offset):
    server = simulator(
        "--bucket", "bucket:flat:5000", f"--clock-offset={offset}", "--max-keys", "100", *SIGNED)
    result = audit.sync("--verbose")
    assert len(audit.objects("bucket")) == audit.bucket("bucket")["objects"] > 4_000
    assert ("behind" if int(offset) > 0 else "ahead of") in result.stderr
    # The first request alone was in vain.
    assert server.requests()["requests"]["ListBuckets"] == 2
    assert audit.last_sync()["retries"] == 1


def test_clock_that_serves_is_not_spoken_of(audit, simulator):
    simulator("--bucket", "bucket:flat:100", "--clock-offset=120", *SIGNED)
    assert "clock:" not in audit.sync("--verbose").stderr


# Sessions that end


def test_ended_session_keeps_what_was_listed(audit, simulator):
    simulator(
        "--bucket", "bucket:flat:40000", "--max-keys", "100", "--latency", "80", *SIGNED)
    options = ("--concurrency", "4")
    # Halfway at most, and late enough for a first page on a busy machine.
    result = audit.sync(
        *options, status=3, env={"AWS_SESSION_TOKEN": f"expires-{int(time.time()) + 4}"})
    assert "session token has expired" in result.stderr and "Help:" in result.stderr
    listed = len(audit.objects("bucket"))
    assert listed > 0 and audit.bucket("bucket")["state"] == "partial"
    audit.check_index()
    row = audit.synced(*options, env={"AWS_SESSION_TOKEN": "lasting"})["bucket"]
    assert row["resumed"] and row["added"] == len(audit.objects("bucket")) - listed


# Redirects


def test_redirect_to_the_same_region_says_so(audit, bucket):
    bucket.list_script = lambda request, number: error(
        "PermanentRedirect", 301, headers={"x-amz-bucket-region": "us-east-1"})
    result = audit.assert_marked()
    assert "redirects to us-east-1, the region that it was asked in" in result.stderr
    assert "--region" not in result.stderr


# Who pays, who owns


OPTIONS = ("--request-payer", "requester", "--expected-bucket-owner", "123456789012")


@pytest.mark.parametrize("command", [("sync",), ("list", "s3://bucket")])
def test_requester_pays_and_expected_owner(audit, bucket, command):
    def refusing(request, number):
        if request.headers.get("x-amz-request-payer") != "requester":
            return error("AccessDenied", 403)
        if request.bucket and request.headers.get("x-amz-expected-bucket-owner") != "123456789012":
            return error("AccessDenied", 403)
        return None
    bucket.script = refusing
    result = audit.run(*command, *OPTIONS)
    assert result.returncode == 0, result
    assert all(
        "x-amz-request-payer" in request.headers["Authorization"] for request in bucket.requests)


def test_denial_names_who_could_pay(audit, bucket):
    bucket.list_script = lambda request, number: error("AccessDenied", 403)
    assert "--request-payer requester" in audit.sync(status=3).stderr
    assert "--request-payer" not in audit.sync("--request-payer", "requester", status=3).stderr
    assert "--expected-bucket-owner" in audit.sync(*OPTIONS, status=3).stderr


@pytest.mark.parametrize("arguments", [
    ("--request-payer", "owner"), ("--request-payer", ""), ("--expected-bucket-owner", "12345"),
    ("--expected-bucket-owner", "1234567890123"), ("--expected-bucket-owner", "12345678901x"),
    ("--expected-bucket-owner", "")])
def test_values_that_are_none(audit, bucket, arguments):
    result = audit.sync(*arguments, status=64)
    assert arguments[0] in result.stderr
    assert bucket.requests == []


# Nobody


def test_anonymous_sends_nothing_that_is_signed(audit, s3):
    s3.buckets = {"bucket": list(KEYS), DIRECTORY: ["a"]}
    audit.sync("s3://bucket", f"s3://{DIRECTORY}", "--no-sign-request")
    assert s3.requests
    for request in s3.requests:
        names = {name.lower() for name in request.headers}
        assert not names & {"authorization", "x-amz-date", "x-amz-security-token"}
        assert "session" not in request.query


def test_anonymous_denial_speaks_of_public_buckets(audit, bucket):
    bucket.script = lambda request, number: error("AccessDenied", 403)
    for command, status in [(("sync", "s3://bucket"), 3), (("list", "s3://bucket"), 3)]:
        result = audit.run(*command, "--no-sign-request")
        assert result.returncode == status
        assert result.stderr.count("only public buckets") == 1
        assert "credentials, the bucket policy" not in result.stderr
