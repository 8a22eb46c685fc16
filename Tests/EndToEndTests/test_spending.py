"""What a sync of AWS costs, said before and after, and kept below a limit."""

import csv
import json
import re

import pytest

from support.aws_names import AWSNames
from support.written_index import offer

LIST_USD = 0.000005
KEYS = [f"{number:05}" for number in range(4_500)]


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    names = AWSNames(tmp_path_factory.mktemp("aws"))
    yield names
    names.stop()


@pytest.fixture
def account(aws, audit):
    """`audit` asks AWS by its names, and finds a bucket in us-east-1, and one in a region without prices."""
    aws.moto.reset()
    aws.moto.load("bucket", KEYS)
    aws.moto.load("far", ["a"], "ap-east-1")
    audit.environment = {**audit.environment, **aws.environment}
    audit.environment.pop("AWS_ENDPOINT_URL")
    aws.proxy.targets.clear()
    return aws


def listed(audit):
    return {row[0] for row in audit.sql("SELECT key FROM objects")}


def test_a_sync_says_what_it_costs_before_and_after(audit, account):
    report = json.loads(audit.sync("s3://bucket", "--no-properties", "--format", "json").stdout)
    assert report["list_dollars"] == pytest.approx(report["list_requests"] * LIST_USD)
    assert {target.partition(":")[0].split(".", 1)[1] for target in account.proxy.targets} <= {
        "us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"}
    said = audit.run("sync", "s3://bucket", "--dry-run").stdout
    assert "about 5 LIST requests, about $0.000025" in said, said


def test_a_limit_stops_before_the_request_that_would_pass_it_and_the_next_sync_goes_on(audit, account):
    rounds, found = 0, set()
    while True:
        rounds += 1
        result = audit.run("sync", "s3://bucket", "--no-properties", "--max-cost", "0.000015", "--concurrency", "1")
        known = listed(audit)
        assert known >= found, "nothing that was listed is lost"
        found = known
        if result.returncode == 0:
            break
        assert result.returncode == 3 and rounds < 20, result
        spent = re.search(r"--max-cost 0\.000015; (0\.\d+) USD were spent", result.stderr)
        assert spent and float(spent[1]) <= 0.000015, result.stderr
        assert "Help:" in result.stderr
    assert rounds > 1 and found == set(KEYS)
    audit.check_index()


def test_a_limit_that_is_enough_stops_nothing(audit, account):
    audit.sync("s3://bucket", "--no-properties", "--max-cost", "0.01")
    assert listed(audit) == set(KEYS)


def test_what_is_not_priced_is_not_asked_for_under_a_limit(audit, account):
    env = {"AWS_REGION": "ap-east-1"}
    result = audit.run("sync", "s3://far", "--no-properties", "--max-cost", "1", env=env)
    assert result.returncode == 3 and "ap-east-1" in result.stderr and "not known" in result.stderr, result
    assert "import prices" in result.stderr
    assert not any("s3.ap-east-1" in target for target in account.proxy.targets)
    # Without a limit it is asked, and the report says that nobody knows what that cost.
    report = json.loads(audit.sync("s3://far", "--no-properties", "--format", "json", env=env).stdout)
    assert report["list_requests"] == 1 and report["list_dollars"] is None


def test_the_plan_of_a_thaw_reads_the_same_prices(audit, account, tmp_path):
    s3 = account.moto.client()
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="bucket", Key="cold", Body=b"x" * 4096, StorageClass="GLACIER")["VersionId"]
    path = tmp_path / "manifest.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([
            ["key", "version_id", "size", "storage_class"], ["cold", version, 4096, "GLACIER"]])

    def plan():
        result = audit.run("restore", "-m", path, "-b", "bucket", "-r", tmp_path / "out", "--thaw", "standard",
                           "--dry-run", "--format", "json")
        assert result.returncode == 0, result
        return json.loads(result.stdout)[0]
    row = plan()
    assert row["requests_usd"] == pytest.approx(0.00005) and row["retrieval_usd"] == pytest.approx(4096 / 2**30 * 0.01)
    assert row["storage_usd"] == pytest.approx(4096 / 2**30 * 0.023 * 7 / 30)
    prices = tmp_path / "offer.json"
    dear = ("Requests-Tier3", "us-east-1", "RestoreObject", [("0", "Inf", "0.5")])
    prices.write_text(offer([dear], date="2026-11-01"))
    assert audit.run("import", "prices", prices).returncode == 0
    assert plan()["requests_usd"] == pytest.approx(0.5)
