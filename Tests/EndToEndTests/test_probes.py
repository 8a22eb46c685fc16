"""The price of a first sync, estimated by a few requests a bucket: sync --dry-run --probe."""

import json

import pytest

from support import scripted_s3
from support.terminal import on_terminal


def probed(audit, *arguments, status=0, **options):
    """The rows of a probing dry run, by bucket."""
    result = audit.sync("--dry-run", "--probe", "--format", "json", *arguments, status=status, **options)
    return {row["bucket"]: row for row in json.loads(result.stdout)}


@pytest.mark.long
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
    assert rows["large"]["probe"] == "at least 4,000 objects: the server does not list from a key on"
    assert rows["large"]["estimate_low"] == 4_000 and rows["large"]["estimate_high"] is None
    assert "at least 7 LIST requests" in audit.sync("--dry-run", "--probe").stdout


def test_probe_without_dry_run_is_a_usage_error(audit, s3):
    result = audit.run("sync", "--probe")
    assert result.returncode == 64 and "--dry-run" in result.stderr and s3.requests == []


def test_empty_answers_are_no_end_of_a_page_that_promised_more(audit, s3):
    s3.buckets = {"large": [f"{number:05}" for number in range(6_000)]}

    def script(request, number):
        if "start-after" in request.query and not request.subresource:
            request.query["start-after"] = "~"
        return None
    s3.script = script
    row = probed(audit)["large"]
    assert row["objects_counted"] is None and row["objects_estimated"] is None
    assert row["probe"].startswith("at least 4,000 objects: ") and row["list_requests"] is None


def test_numbers_without_padding_are_within_the_bounds(audit, s3):
    s3.buckets = {"images": [f"img/{number}.jpg" for number in range(1, 12_001)]}
    row = probed(audit)["images"]
    assert row["estimate_low"] < row["estimate_high"]
    assert (row["estimate_low"] <= 12_000 <= row["estimate_high"]
            or 6_000 <= row["objects_estimated"] <= 24_000)


@pytest.mark.parametrize("objects", [300, 5_000])
def test_short_pages_are_counted_as_they_are(audit, simulator, objects):
    simulator("--bucket", f"logs:flat:{objects}", "--max-keys", "100")
    row = probed(audit)["logs"]
    assert abs(row["list_requests"] - objects // 100) <= 1 + objects // 1_000


def test_uploads_are_part_of_the_forecast(audit, s3):
    s3.buckets = {"a": ["x"], "b": ["y"]}
    text = audit.sync("--dry-run", "--probe", "--uploads").stdout
    assert "2 buckets, at least 4 LIST requests" in text and "How many unfinished uploads" in text
    assert "take a request for each" in audit.sync("--dry-run", "--probe", "--parts").stdout
    assert "small requests ask how buckets are set up" in text
    assert "small request" not in audit.sync("--dry-run", "--probe", "--no-properties").stdout


def test_probes_show_how_they_go_to_a_person_only(audit, simulator):
    simulator("--bucket", "slow:uuid:200000", "--latency", "50")
    _, shown = on_terminal(audit, "sync", "--dry-run", "--probe")
    assert "0/1 buckets" in shown
    assert audit.sync("--dry-run", "--probe").stderr == ""


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_table_fits_the_terminal(audit, s3, width):
    s3.buckets = {"a-bucket-with-a-rather-long-name-of-its-own": [f"{number:05}" for number in range(5_500)], "b": ["c"]}
    _, text = on_terminal(audit, "sync", "--dry-run", "--probe", "--no-color", "--progress", "never", columns=width)
    lines = text.replace("\r\n", "\n").split("\n")
    assert any("a-bucket" in line for line in lines)
    assert all(len(line) <= width for line in lines), lines


def test_a_pipe_gets_whole_texts_whatever_the_columns(audit, s3):
    """As with the tables of queries: only a terminal has a width."""
    s3.buckets = {"logs": ["a"]}
    narrow, wide = (audit.sync("--dry-run", "--probe", env={"COLUMNS": columns}).stdout for columns in ("60", "200"))
    assert narrow == wide
