"""Figures and bills of several accounts by one command: each once, told apart, and one that refuses stops no other."""

import json

import pytest

from support.fake_cloudwatch import FakeCloudWatch, billed, figures, refusal, today

S3 = "Amazon Simple Storage Service"
BOTH = ("--profile", "prod", "--profile", "dev")


@pytest.fixture
def two(profiles):
    """Two accounts, as two servers play them."""
    servers = {name: FakeCloudWatch() for name in ("prod", "dev")}
    for number, (name, server) in enumerate(servers.items(), start=1):
        server.number = str(number) * 12
        server.buckets = {f"{name}-data": "us-east-1"}
        server.points["us-east-1"] = figures(f"{name}-data", today(), number, StandardStorage=10 ** number)
    profiles(**{name: {"endpoint_url": server.endpoint} for name, server in servers.items()})
    yield servers["prod"], servers["dev"]
    for server in servers.values():
        server.stop()


def rows_of(audit, *arguments, status=0):
    result = audit.run("estimate", *arguments, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout), result.stderr


def test_figures_of_two_accounts(audit, two):
    rows, said = rows_of(audit, *BOTH)
    assert {(row["bucket"], row["account"], row["bytes"]) for row in rows if row["bytes"]} == {
        ("prod-data", "1" * 12, 10), ("dev-data", "2" * 12, 100)}
    assert said == ""
    assert audit.sql("SELECT account, sum(bytes) FROM estimates GROUP BY 1 ORDER BY 1") == [
        ("1" * 12, 10), ("2" * 12, 100)]
    table = audit.run("estimate", *BOTH, "--unit", "B").stdout
    assert [line for line in table.splitlines() if line.startswith("total")][0].split()[2] == "110"
    # A pattern may be about one of them.
    rows, _ = rows_of(audit, *BOTH, "dev-*")
    assert {row["bucket"] for row in rows} == {"dev-data"}
    assert audit.run("estimate", *BOTH, "nothing-*").returncode == 1
    forecast, _ = rows_of(audit, *BOTH, "--dry-run")
    assert [(row["account"], row["metrics"]) for row in forecast] == [("1" * 12, 2), ("2" * 12, 2)]
    # One alone has no column of accounts.
    assert "account" not in rows_of(audit, "--profile", "dev")[0][0]


def test_an_account_that_refuses_stops_no_other(audit, two):
    prod, dev = two
    dev.buckets = None
    rows, said = rows_of(audit, *BOTH, status=3)
    assert {row["bucket"] for row in rows} == {"prod-data"} and "profile 'dev'" in said and "Help:" in said
    prod.buckets = None
    result = audit.run("estimate", *BOTH)
    assert result.returncode == 1 and "profile 'prod'" in result.stderr and "profile 'dev'" in result.stderr
    # A profile that is not there is a slip.
    assert audit.run("estimate", "--profile", "prod", "--profile", "none").returncode == 1
    assert audit.run("estimate", "--profile", "none", "--profile", "prod").returncode == 1


def test_a_region_that_refuses_one_account_is_named_with_it(audit, two):
    _, dev = two
    dev.fault = lambda action, *_: refusal(403, "AccessDenied") if action == "GetMetricData" else None
    rows, said = rows_of(audit, *BOTH, status=3)
    assert {row["bucket"]: row["state"] for row in rows} == {"prod-data": "complete", "dev-data": "denied"}
    assert "what 1 bucket of account 222222222222 there holds" in said


def test_an_account_is_asked_once(audit, two, profiles):
    prod, _ = two
    profiles(prod={"endpoint_url": prod.endpoint}, again={"endpoint_url": prod.endpoint})
    rows, said = rows_of(audit, "--profile", "prod", "--profile", "again")
    assert sum(row["bytes"] or 0 for row in rows) == 10 and "profile again" in said
    assert prod.count("GetMetricData") == 1


def test_bills_of_two_accounts(audit, two, profiles):
    prod, dev = two
    for server, amount in ((prod, "1.25"), (dev, "2.5")):
        server.bills = [[billed("2026-10-01", "2026-11-01", [(S3, "TimedStorage-ByteHrs", amount)]),
                         billed("2026-11-01", "2026-12-01", [(S3, "TimedStorage-ByteHrs", "1")])]]
    rows, said = rows_of(audit, "--actual", *BOTH, "--months", "0", status=0)
    assert {(row["account"], row["amount"]) for row in rows if row["month"] == "2026-10-01"} == {
        ("1" * 12, 1.25), ("2" * 12, 2.5)}
    assert "2 requests" in said
    # The same account under two names is paid for once.
    profiles(prod={"endpoint_url": prod.endpoint}, dev={"endpoint_url": prod.endpoint})
    rows, said = rows_of(audit, "--actual", *BOTH, "--months", "0")
    assert "1 request" in said and "profile dev" in said and "account" not in rows[0]


def test_a_bill_that_is_refused_stops_no_other(audit, two):
    prod, dev = two
    prod.fault = lambda action, *_: (
        (400, json.dumps({"__type": "AccessDeniedException", "message": "no"})) if action == "GetCostAndUsage" else None)
    dev.bills = [[billed("2026-11-01", "2026-12-01", [(S3, "TimedStorage-ByteHrs", "1")])]]
    rows, said = rows_of(audit, "--actual", *BOTH, "--months", "0", status=3)
    assert {row["amount"] for row in rows} == {1} and "profile 'prod'" in said and "1 request before" in said
    # Whose it is has to be known.
    dev.fault = lambda action, *_: refusal(403, "AccessDenied") if action == "GetCallerIdentity" else None
    before = dev.count("GetCostAndUsage")
    result = audit.run("estimate", "--actual", *BOTH)
    assert result.returncode == 1 and "whose bill" in result.stderr and dev.count("GetCostAndUsage") == before
