"""Several accounts in one index: syncs with several profiles, queries by account."""

import csv
import io
import json
import socket
import time

import boto3
import pytest

from support.ports import free_port

@pytest.fixture
def two(simulator, profiles):
    """Two servers with buckets of the same name, and a profile for each."""
    first = simulator("--bucket", "logs:dates:1500", "--bucket", "media:uuid:200")
    second = simulator("--bucket", "logs:flat:300", "--bucket", "raw:flat:40")
    profiles(prod={"endpoint_url": first.endpoint}, dev={"endpoint_url": second.endpoint})
    return first, second


def buckets(audit):
    return [
        tuple(row) for row in audit.sql(
            "SELECT bucket, objects, state FROM buckets ORDER BY bucket, objects")]


def test_one_sync_lists_the_buckets_of_all_profiles(audit, two):
    result = audit.sync()
    assert buckets(audit) == [
        ("logs", 300, "complete"), ("logs", 1500, "complete"), ("media", 200, "complete"),
        ("raw", 40, "complete")]
    assert "Synced 4 buckets: 2,040 objects" in result.stdout
    assert [line for line in result.stdout.splitlines() if line.startswith(("  prod (", "  dev ("))]
    assert "about $" not in result.stdout, "no prices but for AWS"
    assert audit.last_sync()["buckets"] == 4
    accounts = audit.sql("SELECT profile, buckets, objects, endpoint FROM accounts ORDER BY 1")
    assert accounts == [("dev", 2, 340, two[1].endpoint), ("prod", 2, 1700, two[0].endpoint)]
    audit.check_index()


def test_report_of_a_sync_names_the_accounts(audit, two):
    report = json.loads(audit.sync("--format", "json", "-v").stdout)
    rows = report["buckets"]
    assert sorted((row["profile"], row["outcome"], row["buckets"]) for row in report["accounts"]) == [
        ("dev", "complete", 2), ("prod", "complete", 2)]
    assert sorted((row["bucket"], row["profile"]) for row in rows) == [
        ("logs", "dev"), ("logs", "prod"), ("media", "prod"), ("raw", "dev")]
    assert all(row["account"] for row in rows)
    said = audit.sync("--format", "json", "-v").stderr
    for name in ("prod", "dev"):
        assert f"profile: {name}\n" in said and f"account: {name}" in said


def test_dry_run_shows_what_each_profile_would_list(audit, two):
    rows = json.loads(audit.sync("--dry-run", "--format", "json").stdout)
    assert sorted((row["bucket"], row["profile"]) for row in rows) == [
        ("logs", "dev"), ("logs", "prod"), ("media", "prod"), ("raw", "dev")]
    assert not audit.index.exists()


def test_queries_filter_by_account(audit, two):
    audit.sync()
    for profile, objects, names in [
            ("prod", 1700, {"logs", "media"}), ("dev", 340, {"logs", "raw"}),
            ("*", 2040, {"logs", "media", "raw"})]:
        by = ["--account", profile]
        assert audit.query("totals", *by)[0]["objects"] == objects
        assert {row["bucket"] for row in audit.query("buckets", *by)} == names
        assert sum(row["objects"] for row in audit.query("buckets", *by)) == objects
        assert len(audit.query("find", *by)) == objects
        assert {row["bucket"] for row in audit.query("top", "-n", "5000", *by)} == names
        assert {row["bucket"] for row in audit.query("du", *by)} == names
    assert audit.query("totals", "--account", "prod", "--account", "dev")[0]["objects"] == 2040
    assert audit.query("totals", "--account", "dev", "logs")[0]["objects"] == 300


def test_unknown_account_names_those_there_are(audit, two):
    audit.sync()
    result = audit.run("query", "totals", "--account", "tset")
    assert result.returncode == 1
    assert "no account in the index matches 'tset'" in result.stderr
    assert "(dev)" in result.stderr and "(prod)" in result.stderr
    result = audit.run("query", "totals", "--account", "dev", "media")
    assert result.returncode == 1 and "of these accounts matches 'media'" in result.stderr


def test_totals_by_account_in_every_format(audit, two):
    audit.sync()
    sizes = dict(audit.sql("SELECT profile, bytes FROM accounts"))
    expected = [("dev", 340, sizes["dev"]), ("prod", 1700, sizes["prod"])]

    def ask(form):
        result = audit.run("query", "totals", "--by", "account", "--format", form)
        assert result.returncode == 0, result
        return result.stdout

    def numbers(rows):
        return [(row["profile"], int(row["objects"]), int(row["bytes"])) for row in rows]

    assert numbers(json.loads(ask("json"))) == expected
    assert numbers(json.loads(line) for line in ask("jsonl").splitlines()) == expected
    assert numbers(csv.DictReader(io.StringIO(ask("csv")))) == expected
    assert numbers(csv.DictReader(io.StringIO(ask("tsv")), delimiter="\t")) == expected
    for form in ("table", "markdown"):
        lines = ask(form).splitlines()
        assert [line for line in lines if "dev" in line and "340" in line]
        assert [line for line in lines if "prod" in line and "1,700" in line]
        assert [line for line in lines if "total" in line and "2,040" in line]


def test_buckets_and_sql_show_the_account(audit, two):
    audit.sync()
    accounts = {row[0] for row in audit.sql("SELECT DISTINCT account FROM objects")}
    assert {row["account"] for row in audit.query("buckets")} == accounts
    rows = audit.query("sql", "SELECT bucket, account, count(*) AS n FROM objects GROUP BY 1, 2")
    assert {row["account"] for row in rows} == accounts


def test_list_takes_one_profile(audit, two):
    result = audit.run("list", "s3://raw", "--profile", "dev", "--profile", "prod")
    assert result.returncode == 64 and "--profile" in result.stderr
    result = audit.run("list", "s3://raw", "--profile", "dev", "--format", "jsonl")
    assert len(result.stdout.splitlines()) == 40


def test_bucket_that_is_named_is_found_in_its_account(audit, two):
    audit.sync("s3://raw")
    assert buckets(audit) == [("raw", 40, "complete")]
    # A name that both have is listed of both.
    audit.sync("logs")
    assert [row[:2] for row in buckets(audit)] == [("logs", 300), ("logs", 1500), ("raw", 40)]
    result = audit.sync("nosuch-*", status=1)
    assert "no bucket of the 2 accounts matches 'nosuch-*'" in result.stderr


def test_profile_that_fails_does_not_stop_the_others(audit, simulator, profiles):
    good = simulator("--bucket", "logs:flat:100")
    locked = simulator("--bucket", "secret:flat:10", "--check-signatures")
    profiles(
        good={"endpoint_url": good.endpoint}, locked={"endpoint_url": locked.endpoint},
        keyless={
            "endpoint_url": good.endpoint, "aws_access_key_id": None,
            "aws_secret_access_key": None})
    result = audit.sync(status=3)
    assert buckets(audit) == [("logs", 100, "complete")]
    assert "Error: profile 'locked': cannot list the buckets" in result.stderr
    assert "Error: profile 'keyless': " in result.stderr
    assert audit.last_sync()["state"] == "partial"
    result = audit.sync("--dry-run", status=3)
    assert "profile 'locked'" in result.stderr and "logs" in result.stdout
    audit.sync_options = ["--profile", "locked", "--profile", "keyless"]
    result = audit.sync(status=1)
    assert "profile 'locked': " in result.stderr and "profile 'keyless': " in result.stderr
    # A profile that does not exist is a slip.
    audit.sync_options = ["--profile", "good", "--profile", "god"]
    assert "'god'" in audit.sync(status=1).stderr


def test_bucket_of_a_failing_account_keeps_its_data(audit, two):
    audit.sync()
    two[1].stop()
    result = audit.sync("--prune", "--max-requests-per-second", "100", status=3)
    assert "profile 'dev'" in result.stderr
    assert [row[:2] for row in buckets(audit)] == [
        ("logs", 300), ("logs", 1500), ("media", 200), ("raw", 40)]


def test_same_bucket_through_two_profiles_is_listed_once(audit, simulator, profiles):
    server = simulator("--bucket", "logs:flat:100")
    # One server, spelled in two ways.
    other = server.endpoint.replace("http://", "HTTP://") + "/"
    profiles(one={"endpoint_url": server.endpoint}, two={"endpoint_url": other})
    audit.sync()
    assert buckets(audit) == [("logs", 100, "complete")]
    assert len(audit.query("totals", "--by", "account")) == 1
    for name in ("one", "two"):
        assert audit.query("totals", "--account", name)[0]["objects"] == 100


def test_only_its_own_account_says_that_a_bucket_is_gone(audit, moto, profiles):
    for name in ("bucket-a", "bucket-b"):
        moto.load(name, ["k"])
    profiles(a={"endpoint_url": moto.endpoint})
    audit.sync()
    moto.client().delete_object(Bucket="bucket-b", Key="k")
    moto.client().delete_bucket(Bucket="bucket-b")
    result = audit.sync(status=3)
    assert "s3://bucket-b no longer exists" in result.stderr
    audit.sync("--prune")
    assert [row[0] for row in buckets(audit)] == ["bucket-a"]


def assumed(moto, account):
    """Keys of a role in another account of moto."""
    client = boto3.client(
        "sts", endpoint_url=moto.endpoint, region_name="us-east-1",
        aws_access_key_id="testing", aws_secret_access_key="testing")
    keys = client.assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/reader", RoleSessionName="s3audit")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"], "endpoint_url": moto.endpoint}


@pytest.fixture
def organisation(moto, profiles):
    """Two accounts on one server; their names of buckets are not the same."""
    numbers = {"prod": "111111111111", "dev": "222222222222"}
    settings = {name: assumed(moto, number) for name, number in numbers.items()}
    for name, values in settings.items():
        client = boto3.client(
            "s3", region_name="us-east-1", endpoint_url=moto.endpoint,
            aws_access_key_id=values["aws_access_key_id"],
            aws_secret_access_key=values["aws_secret_access_key"],
            aws_session_token=values["aws_session_token"])
        client.create_bucket(Bucket=f"{name}-logs")
        for key in ("x", "y"):
            client.put_object(Bucket=f"{name}-logs", Key=key, Body=name.encode())
    profiles(**settings)
    return numbers


def test_accounts_of_one_server_are_told_apart_by_number(audit, organisation):
    for _ in range(2):
        audit.sync()
        assert audit.sql(
            "SELECT account, profile, buckets, objects FROM accounts ORDER BY account") == [
                ("111111111111", "prod", 1, 2), ("222222222222", "dev", 1, 2)]
        assert audit.sql("SELECT bucket, account FROM buckets ORDER BY 1") == [
            ("dev-logs", "222222222222"), ("prod-logs", "111111111111")]
    assert audit.query("totals", "--account", "1111*")[0]["bytes"] == 8
    # One account alone says nothing of the other's buckets.
    audit.sync_options = ["--profile", "dev"]
    audit.sync("--prune")
    assert [row[0] for row in buckets(audit)] == ["dev-logs", "prod-logs"]


def account(audit, *arguments, **options):
    """The account of the only bucket after a sync, and how long that took."""
    audit.index.unlink(missing_ok=True)
    start = time.monotonic()
    audit.sync(*arguments, **options)
    return audit.query("buckets")[0]["account"], time.monotonic() - start


def test_sts_is_asked_only_where_the_credentials_belong(audit, moto, profiles):
    moto.load("bucket", ["k"])
    owner = moto.client().list_buckets()["Owner"]["ID"]
    profiles(a={"endpoint_url": moto.endpoint})
    assert account(audit)[0] == "123456789012"
    # S3 alone is another server: AWS's STS must not see these credentials.
    profiles(a={})
    only_s3 = ["--endpoint-url", moto.endpoint]
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        env = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.getsockname()[1]}"}
        assert account(audit, *only_s3, env=env)[0] == owner
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert account(audit, *only_s3, env={"AWS_ENDPOINT_URL_STS": moto.endpoint})[0] == "123456789012"
    # What comes with the credentials is believed, and nobody is asked.
    profiles(a={"aws_account_id": "999999999999"})
    assert account(audit, *only_s3)[0] == "999999999999"
    assert account(audit, *only_s3, "--no-sign-request", "s3://bucket")[0] is None


def test_sts_that_does_not_answer_fails_nothing(audit, moto, profiles):
    moto.load("bucket", ["k"])
    owner = moto.client().list_buckets()["Owner"]["ID"]
    profiles(a={"endpoint_url": moto.endpoint})
    silent = {"AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{free_port()}"}
    name, seconds = account(audit, env=silent)
    assert name == owner and seconds < 20
