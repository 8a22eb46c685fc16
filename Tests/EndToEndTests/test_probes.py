"""The price of a first sync, estimated by a few requests a bucket: sync --dry-run --probe."""

import json

import pytest

from support import scripted_s3


def probed(audit, *arguments, status=0, **options):
    """The rows of a probing dry run, by bucket."""
    result = audit.sync("--dry-run", "--probe", "--format", "json", *arguments, status=status, **options)
    return {row["bucket"]: row for row in json.loads(result.stdout)}


def test_large_bucket_is_estimated_and_a_small_one_is_counted(audit, simulator):
    simulator("--bucket", "large:uuid:300000", "--bucket", "small:flat:120")
    rows = probed(audit)
    large, small = rows["large"], rows["small"]
    assert 200_000 <= large["objects_estimated"] <= 450_000 and large["objects_counted"] is None
    assert large["estimate_low"] <= large["objects_estimated"] <= large["estimate_high"]
    assert large["list_requests"] == large["objects_estimated"] // 1_000
    assert large["probe_requests"] <= 96
    assert large["probe"].startswith("about ") and "estimated from" in large["probe"]
    assert large["objects_known"] is None
    assert small["objects_estimated"] is None and small["probe_requests"] == 1
    assert small["probe"] == f"{small['objects_counted']} objects" and small["list_requests"] == 1
    assert not audit.index.exists()
    text = audit.sync("--dry-run", "--probe").stdout
    assert "2 buckets, about " in text and f"estimated by {large['probe_requests'] + 1} probes." in text
    assert probed(audit) == rows, "a probe of the same says the same"


def test_what_the_index_knows_is_not_probed(audit, s3):
    s3.buckets = {"known": [f"{number:05}" for number in range(2_500)], "new": ["a", "b"]}
    audit.sync("s3://known")
    lists = len(s3.lists)
    rows = probed(audit)
    assert len(s3.lists) == lists + 1
    assert rows["known"]["probe_requests"] == 0 and rows["known"]["probe"] is None
    assert rows["known"]["objects_known"] == 2_500 and rows["known"]["objects_counted"] is None
    assert rows["new"]["objects_counted"] == 2 and rows["new"]["probe"] == "2 objects"
    assert "2 buckets, about 4 LIST requests, estimated by 1 probe." in audit.sync("--dry-run", "--probe").stdout


def test_prefix_is_probed(audit, s3):
    s3.buckets = {"known": [f"a/{number:05}" for number in range(1_500)] + ["b/1"]}
    audit.sync()
    row = probed(audit, "s3://known/a/")["known"]
    assert row["objects_counted"] == 1_500 and row["list_requests"] == 2 and row["probe_requests"] == 2


def test_refused_bucket_is_named(audit, s3):
    s3.buckets = {"closed": ["a"], "open": ["b"]}
    s3.list_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.bucket == "closed" else None)
    result = audit.sync("--dry-run", "--probe", "--format", "json", status=3)
    rows = {row["bucket"]: row for row in json.loads(result.stdout)}
    assert "s3://closed" in result.stderr and "s3:ListBucket" in result.stderr
    assert rows["closed"]["probe"] == "not known: access denied"
    assert rows["closed"]["list_requests"] is None and rows["closed"]["objects_counted"] is None
    assert rows["open"]["objects_counted"] == 1
    assert "2 buckets, at least 2 LIST requests" in audit.sync("--dry-run", "--probe", status=3).stdout


def test_missing_bucket_is_named(audit, s3):
    result = audit.sync("--dry-run", "--probe", "s3://missing", status=3)
    assert "NoSuchBucket" in result.stderr and "at least 1 LIST request" in result.stdout


@pytest.mark.parametrize("status, code", [(403, "AccessDenied"), (501, "NotImplemented"), (200, None)])
def test_nothing_is_made_up_without_start_after(audit, s3, status, code):
    """A server that refuses it, or ignores it: what fits into four pages is counted, more is not known."""
    s3.buckets = {"large": [f"{number:05}" for number in range(6_000)], "small": [f"{number:05}" for number in range(2_200)]}

    def script(request, number):
        if "start-after" not in request.query or request.subresource:
            return None
        if code:
            return scripted_s3.error(code, status)
        del request.query["start-after"]
        return None
    s3.script = script
    rows = probed(audit)
    assert rows["small"]["objects_counted"] == 2_200
    assert rows["large"]["objects_counted"] is None and rows["large"]["objects_estimated"] is None
    assert rows["large"]["list_requests"] is None
    assert rows["large"]["probe"] == "not known: the server does not list from a key on"
    assert "at least 4 LIST requests" in audit.sync("--dry-run", "--probe").stdout


def test_probe_without_dry_run_is_a_usage_error(audit, s3):
    result = audit.run("sync", "--probe")
    assert result.returncode == 64 and "--dry-run" in result.stderr and s3.requests == []
