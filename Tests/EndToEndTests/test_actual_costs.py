"""What was billed, digit by digit: months, credits, tags, what is said of nothing, and what is never asked unasked."""

import datetime
import json
import urllib.request
from decimal import Decimal

import pytest

from support.fake_cloudwatch import billed
from support.written_index import WrittenIndex

S3 = "Amazon Simple Storage Service"
DEEP = "Amazon S3 Glacier Deep Archive"
GIB = 1 << 30


def months(count):
    """The first days of that many closed months and the open one, oldest first; and tomorrow."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    first = [today.replace(day=1)]
    for _ in range(count):
        first.insert(0, (first[0] - datetime.timedelta(days=1)).replace(day=1))
    return [day.isoformat() for day in first] + [(today + datetime.timedelta(days=1)).isoformat()]


def actual(audit, *arguments, status=0, **options):
    result = audit.run("estimate", "--actual", *arguments, "--format", "json", **options)
    assert result.returncode == status, result
    return json.loads(result.stdout, parse_float=str, parse_int=str), result.stderr


def post_to_moto(moto, results):
    urllib.request.urlopen(urllib.request.Request(
        moto.endpoint + "/moto-api/static/ce/cost-and-usage-results", data=json.dumps({"results": results}).encode(),
        headers={"Content-Type": "application/json"})).close()


def test_months_as_moto_has_them(audit, moto):
    last, this, tomorrow = months(1)
    post_to_moto(moto, [{"ResultsByTime": [
        billed(last, this, [
            (S3, "EU-TimedStorage-ByteHrs", "12.0101516483123456"), (DEEP, "EU-TimedStorage-GDA-ByteHrs", "0.5"),
            (S3, "EU-Requests-Tier1", "-3.25")]),
        billed(this, tomorrow, [(S3, "EU-TimedStorage-ByteHrs", "7.1")], estimated=True)]}])
    rows, said = actual(audit)
    assert [(row["month"], row["service"], row["usage_type"], row["amount"], row["credit"], row["estimated"])
            for row in rows] == [
        (last, S3, "EU-TimedStorage-ByteHrs", "12.0101516483123456", None, False),
        (last, DEEP, "EU-TimedStorage-GDA-ByteHrs", "0.5", None, False),
        (last, S3, "EU-Requests-Tier1", None, "-3.25", False),
        (this, S3, "EU-TimedStorage-ByteHrs", "7.1", None, True)]
    assert "estimated" in said and this in said and "1 request" in said and "$0.01" in said
    table = audit.run("estimate", "--actual").stdout
    total = [line.split() for line in table.splitlines() if line.startswith("total")][0]
    assert "19.6101516483" in " ".join(total) and "-3.25" in " ".join(total)
    # It stays in the index, and answers nothing else.
    assert audit.sql("SELECT amount FROM actual_costs ORDER BY month, usage_type LIMIT 1") == [("-3.25",)]
    assert audit.sql("SELECT count(*) FROM buckets") == [(0,)]


def test_what_is_asked_for(audit, aws):
    *_, tomorrow = months(3)
    aws.bills = [[billed(month, end, [(S3, "x", "1")]) for month, end in zip(months(3), months(3)[1:])]]
    actual(audit, "--months", "3")
    form = aws.calls[0][2]
    assert form["TimePeriod"] == {"Start": months(3)[0], "End": tomorrow} and form["Granularity"] == "MONTHLY"
    assert form["Filter"]["Dimensions"] == {"Key": "SERVICE", "Values": [S3, DEEP, "Amazon Glacier"]}
    assert form["GroupBy"] == [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}]
    assert aws.count("GetCostAndUsage", "us-east-1") == 1, "wherever the buckets are"
    aws.bills = [[billed(month, end, [(S3, "web", "1")], tag="team") for month, end in zip(months(1), months(1)[1:])]]
    aws.calls.clear()
    actual(audit, "--tag", "team")
    [form] = [form for action, _, form in aws.calls if action == "GetCostAndUsage"]
    assert form["GroupBy"][1] == {"Type": "TAG", "Key": "team"} and form["TimePeriod"]["Start"] == months(1)[0]


def test_pages_are_one_answer(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "a", "1")])],
                 [billed(last, this, [(S3, "b", "2")]), billed(this, tomorrow, [(S3, "a", "3")], estimated=True)]]
    rows, said = actual(audit)
    assert [(row["month"], row["usage_type"], row["amount"]) for row in rows] == [
        (last, "a", "1"), (last, "b", "2"), (this, "a", "3")]
    assert aws.count("GetCostAndUsage") == 2 and "2 requests" in said


def test_a_dry_run_asks_nobody(audit, aws):
    result = audit.run("estimate", "--actual", "--months", "2", "--dry-run", "--format", "json")
    [row] = json.loads(result.stdout)
    assert result.returncode == 0 and row["usd_at_least"] == 0.01 and row["from"] == months(2)[0]
    assert aws.calls == [] and not audit.index.exists() and "$0.01" in result.stderr


def test_nothing_else_asks_cost_explorer(audit, moto):
    """The first answer is still there for whoever asks for it."""
    moto.load("bucket", ["x"])
    last, this, tomorrow = months(1)
    post_to_moto(moto, [{"ResultsByTime": [billed(last, this, [(S3, "x", "1")]), billed(this, tomorrow, [(S3, "x", "2")])]}])
    audit.sync()
    audit.query("cost")
    assert audit.run("estimate").returncode == 0
    assert audit.run("doctor", "--feature", "estimate").returncode == 0
    assert [row["amount"] for row in actual(audit)[0]] == ["1", "2"]


def test_tags_and_what_has_none(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "web", "1.5"), (S3, "", "2.5")], tag="team"),
                  billed(this, tomorrow, [(S3, "", "1")], tag="team", estimated=True)]]
    rows, _ = actual(audit, "--tag", "team")
    assert [(row["tag"], row["tag_state"], row["amount"]) for row in rows] == [
        ("web", "set", "1.5"), (None, "untagged", "2.5"), (None, "untagged", "1")]
    assert audit.sql("SELECT DISTINCT tag FROM actual_costs") == [("team",)]


def test_a_tag_may_begin_with_a_combining_mark(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "\u0301x", "1.5")], tag="team"), billed(this, tomorrow, [], estimated=True)]]
    assert actual(audit, "--tag", "team", status=3)[0][0]["tag"] == "\u0301x"


def test_a_tag_that_is_not_activated_says_where_to(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(month, end, [(S3, "", "1")], tag="team") for month, end in ((last, this), (this, tomorrow))]]
    _, said = actual(audit, "--tag", "team", status=3)
    assert "team" in said and "ost allocation tag" in said


@pytest.mark.parametrize("bills", [[], [[]], "groups"])
def test_a_month_of_which_nothing_is_said_is_not_zero(audit, aws, bills):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, []), billed(this, tomorrow, [], estimated=True)]] if bills == "groups" else bills
    rows, said = actual(audit, status=3)
    assert [(row["month"], row["amount"], row["service"]) for row in rows] == [(last, None, None), (this, None, None)]
    assert last in said and "not no cost" in said


@pytest.mark.parametrize("code, message, words", [
    ("AccessDeniedException", "User not enabled for cost explorer access", "has to be enabled"),
    ("DataUnavailableException", "Data is not available", "a day after it was enabled"),
    ("BillExpirationException", "expired", "ask again"), ("ValidationException", "bad", "fewer months")])
def test_refusals_say_the_way_out(audit, aws, code, message, words):
    aws.fault = lambda action, *_: (
        (400, json.dumps({"__type": code, "message": message})) if action == "GetCostAndUsage" else None)
    result = audit.run("estimate", "--actual")
    assert result.returncode == 1 and message in result.stderr and words in result.stderr, result
    assert not audit.index.exists() and aws.count("GetCostAndUsage") == 1


def test_throttling_is_borne(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "x", "1")]), billed(this, tomorrow, [(S3, "x", "1")])]]
    aws.fault = lambda action, region, form, before: (
        (400, json.dumps({"__type": "LimitExceededException"})) if action == "GetCostAndUsage" and not before else None)
    assert len(actual(audit)[0]) == 2


def test_pages_without_an_end_are_an_error(audit, aws):
    last, this, _ = months(1)
    aws.fault = lambda action, *_: (
        (200, json.dumps({"ResultsByTime": [billed(last, this, [(S3, "x", "1")])], "NextPageToken": "t"}))
        if action == "GetCostAndUsage" else None)
    result = audit.run("estimate", "--actual")
    assert result.returncode == 1 and "no end" in result.stderr and aws.count("GetCostAndUsage") == 2
    assert not audit.index.exists()


def test_pages_that_were_paid_for_nothing_are_told(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "x", "1")])], [billed(this, tomorrow, [(S3, "x", "1")])]]
    aws.fault = lambda action, region, form, before: (
        (400, json.dumps({"__type": "AccessDeniedException", "message": "no"}))
        if action == "GetCostAndUsage" and "NextPageToken" in form else None)
    result = audit.run("estimate", "--actual")
    assert result.returncode == 1 and "2 requests" in result.stderr and "$0.02" in result.stderr, result
    assert "nothing was kept" in result.stderr and not audit.index.exists()


@pytest.mark.parametrize("written, status", [("true", 0), ("False", 0), ("soon", 1), (1, 1)])
def test_a_month_is_closed_only_where_that_is_said(audit, aws, written, status):
    last, this, tomorrow = months(1)
    aws.bills = [[{**billed(last, this, [(S3, "x", "1")]), "Estimated": written},
                  billed(this, tomorrow, [(S3, "x", "2")])]]
    if status:
        assert audit.run("estimate", "--actual", env={"AWS_MAX_ATTEMPTS": "1"}).returncode == 1
        return
    rows, _ = actual(audit)
    # The month that is not over is not closed, whatever is said of it.
    assert [row["estimated"] for row in rows] == [written == "true", True]


@pytest.mark.parametrize("amount", ["", "x", "1,5", "NaN"])
def test_what_is_no_amount_is_an_error(audit, aws, amount):
    last, this, _ = months(1)
    aws.bills = [[billed(last, this, [(S3, "x", amount)])]]
    result = audit.run("estimate", "--actual", env={"AWS_MAX_ATTEMPTS": "1"})
    assert result.returncode == 1 and not audit.index.exists(), result


def test_digits_are_exact_beside_those_of_decimal(audit, aws):
    last, this, tomorrow = months(1)
    amounts = ["0.0101516483", "1.9E-9", "123456789.123456789", "-0.0000000001"]
    aws.bills = [[billed(last, this, [(S3, f"u{n}", a) for n, a in enumerate(amounts)]),
                  billed(this, tomorrow, [(S3, "x", "0")])]]
    rows, _ = actual(audit)
    assert [Decimal(row["amount"] or row["credit"]) for row in rows][:4] == [Decimal(a) for a in amounts]


# Beside the computed cost.


def compared(audit, *arguments, status=0):
    result = audit.run("query", "cost", "--compare", *arguments, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout, parse_float=Decimal) if status == 0 else result


@pytest.fixture
def known(audit, aws):
    """An account with 100 GiB of STANDARD in us-east-1 and 10 GiB of STANDARD_IA in us-east-2, by tags."""
    written = WrittenIndex(audit, 1_796_000_000_000)
    tags = {"tags": ("set", '{"team":"web"}')}
    written.write([
        {"name": "a", "account": "123456789012", "properties": tags, "rollups_only": True,
         "rows": [("current", "STANDARD", GIB, 100, 9)]},
        {"name": "b", "account": "123456789012", "region": "us-east-2", "properties": {"tags": ("set", "{}")},
         "rollups_only": True, "rows": [("current", "STANDARD_IA", GIB, 10, 9)]}])
    return aws


def test_the_bill_stands_beside_the_computed_cost(audit, known):
    last, this, tomorrow = months(1)
    known.bills = [[
        billed(last, this, [
            (S3, "TimedStorage-ByteHrs", "2.5"), (S3, "USE2-TimedStorage-SIA-ByteHrs", "0.1"),
            (S3, "TimedStorage-ByteHrs", "-0.5"), (S3, "USE2-DataTransfer-Out-Bytes", "7"),
            (S3, "Requests-Tier1", "0.25")]),
        billed(this, tomorrow, [(S3, "TimedStorage-ByteHrs", "99")], estimated=True)]]
    result = compared(audit, status=1)
    assert "estimate --actual" in result.stderr
    actual(audit)
    rows = {(row["region"], row["usage_type"]): row for row in compared(audit)}
    standard = rows["us-east-1", "TimedStorage-ByteHrs"]
    assert (standard["usd"], standard["actual"], standard["actual_credit"]) == (
        Decimal("2.3"), Decimal("2.5"), Decimal("-0.5"))
    assert standard["difference"] == Decimal("0.2") and standard["month"] == last and standard["estimated"] is False
    assert rows["us-east-2", "TimedStorage-SIA-ByteHrs"]["usd"] == Decimal("0.125")
    assert rows["us-east-2", "TimedStorage-SIA-ByteHrs"]["difference"] == Decimal("-0.025")
    assert rows[None, "USE2-DataTransfer-Out-Bytes"]["usd"] is None
    assert rows[None, "USE2-DataTransfer-Out-Bytes"]["actual"] == 7
    assert rows["us-east-1", "Requests-Tier1"]["usd"] is None
    # Never added.
    plain = json.loads(audit.run("query", "cost", "--format", "json").stdout, parse_float=Decimal)
    assert plain[0]["usd"] == Decimal("2.425") and "actual" not in plain[0]


def test_an_older_month_that_stands_in_is_named(audit, known):
    before, last, this, tomorrow = months(2)
    known.bills = [[billed(before, last, [(S3, "TimedStorage-ByteHrs", "2")]), billed(last, this, []),
                    billed(this, tomorrow, [(S3, "TimedStorage-ByteHrs", "1")], estimated=True)]]
    actual(audit, "--months", "2", status=3)
    result = audit.run("query", "cost", "--compare", "--format", "json")
    assert {row["month"] for row in json.loads(result.stdout) if row["month"]} == {before}
    assert "Warning" in result.stderr and last in result.stderr and "no costs that Cost Explorer knows" in result.stderr


def test_other_services_and_currencies_are_lines_of_their_own(audit, known):
    last, this, tomorrow = months(1)
    other = billed(last, this, [(S3, "TimedStorage-ByteHrs", "5")])
    for group in other["Groups"]:
        group["Metrics"]["UnblendedCost"]["Unit"] = "CNY"
    bill = billed(last, this, [(S3, "TimedStorage-ByteHrs", "2.5"), ("Amazon Glacier", "TimedStorage-ByteHrs", "7")])
    bill["Groups"] += other["Groups"]
    known.bills = [[bill, billed(this, tomorrow, [(S3, "TimedStorage-ByteHrs", "1")], estimated=True)]]
    actual(audit)
    rows = [row for row in compared(audit) if row["usage_type"] == "TimedStorage-ByteHrs"]
    assert sorted((row["other_service"] or "", row["currency"], row["actual"], row["difference"]) for row in rows) == [
        ("", "CNY", 5, None), ("", "USD", Decimal("2.5"), Decimal("0.2")), ("Amazon Glacier", "USD", 7, None)]


def test_a_month_that_is_not_told_again_stays_as_it_was(audit, aws):
    last, this, tomorrow = months(1)
    aws.bills = [[billed(last, this, [(S3, "TimedStorage-ByteHrs", "0.23")]), billed(this, tomorrow, [], estimated=True)]]
    actual(audit, status=3)
    aws.bills = [[]]
    actual(audit, status=3)
    assert audit.sql("SELECT month, amount FROM actual_costs ORDER BY 1") == [(last, "0.23"), (this, None)]


def test_the_bill_by_tag(audit, known):
    last, this, tomorrow = months(1)
    known.bills = [[billed(last, this, [(S3, "web", "3"), (DEEP, "web", "1"), (S3, "", "0.5")], tag="team"),
                    billed(this, tomorrow, [(S3, "web", "1")], tag="team", estimated=True)]]
    actual(audit, "--tag", "team")
    rows = {row["tag"]: row for row in compared(audit, "--by", "tag=team")}
    assert (rows["web"]["usd"], rows["web"]["actual"]) == (Decimal("2.3"), 4)
    assert (rows[None]["usd"], rows[None]["actual"]) == (Decimal("0.125"), Decimal("0.5"))
    assert compared(audit, status=1).stderr


def test_a_bill_is_of_everything(audit, known):
    for arguments in (["a"], ["--by", "bucket"], ["--state", "current"], ["--min-size", "1"], ["--class", "GLACIER"]):
        assert compared(audit, *arguments, status=64)
