"""Buckets by their region: for a sync, and for every question."""

import json

import pytest

from support import scripted_s3
from support.scripted_s3 import Answer, error

REGIONS = {"dublin": "eu-west-1", "logs": "us-east-1", "odd": None, "paris": "eu-west-3"}


@pytest.fixture
def world(s3):
    """Buckets in several regions, which the list does not tell; nobody says where `odd` is."""
    s3.buckets = {name: ["a", "b"] for name in REGIONS}

    def script(request, number):
        if not request.bucket or request.bucket not in REGIONS:
            return None
        region = REGIONS[request.bucket]
        if request.method == "HEAD":
            return Answer(headers={"x-amz-bucket-region": region} if region else {})
        if "location" in request.query:
            return error("NotImplemented", 501)
        return None
    s3.script = script
    return s3


def synced(audit):
    return [row[0] for row in audit.sql("SELECT bucket FROM buckets ORDER BY bucket")]


def test_sync_asks_where_a_bucket_is_before_it_leaves_it_out(audit, world):
    result = audit.sync("--in-region", "eu-*", status=3)
    assert synced(audit) == ["dublin", "paris"]
    assert "s3://odd" in result.stderr and "logs" not in result.stderr and "--in-region ''" in result.stderr
    assert {request.bucket for request in world.lists} == {"dublin", "paris"}


def test_the_empty_pattern_is_for_regions_that_nobody_knows(audit, world):
    audit.sync("--in-region", "eu-*", "--in-region", "")
    assert synced(audit) == ["dublin", "odd", "paris"]


def test_sync_by_the_regions_of_the_list(audit, s3):
    s3.buckets = {"dublin": ["a"], "logs": ["b"]}
    s3.script = lambda request, number: None if request.bucket else Answer(
        scripted_s3.bucket_list(s3.buckets, regions=REGIONS))
    audit.sync("--in-region=us-*")
    assert synced(audit) == ["logs"]
    assert {request.bucket for request in s3.requests if request.bucket} == {"logs"}


def test_named_buckets_too(audit, world):
    audit.sync("s3://dublin", "s3://logs/a", "--in-region", "us-*")
    assert synced(audit) == ["logs"]
    result = audit.sync("s3://nothere", "--in-region", "eu-*", status=1)
    assert "eu-*" in result.stderr


def test_dry_run_shows_the_same(audit, world):
    result = audit.run("sync", "--dry-run", "--in-region", "eu-*", "--format", "json")
    assert result.returncode == 3 and "s3://odd" in result.stderr
    assert [row["bucket"] for row in json.loads(result.stdout)] == ["dublin", "paris"]


def test_a_region_without_a_bucket_is_an_error(audit, world):
    result = audit.sync("--in-region", "ap-*", status=1)
    assert "'ap-*'" in result.stderr and "eu-west-1, eu-west-3, us-east-1" in result.stderr


QUESTIONS = [["totals", "--by", "bucket"], ["buckets"], ["find"], ["top"], ["du"], ["findings"]]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_every_question_takes_regions(audit, world, question):
    audit.sync()
    for pattern, names in {"eu-*": {"dublin", "paris"}, "us-east-1": {"logs"}, "": {"odd"}}.items():
        result = audit.run("query", *question, "--in-region", pattern, "--format", "json")
        assert result.returncode == 0
        assert {row["bucket"] for row in json.loads(result.stdout)} == names
        assert ("odd" in result.stderr) == (pattern != "")
    result = audit.run("query", *question, "--in-region", "eu-*", "--require-complete")
    assert result.returncode == 3
    result = audit.run("query", *question, "--in-region", "mars-*")
    assert result.returncode == 1 and "eu-west-1, eu-west-3, us-east-1" in result.stderr


def test_unknown_is_null_in_every_answer(audit, world):
    audit.sync()
    regions = [row["region"] for row in audit.query("totals", "--by", "region")]
    assert None in regions and "" not in regions
    assert audit.bucket("odd")["region"] is None
    assert audit.query("buckets", "odd")[0]["region"] is None
