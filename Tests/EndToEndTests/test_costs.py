"""Bills by AWS's rules: its own examples, worked ones, and random accounts against an oracle of fractions."""

import json
import os
import random
from decimal import Decimal
from fractions import Fraction as F

import pytest

from support import bill_oracle
from support.bill_oracle import Bill, near
from support.written_index import WrittenIndex

TIB5 = 5 << 40
NOW_MS = 1_796_000_000_000
DAY = "2026-11-30"


@pytest.fixture
def written(audit):
    return WrittenIndex(audit, NOW_MS)


def cost(audit, *arguments, day=DAY):
    """The rows of an answer with their amounts as decimals, digit for digit."""
    result = audit.run("query", "cost", "--prices-as-of", day, *arguments, "--format", "json")
    assert result.returncode == 0, result
    return json.loads(result.stdout, parse_float=Decimal)


def usd(audit, *arguments, **options):
    return {next(iter(row.values())): row["usd"] for row in cost(audit, *arguments, **options)}


def one(audit, *arguments, **options):
    [row] = cost(audit, *arguments, **options)
    return row


def test_the_example_of_the_s3_faq(audit, written):
    written.write([{"name": "march", "rows": [("current", "STANDARD", 1 << 30, 52_900, 1)], "rollups_only": True}])
    assert str(one(audit)["usd"]) == "1215.000000"


def test_the_example_of_the_pricing_calculator(audit, written):
    written.write([{
        "name": "deep", "rollups_only": True, "rows": [("current", "DEEP_ARCHIVE", 10_240, 10_485_760, 1)]}])
    row = one(audit)
    assert str(row["usd"]) == "2.255800"
    assert row["billed_bytes"] == 500 << 30 and row["objects"] == 10_485_760


BILL_A = [
    {"name": "alpha", "rows": [("current", "STANDARD", TIB5, 8, 1)]},
    {"name": "beta", "rows": [("current", "STANDARD", TIB5, 6, 1)]},
    {"name": "gamma", "region": "us-east-2", "rows": [("current", "STANDARD", TIB5, 4, 1)]},
]


def test_tiers_are_shared_by_bytes(audit, written):
    written.write(BILL_A)
    found = {name: str(amount) for name, amount in usd(audit, "--by", "bucket").items()}
    assert found == {"alpha": "930.377143", "beta": "697.782857", "gamma": "471.040000"}
    assert str(one(audit)["usd"]) == "2099.200000"
    # A filter changes nothing about the tiers.
    assert str(one(audit, "alpha")["usd"]) == "930.377143"
    assert str(one(audit, "--bucket", "b*")["usd"]) == "697.782857"
    assert {name: str(amount) for name, amount in usd(audit, "--by", "prefix").items()} == found
    assert str(one(audit, "alpha", "--min-size", "1")["usd"]) == "930.377143"


def offer_of_2016():
    folder = os.path.join(os.environ.get("S3AUDIT_VECTORS", "../shared/vectors"), "..", "prices")
    path = os.path.join(folder, "AmazonS3-offer-2016.json")
    if not os.path.exists(path):
        pytest.skip(f"there is no {path}")
    return os.path.abspath(path)


def test_the_offer_of_2016(audit, written):
    written.write(BILL_A)
    result = audit.run("import", "prices", offer_of_2016())
    assert result.returncode == 0 and "older" in result.stderr, result
    rows = {row["bucket"]: row for row in cost(audit, "--by", "bucket", day="2016-06-01")}
    assert near(rows["alpha"]["usd"], F("1202.761143")) and near(rows["beta"]["usd"], F("902.070857"))
    assert rows["gamma"]["usd"] is None and rows["gamma"]["usd_at_least"] == 0
    warned = audit.run("query", "cost", "--prices-as-of", "2016-06-01").stderr
    assert "TimedStorage-ByteHrs in us-east-2" in warned and "gamma" in warned
    # An older list never hides a newer one.
    assert str(one(audit)["usd"]) == "2099.200000"
    assert "2026-09-01" in audit.run("query", "cost").stderr


def test_archives_have_overheads(audit, written):
    written.write([
        {"name": "archive", "rows": [("current", "GLACIER", 10_240, 262_144, 200)]},
        {"name": "deep", "rows": [("current", "DEEP_ARCHIVE", 10_240, 262_144, 200)]}])
    assert {k: str(v) for k, v in usd(audit, "--by", "bucket").items()} == {
        "archive": "0.083800", "deep": "0.056395"}
    assert {k: str(v) for k, v in usd(audit, "archive", "--by", "component").items()} == {
        "storage": "0.009000", "archive_overhead": "0.028800", "archive_index": "0.046000"}
    assert {k: str(v) for k, v in usd(audit, "--by", "class").items()} == {
        "GLACIER": "0.083800", "DEEP_ARCHIVE": "0.056395"}
    assert one(audit, "archive")["billed_bytes"] == int(12.5 * (1 << 30))


MEDIA = [{"name": "media", "rows": [
    ("current", "STANDARD", 1 << 20, 10_000, 200), ("current", "STANDARD", 16_384, 50_000, 200),
    ("current", "STANDARD", 1 << 30, 1_000, 10)]}]


def what_if(audit, *arguments, status=0):
    result = audit.run(
        "query", "what-if", "--prices-as-of", DAY, *arguments, "--format", "json")
    assert result.returncode == status, result
    return json.loads(result.stdout, parse_float=Decimal)[0] if status == 0 else result


def fresh(audit):
    """An index whose objects are as old as the test says, by today's clock."""
    import time
    return WrittenIndex(audit, int(time.time() * 1000) - 60_000)


def test_moving_to_glacier_instant_retrieval(audit):
    fresh(audit).write(MEDIA)
    row = what_if(audit, "--to", "GLACIER_IR", "--older-than", "90d")
    assert (row["moved_objects"], row["left_objects"], row["left_bytes"]) == (10_000, 50_000, 819_200_000)
    assert (row["small_objects"], row["small_bytes"]) == (50_000, 819_200_000)
    assert near(row["usd_now"], F("0.224609375")) and near(row["usd_then"], F("0.0390625"))
    assert near(row["usd_saving"], F("0.185546875")) and near(row["usd_transitions"], F("0.2"))
    assert str(row["months_to_break_even"]) == "1.08" and near(row["readable_gib"], F("6.184896"))
    assert row["usd_early_at_most"] == 0
    said = audit.run("query", "what-if", "--to", "GLACIER_IR", "--older-than", "90d").stderr
    assert "50,000 objects" in said and "128 KiB" in said


def test_moving_small_objects(audit):
    fresh(audit).write(MEDIA)
    row = what_if(audit, "--to", "GLACIER_IR", "--older-than", "90d", "--move-small")
    assert (row["moved_objects"], row["moved_bytes"]) == (60_000, 11_304_960_000)
    assert near(row["usd_saving"], F("0.178680419921875")) and near(row["usd_transitions"], F("1.2"))
    assert str(row["months_to_break_even"]) == "6.72" and near(row["readable_gib"], F("5.956014"))
    small = what_if(audit, "--to", "GLACIER_IR", "--move-small", "--max-size", "16384")
    assert near(small["usd_saving"], F("-0.006866455078125")) and small["months_to_break_even"] is None


def test_leaving_early_and_expiry(audit):
    fresh(audit).write([{
        "name": "old", "uploads": [("STANDARD", 1 << 30, 20)], "rows": [
            ("current", "DEEP_ARCHIVE", 1 << 30, 10, 60), ("noncurrent", "STANDARD", 1 << 30, 5, 40)]}])
    row = what_if(audit, "--expire")
    month = F(10) * F("0.00099") + F(10 * 32_768, 1 << 30) * F("0.00099")
    # The 8 KiB are in STANDARD: they are saved, and nothing is charged for their leaving early.
    assert near(row["usd_saving"], month + F(10 * 8_192, 1 << 30) * F("0.023"))
    assert near(row["usd_early_at_least"], month * 4) and near(row["usd_early_at_most"], month * 6)
    assert near(what_if(audit, "--expire", "--noncurrent")["usd_saving"], F("0.115"))
    assert near(what_if(audit, "--expire", "--uploads", "--older-than", "7d")["usd_saving"], F("0.023"))
    assert what_if(audit, "--expire", "--uploads", "--older-than", "30d")["moved_objects"] == 0


def test_young_objects_are_not_moved_to_infrequent_access(audit):
    fresh(audit).write([{"name": "b", "rows": [
        ("current", "STANDARD", 1 << 20, 10, 40), ("current", "STANDARD", 1 << 20, 7, 3)]}])
    row = what_if(audit, "--to", "STANDARD_IA")
    assert (row["moved_objects"], row["left_objects"], row["small_objects"]) == (10, 7, 0)


@pytest.mark.parametrize("arguments, words", [
    (["--to", "COLD"], "use one of STANDARD_IA"), (["--to", "STANDARD"], "cannot move any class to STANDARD"),
    (["--to", "STANDARD", "--class", "GLACIER"],
     "cannot move GLACIER to STANDARD by lifecycle: restore and copy instead"),
    (["--to", "STANDARD_IA", "--class", "GLACIER"], "cannot move GLACIER to STANDARD_IA"),
    (["--to", "STANDARD_IA", "--older-than", "5d"], "30 days"),
    ([], "--to"), (["--to", "GLACIER", "--expire"], "not both"), (["--expire", "--move-small"], "--move-small"),
    (["--to", "GLACIER", "--uploads"], "uploads"), (["--expire", "--uploads", "--noncurrent"], "no versions"),
], ids=str)
def test_bad_questions(audit, written, arguments, words):
    written.write(MEDIA)
    assert words in what_if(audit, *arguments, status=64).stderr


def test_what_is_uphill_is_found_in_the_index(audit, written):
    written.write([{"name": "b", "rows": [("current", "GLACIER", 1 << 20, 3, 400)]}])
    assert "cannot move GLACIER to ONEZONE_IA" in what_if(audit, "--to", "ONEZONE_IA", status=64).stderr
    assert ("cannot move GLACIER to STANDARD by lifecycle: restore and copy instead"
            in what_if(audit, "--to", "STANDARD", status=64).stderr)


def test_classes_that_nobody_knows_are_named(audit, written):
    written.write(MEDIA)
    for question in (["cost"], ["what-if", "--to", "GLACIER"], ["what-if", "--expire"]):
        result = audit.run("query", *question, "--class", "NOPE")
        assert result.returncode == 1 and "no object in the index has the storage class 'NOPE'" in result.stderr


def test_a_what_if_answers_no_region_with_the_price_of_another(audit):
    rows = [("current", "STANDARD", 1 << 30, 4, 100)]
    fresh(audit).write([{"name": "here", "rows": rows}, {"name": "there", "region": "eu-west-1", "rows": rows}])
    row = what_if(audit, "--to", "GLACIER")
    assert row["usd_transitions"] is None and row["readable_gib"] is None and row["usd_saving"] is not None
    said = audit.run("query", "what-if", "--to", "GLACIER").stderr
    for words in ("Requests-Tier3 (S3-GlacierTransition)", "Standard-Retrieval-Bytes (RestoreObject)"):
        assert f"{words} in eu-west-1: there\n" in said, said
    # The dates are those of the prices that were used, of what is left and of what is moved.
    assert "2026-09-01" in said and "2025-08-28" in said and "2026-07-01" in said
    assert "2025-08-28" not in audit.run("query", "cost", "here").stderr


def test_uploads_whose_bytes_nobody_knows_cost_what_nobody_knows(audit):
    fresh(audit).write([{"name": "u", "rows": [], "uploads": [("STANDARD", None, 3), ("STANDARD", 5 << 20, 3)]}])
    row = one(audit)
    assert row["uploads"] == 2 and row["bytes"] is row["billed_bytes"] is row["usd"] is row["usd_at_most"] is None
    assert near(row["usd_at_least"], F(5 << 20, 1 << 30) * F("0.023"))
    row = what_if(audit, "--expire", "--uploads")
    assert row["moved_objects"] == 2
    assert row["moved_bytes"] is row["usd_now"] is row["usd_saving"] is row["months_to_break_even"] is None


def test_expiry_where_versions_are_kept_is_said_to_save_nothing_yet(audit):
    fresh(audit).write([{"name": name, "rows": [("current", "STANDARD", 1 << 30, 1, 50)], "properties": {
        "versioning": state}} for name, state in (("kept", ("set", '{"status":"Enabled"}')), ("gone", ("none", None)))])
    said = audit.run("query", "what-if", "--expire").stderr
    assert "stay as noncurrent versions" in said and ": kept\n" in said
    assert "stay as noncurrent" not in audit.run("query", "what-if", "--to", "GLACIER").stderr


def test_an_index_of_nothing_has_no_cost(audit, written):
    row = one(audit)
    assert row["objects"] is row["usd"] is row["usd_at_most"] is None and row["state"] == "never"
    row = what_if(audit, "--to", "GLACIER")
    assert row["moved_objects"] is row["usd_now"] is row["usd_saving"] is None
    assert cost(audit, "--by", "bucket") == []


def test_components_count_empty_objects_and_say_how_far_they_can_be_believed(audit, written):
    written.write([{"name": "z", "rows": [("current", "STANDARD", 0, 5, 5), ("current", "GLACIER", 0, 2, 5)]}])
    rows = {row["component"]: row for row in cost(audit, "--by", "component")}
    assert rows["storage"]["objects"] == 7 and rows["storage"]["usd"] == 0
    assert set(rows) == {"storage", "archive_overhead", "archive_index"}
    assert {row["state"] for row in rows.values()} == {"complete"}


def test_the_least_of_tiering_is_its_cheapest_tier(audit, written):
    written.write([{"name": "it", "region": "eu-west-1", "rows": [("current", "INTELLIGENT_TIERING", 1 << 30, 3, 5)]}])
    assert str(one(audit)["usd_at_least"]) == "0.012000"


def test_bad_groups(audit, written):
    result = audit.run("query", "cost", "--by", "colour")
    assert result.returncode == 64 and "tag=KEY" in result.stderr
    assert audit.run("query", "cost", "--prices-as-of", "soon").returncode == 64


def test_unknown_is_never_nothing(audit, written):
    written.write([
        {"name": "known", "rows": [("current", "STANDARD", 1 << 30, 1, 1)]},
        {"name": "far", "region": "ap-east-1", "rows": [("current", "STANDARD", 1 << 30, 1, 1)]},
        {"name": "nowhere", "region": None, "rows": [("current", "STANDARD", 1 << 30, 1, 1)]},
        {"name": "outpost", "rows": [("current", "OUTPOSTS", 1 << 30, 1, 1)]},
        {"name": "else", "endpoint": "http://minio:9000", "rows": [("current", "STANDARD", 1 << 30, 1, 1)]}])
    rows = {row["bucket"]: row for row in cost(audit, "--by", "bucket")}
    assert str(rows["known"]["usd"]) == "0.023000"
    for name in ("far", "nowhere", "outpost", "else"):
        assert rows[name]["usd"] is None and rows[name]["usd_at_most"] is None, name
        assert rows[name]["usd_at_least"] == 0
    row = one(audit)
    assert row["usd"] is None and str(row["usd_at_least"]) == "0.023000"
    said = audit.run("query", "cost").stderr
    for words in ("TimedStorage-ByteHrs in ap-east-1: far", "region is not known", ": nowhere",
                  "class OUTPOSTS: outpost", "http://minio:9000 is not AWS"):
        assert words in said, words
    assert [row["region"] for row in cost(audit, "--by", "region")][-1] is None


def test_states_that_were_never_listed_are_named(audit, written):
    versioned = {"versioning": ("set", '{"status":"Enabled"}')}
    written.write([
        {"name": "plain", "rows": [("current", "STANDARD", 1 << 30, 1, 1)],
         "properties": {"versioning": ("none", None)}},
        {"name": "versioned", "rows": [("current", "STANDARD", 1 << 30, 1, 1)], "properties": versioned},
        {"name": "listed", "uploads": [], "rows": [
            ("current", "STANDARD", 1 << 30, 1, 1), ("noncurrent", "STANDARD", 1 << 30, 2, 1)]}])
    rows = {row["bucket"]: row for row in cost(audit, "--by", "bucket")}
    assert str(rows["plain"]["usd"]) == "0.023000" and str(rows["listed"]["usd"]) == "0.069000"
    assert rows["versioned"]["usd"] is None and str(rows["versioned"]["usd_at_least"]) == "0.023000"
    # What was never listed may be in any class, below any prefix.
    for grouping in ("class", "component"):
        assert [row["usd"] for row in cost(audit, "--by", grouping)] == [None]
        assert str(cost(audit, "--by", grouping, "listed")[0]["usd"]) == "0.069000"
    assert {row["bucket"]: row["usd"] is None for row in cost(audit, "--by", "prefix")} == {
        "plain": False, "versioned": True, "listed": False}
    states = {row["stored_state"]: row for row in cost(audit, "--by", "state")}
    assert str(states["current"]["usd"]) == "0.069000"
    assert states["noncurrent"]["usd"] is None and str(states["noncurrent"]["usd_at_least"]) == "0.046000"
    assert states["uploads"]["usd"] is None
    said = audit.run("query", "cost").stderr
    assert "noncurrent versions were never listed" in said and ": versioned" in said
    assert str(one(audit, "listed", "--state", "noncurrent")["usd"]) == "0.046000"


def test_by_tag(audit, written):
    def tags(value):
        return {"tags": ("set", json.dumps(value))}
    size = [("current", "STANDARD", 1 << 30, 1, 1)]
    written.write([
        {"name": "a", "rows": size, "properties": tags({"team": "red"})},
        {"name": "b", "rows": size, "properties": tags({"team": "red", "x": "y"})},
        {"name": "c", "rows": size, "properties": tags({"x": "y"})},
        {"name": "d", "rows": size, "properties": {"tags": ("none", None)}},
        {"name": "e", "rows": size, "properties": {"tags": ("denied", None)}}])
    rows = {(row["tag"], row["tag_state"]): str(row["usd"]) for row in cost(audit, "--by", "tag=team")}
    assert rows == {("red", "set"): "0.046000", (None, "none"): "0.046000", (None, "denied"): "0.023000"}
    assert "tags are not known (denied): e" in audit.run("query", "cost", "--by", "tag=team").stderr


def random_account(chance):
    buckets = []
    for number in range(chance.randint(1, 6)):
        rows = []
        for state in ("current", "noncurrent"):
            for _ in range(chance.randint(0, 4)):
                size = chance.choice([0, 1, 10_240, 131_071, 131_072, 1 << 20, 1 << 30, TIB5, 123_456_789_012])
                rows.append((state, chance.choice(bill_oracle.CLASSES), size, chance.randint(1, 40), 100))
        buckets.append({
            "name": f"bucket-{number}", "account": chance.choice(["111122223333", "444455556666"]),
            "region": chance.choice(["us-east-1", "us-east-2"]), "rows": rows, "versions": True,
            "prefixes": ["a/", "b/", ""],
            "uploads": [(chance.choice(bill_oracle.CLASSES), chance.choice([0, 5 << 20, TIB5]), 3)
                        for _ in range(chance.randint(0, 2))]})
    return buckets


@pytest.mark.parametrize("seed", range(int(os.environ.get("S3AUDIT_SEEDS", 6))))
@pytest.mark.parametrize("consolidated", [False, True], ids=["accounts", "consolidated"])
def test_random_accounts(audit, written, seed, consolidated):
    chance = random.Random(seed)
    buckets = random_account(chance)
    written.write(buckets)
    bill = Bill(buckets, consolidated)
    options = ["--consolidated"] if consolidated else []
    rows = {row["bucket"]: row for row in cost(audit, "--by", "bucket", *options)}
    for bucket in buckets:
        least, most, billed = bill.sums(bucket)
        row = rows[bucket["name"]]
        assert near(row["usd_at_least"], least), (bucket, row, least)
        assert row["usd_at_most"] is None if most is None else near(row["usd_at_most"], most), (bucket, row)
        assert row["billed_bytes"] == billed, (bucket, row)
        assert (row["usd"] is None) == (most is None or most != least), (bucket, row)
    total = one(audit, *options)
    for grouping in ("bucket", "region", "class", "state", "component", "prefix", "account"):
        rows = cost(audit, "--by", grouping, *options)
        for row in rows:
            if row["usd"] is not None:
                assert row["usd"] == row["usd_at_least"] == row["usd_at_most"], (grouping, row)
        for column in ("objects", "bytes", "usd", "usd_at_least", "usd_at_most", "billed_bytes"):
            values = [row[column] for row in rows]
            if None in values:
                assert total[column] is None, (grouping, column)
            else:
                assert sum(values) == total[column], (grouping, column)
