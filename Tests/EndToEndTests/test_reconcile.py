"""The index beside CloudWatch, of accounts whose truth is known; and bills with CloudWatch's tiers."""

import datetime
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from fractions import Fraction as F

import pytest

from support.bill_oracle import near
from support.fake_cloudwatch import DAY, date, figures, today
from support.written_index import WrittenIndex

MIB = 1 << 20
GIB = 1 << 30
NOW_MS = 1_796_000_000_000


def ago(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).isoformat()


def reconciled(audit, *arguments, status=0):
    """The rows by class and component, and what was said beside them."""
    result = audit.run("query", "reconcile", *arguments, "--format", "json")
    assert result.returncode == status, result
    rows = json.loads(result.stdout)
    found = {(row["storage_class"], row["component"]): row for row in rows}
    assert len(found) == len(rows)
    return found, result.stderr


def fetch(audit, cloudwatch, points):
    cloudwatch.points["us-east-1"] = points
    assert audit.run("estimate").returncode in (0, 3)


@pytest.fixture
def versioned(audit, moto, cloudwatch):
    """A bucket with versions, markers and an upload of two parts: 5 objects, 2 of them noncurrent, 1 marker."""
    client = moto.client()
    client.create_bucket(Bucket="bucket")
    client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for key, size in (("a", 3), ("a", 4), ("b", 5), ("c", 6), ("d", 7)):
        client.put_object(Bucket="bucket", Key=key, Body=b"x" * size * MIB)
    client.delete_object(Bucket="bucket", Key="d")
    upload = client.create_multipart_upload(Bucket="bucket", Key="u")["UploadId"]
    for part in (1, 2):
        client.upload_part(Bucket="bucket", Key="u", UploadId=upload, PartNumber=part, Body=b"y" * 8 * MIB)
    return cloudwatch


TRUTH = {"StandardStorage": (3 + 4 + 5 + 6 + 7 + 16) * MIB}
COUNT = 3 + 2 + 1 + 2


def test_an_account_whose_truth_is_known_agrees(audit, versioned):
    audit.sync("--versions", "--uploads", "--parts")
    fetch(audit, versioned, figures("bucket", today(), COUNT, **TRUTH))
    rows, said = reconciled(audit)
    objects, storage = rows[None, "objects"], rows["STANDARD", "storage"]
    assert (objects["current"], objects["noncurrent"], objects["delete_markers"], objects["uploads"]) == (3, 2, 1, 2)
    assert objects["index"] == objects["cloudwatch"] == COUNT and objects["verdict"] == "agrees"
    assert (storage["current"], storage["noncurrent"], storage["uploads"]) == (15 * MIB, 10 * MIB, 16 * MIB)
    assert storage["difference"] == 0 and storage["verdict"] == "agrees" and storage["day"] == date(today())
    assert storage["state"] == "complete" and storage["synced_at"] and said == ""
    assert set(rows) == {(None, "objects"), ("STANDARD", "storage")}


@pytest.mark.parametrize("more, verdict, status", [
    (MIB, "agrees", 0), (-MIB, "agrees", 0), (MIB + 1, "differs", 2), (-MIB - 1, "differs", 2)])
def test_a_mebibyte_is_nothing_and_more_is_a_difference(audit, versioned, more, verdict, status):
    audit.sync("--versions", "--uploads", "--parts")
    fetch(audit, versioned, figures("bucket", today(), COUNT, StandardStorage=TRUTH["StandardStorage"] + more))
    rows, said = reconciled(audit, status=status)
    assert rows["STANDARD", "storage"]["verdict"] == verdict
    assert rows["STANDARD", "storage"]["difference"] == -more
    assert ("differ" in said) == (status == 2)


def test_a_number_of_objects_differs_too(audit, versioned):
    audit.sync("--versions", "--uploads", "--parts")
    fetch(audit, versioned, figures("bucket", today(), COUNT + 1, **TRUTH))
    assert reconciled(audit, status=2)[0][None, "objects"]["verdict"] == "differs"


def test_versions_that_were_never_listed_explain_more(audit, versioned):
    audit.sync()
    fetch(audit, versioned, figures("bucket", today(), COUNT, **TRUTH))
    rows, said = reconciled(audit)
    assert rows["STANDARD", "storage"]["verdict"] == rows[None, "objects"]["verdict"] == "versions unknown"
    assert rows["STANDARD", "storage"]["noncurrent"] is None and "sync --versions" in said
    # They do not explain that there is less.
    fetch(audit, versioned, figures("bucket", today(), 1, StandardStorage=MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"


def test_uploads_that_were_never_listed_are_named(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB)])
    audit.sync()
    fetch(audit, cloudwatch, figures("bucket", today(), 3, StandardStorage=30 * MIB))
    rows, said = reconciled(audit, status=2)
    assert rows["STANDARD", "storage"]["verdict"] == rows[None, "objects"]["verdict"] == "differs"
    assert "sync --uploads --parts" in said and "sync --versions" not in said
    # Versioning was never on: there are none.
    assert rows["STANDARD", "storage"]["noncurrent"] == 0
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, figures("bucket", today(), 3, StandardStorage=30 * MIB))
    assert "--uploads" not in reconciled(audit, status=2)[1]


def test_a_class_that_a_whole_day_leaves_out_was_empty(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB, None, ago(9)), ("b", 5 * MIB, "GLACIER", ago(9))])
    audit.sync()
    points = [*figures("bucket", today() - 3, 1, StandardStorage=3 * MIB),
              *figures("bucket", today() - 2, 1, StandardStorage=3 * MIB)]
    fetch(audit, cloudwatch, points)
    rows, said = reconciled(audit, status=2)
    glacier = rows["GLACIER", "storage"]
    assert (glacier["cloudwatch"], glacier["difference"], glacier["verdict"]) == (0, 5 * MIB, "differs")
    assert rows["STANDARD", "storage"]["verdict"] == "agrees" and "bucket" in said


def test_what_was_written_since_explains_more(audit, moto, cloudwatch):
    moto.load("bucket", [("old", 3 * MIB, None, ago(9)), ("new", 5 * MIB, None, ago(1))])
    audit.sync("--uploads", "--parts")
    day = today() - 2
    fetch(audit, cloudwatch, figures("bucket", day, 1, StandardStorage=3 * MIB))
    rows, _ = reconciled(audit)
    assert rows["STANDARD", "storage"]["verdict"] == rows[None, "objects"]["verdict"] == "older"
    # Not more than that.
    fetch(audit, cloudwatch, figures("bucket", day, 1, StandardStorage=1 * MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"
    # And not where the day had not ended.
    fetch(audit, cloudwatch, figures("bucket", today(), 1, StandardStorage=3 * MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"


def test_what_is_known_to_be_gone_explains_less(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB, None, ago(9)), ("b", 5 * MIB, None, ago(9))])
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, figures("bucket", today() - 2, 3, StandardStorage=13 * MIB))
    # Nothing is known to have gone.
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"
    moto.client().delete_object(Bucket="bucket", Key="b")
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, figures("bucket", today() - 2, 2, StandardStorage=8 * MIB))
    rows, _ = reconciled(audit)
    assert rows["STANDARD", "storage"]["verdict"] == rows[None, "objects"]["verdict"] == "older"
    fetch(audit, cloudwatch, figures("bucket", today() - 2, 2, StandardStorage=11 * MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"


def test_what_went_from_one_class_explains_no_other(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB, None, ago(9)), ("b", 5 * MIB, "GLACIER", ago(9))])
    audit.sync("--uploads", "--parts")
    points = figures("bucket", today() - 2, 2, StandardStorage=8 * MIB, GlacierStorage=5 * MIB)
    moto.client().delete_object(Bucket="bucket", Key="b")
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, points)
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"


@pytest.mark.parametrize("state", ["incomplete", "denied", "failed"])
def test_figures_that_are_not_whole_are_compared_with_nothing(audit, moto, cloudwatch, state):
    moto.load("bucket", [("a", 3 * MIB, None, ago(9))])
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, figures("bucket", today(), 9, StandardStorage=8 * MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["cloudwatch"] == 8 * MIB
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE estimate SET state = ? WHERE storage_type = 'AllStorageTypes'", [state])
    rows, said = reconciled(audit)
    assert {row["verdict"] for row in rows.values()} == {"no figure"} and state in said
    assert all(row["cloudwatch"] is None and row["difference"] is None for row in rows.values())


def test_overheads_stand_beside_those_of_our_rules(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 1_000, "STANDARD_IA"), ("b", 2 * MIB, "STANDARD_IA"), ("c", 4 * MIB, "GLACIER"),
                    ("d", 10, "GLACIER")])
    audit.sync()
    fetch(audit, cloudwatch, figures(
        "bucket", today(), 4, StandardIAStorage=2 * MIB + 1_000, StandardIASizeOverhead=131_072 - 1_000,
        GlacierStorage=4 * MIB + 10, GlacierObjectOverhead=2 * 32_768, GlacierS3ObjectOverhead=1, CrystalStorage=77))
    rows, _ = reconciled(audit)
    assert rows["STANDARD_IA", "padding"]["index"] == rows["STANDARD_IA", "padding"]["cloudwatch"] == 130_072
    assert rows["GLACIER", "archive_overhead"]["difference"] == 0
    assert rows["GLACIER", "archive_index"]["difference"] == 2 * 8_192 - 1
    assert rows["GLACIER", "archive_index"]["verdict"] is None
    assert rows["CrystalStorage", "storage"]["cloudwatch"] == 77 and rows["CrystalStorage", "storage"]["index"] is None
    shown, _ = reconciled(audit, "--class", "glacier")
    assert {name for name, _ in shown} == {"GLACIER"}


def test_no_figure_is_not_nothing(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB)])
    moto.load("empty")
    audit.sync("--uploads", "--parts")
    rows, _ = reconciled(audit, "bucket")
    assert {row["verdict"] for row in rows.values()} == {"no figure"}
    fetch(audit, cloudwatch, [*figures("bucket", today(), 1, GlacierStorage=9 * MIB), *figures("late", today(), 1)])
    rows, _ = reconciled(audit, "bucket", status=2)
    assert rows["STANDARD", "storage"]["verdict"] == "no figure" and rows["GLACIER", "storage"]["verdict"] == "differs"


def test_buckets_that_no_sync_has_listed_are_named(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB)])
    moto.load("other", ["x"])
    audit.sync("bucket")
    fetch(audit, cloudwatch, [
        *figures("bucket", today(), 1, StandardStorage=3 * MIB), *figures("other", today(), 1, StandardStorage=1)])
    rows, said = reconciled(audit)
    assert "other" in said and {row["bucket"] for row in rows.values()} == {"bucket"}


def test_a_figure_of_another_region_is_not_its(audit, moto, cloudwatch):
    moto.load("bucket", [("a", 3 * MIB)])
    audit.sync("--uploads", "--parts")
    fetch(audit, cloudwatch, figures("bucket", today(), 1, StandardStorage=9 * MIB))
    assert reconciled(audit, status=2)[0]["STANDARD", "storage"]["verdict"] == "differs"
    # What is not shown is not judged.
    assert reconciled(audit, "--class", "GLACIER") == ({}, "")
    result = audit.run("query", "reconcile", "--class", "GLACEIR")
    assert result.returncode == 1 and "GLACEIR" in result.stderr and "STANDARD" in result.stderr
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE estimate SET region = 'eu-west-1'")
    assert {row["verdict"] for row in reconciled(audit)[0].values()} == {"no figure"}


def test_a_prefix_is_refused(audit, moto):
    moto.load("bucket", ["x"])
    audit.sync()
    assert audit.run("query", "reconcile", "s3://bucket/p/").returncode == 64
    assert "2                       Done; a bucket differs" in audit.run("query", "reconcile", "--help").stdout


# Tiers of INTELLIGENT_TIERING on bills.

FREQUENT, INFREQUENT, INSTANT, ARCHIVE = F("0.023"), F("0.0125"), F("0.004"), F("0.0036")
MONITORING = F("0.0025") / 1_000


@pytest.fixture
def tiered(audit):
    """100 objects of 1 GiB, and what CloudWatch says of them."""
    now_ms = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1_000)
    written = WrittenIndex(audit, now_ms)
    written.write([{
        "name": "b", "rollups_only": True, "properties": {"versioning": ("none", None)},
        "rows": [("current", "INTELLIGENT_TIERING", GIB, 100, 9)]}])

    def say(days_old=1, state="complete", **types):
        with closing(sqlite3.connect(audit.index)) as database, database:
            database.execute("DELETE FROM estimate")
            for name, value in types.items():
                component = "archive_overhead" if "ObjectOverhead" in name else "storage"
                database.execute(
                    "INSERT INTO estimate VALUES ('', 'b', 'us-east-1', ?, '', 'INTELLIGENT_TIERING', ?, ?, ?, ?, NULL, 1)",
                    [name, component, value, (today() - days_old) * DAY * 1_000, state])
    return say


def cost(audit, *arguments):
    result = audit.run("query", "cost", *arguments, "--format", "json")
    assert result.returncode == 0, result
    [row] = json.loads(result.stdout, parse_float=Decimal)
    return row


SPLIT = {
    "IntelligentTieringFAStorage": 60 * GIB, "IntelligentTieringIAStorage": 25 * GIB,
    "IntelligentTieringAIAStorage": 5 * GIB, "IntelligentTieringAAStorage": 10 * GIB,
    "IntAAObjectOverhead": 10 * 32_768}


def expected(frequent, infrequent, instant, archive, archived):
    return (
        frequent * FREQUENT + infrequent * INFREQUENT + instant * INSTANT + archive * ARCHIVE + 100 * MONITORING
        + F(archived * 32, 1 << 20) * ARCHIVE + F(archived * 8, 1 << 20) * FREQUENT)


def test_tiers_are_cloudwatchs_where_they_are_new(audit, tiered):
    unknown = cost(audit)
    assert unknown["usd"] is None and unknown["usd_at_least"] < unknown["usd_at_most"]
    tiered(**SPLIT)
    row = cost(audit)
    assert near(row["usd"], expected(60, 25, 5, 10, 10)), row
    assert row["usd_at_least"] == row["usd_at_most"] == row["usd"]
    tiered(days_old=3, **SPLIT)
    assert cost(audit)["usd"] == row["usd"]


@pytest.mark.parametrize("change", [
    {"days_old": 4}, {"state": "incomplete"}, {"IntAAObjectOverhead": None}, {"IntelligentTieringIAStorage": None},
    {"IntelligentTieringQQStorage": 1}])
def test_tiers_that_are_old_or_lack_something_are_unknown(audit, tiered, change):
    tiered(**{**SPLIT, **change})
    assert cost(audit)["usd"] is None


def test_what_is_new_is_frequent_and_what_is_gone_is_shared(audit, tiered):
    # CloudWatch has 20 GiB less than the index.
    tiered(**{**SPLIT, "IntelligentTieringFAStorage": 40 * GIB})
    assert near(cost(audit)["usd"], expected(60, 25, 5, 10, 10))
    # It has 120 GiB in other tiers alone: these shrink alike.
    tiered(IntelligentTieringIAStorage=100 * GIB, IntelligentTieringAIAStorage=20 * GIB)
    assert near(cost(audit)["usd"], expected(0, F(250, 3), F(50, 3), 0, 0))


@pytest.mark.parametrize("state", [("set", '{"status":"Enabled"}'), ("denied", None)])
def test_tiers_may_be_those_of_versions_that_were_never_listed(audit, tiered, state):
    tiered(**SPLIT)
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute("UPDATE bucket_property SET state = ?, value = ? WHERE property = 'versioning'", state)
    for arguments in ([], ["--state", "current"]):
        row = cost(audit, *arguments)
        assert row["usd"] is None and row["usd_at_least"] > 0


def test_a_part_of_a_bucket_keeps_its_bounds(audit, tiered):
    tiered(**SPLIT)
    assert cost(audit, "--by", "bucket")["usd"] is not None
    assert cost(audit, "--by", "class")["usd"] is not None
    with closing(sqlite3.connect(audit.index)) as database, database:
        database.execute(
            "UPDATE bucket SET versions_synced_ms = synced_ms, versions_begun_ms = synced_ms")
        database.execute(
            "INSERT INTO version_usage (bucket_id, storage_class_id, objects, bytes, markers, small_objects,"
            " small_bytes) SELECT bucket_id, storage_class_id, 10, ?, 0, 0, 0 FROM bucket_usage", [10 * GIB])
    assert cost(audit)["usd"] is not None
    assert cost(audit, "--state", "current")["usd"] is None


def test_a_what_if_knows_tiers_too(audit, tiered):
    def saving(*arguments):
        result = audit.run("query", "what-if", *arguments, "--format", "json")
        assert result.returncode == 0, result
        [row] = json.loads(result.stdout, parse_float=Decimal)
        return row, result.stderr
    row, said = saving("--to", "GLACIER_IR")
    assert row["usd_now"] is None and "INTELLIGENT_TIERING" in said
    tiered(**SPLIT)
    row, said = saving("--to", "GLACIER_IR")
    now = expected(60, 25, 5, 10, 10)
    assert near(row["usd_now"], now) and near(row["usd_saving"], now - 100 * INSTANT), row
    assert "INTELLIGENT_TIERING" not in said
    assert near(saving("--expire")[0]["usd_saving"], now)
