"""Ranges, receipts and plans: together the ranges of a bucket are all of it, each key once, and prove it."""

import json
import subprocess
import urllib.parse

import pytest

from support.scripted_s3 import KEYS, Answer
from support.servers import listing


def run(audit, *arguments, status=0, stdin=None, **options):
    result = subprocess.run(
        [audit.binary, *map(str, arguments)], env=audit.variables(None), cwd=audit.home,
        input=stdin, capture_output=True, timeout=120, **options)
    assert result.returncode == status, result.stderr
    return result


def plan(audit, *arguments):
    return [json.loads(line) for line in run(audit, "plan", *arguments).stdout.splitlines()]


def decoded(text):
    return None if text is None else urllib.parse.unquote_to_bytes(text)


def listed(audit, url, text, number, *arguments):
    """The keys of a range, and its receipt."""
    result = run(audit, "list", "-0", url, "--range", text, "--receipt", f"r{number}.json", *arguments)
    receipt = json.loads((audit.home / f"r{number}.json").read_bytes())
    return result.stdout.split(b"\0")[:-1], receipt


@pytest.mark.parametrize("source, shape", [("server", "hostile"), ("server", "skewed"), ("index", "dates")])
def test_the_ranges_of_a_plan_are_the_whole_bucket(audit, simulator, source, shape):
    server = simulator("--bucket", f"2026-01-01:{shape}:9000")
    expected = sorted(key.encode() for key in listing(server.client(), "2026-01-01"))
    if source == "index":
        run(audit, "sync", "s3://2026-01-01")
    ranges = plan(audit, "s3://2026-01-01", "--ranges", 5, "--from", source)
    assert len(ranges) == 5
    found, receipts = [], []
    for number, each in enumerate(ranges):
        keys, receipt = listed(
            audit, "s3://2026-01-01", each["range"], number, *(["--sorted"] if number % 2 else []))
        assert receipt["objects"] == len(keys) and (source == "server" or each["objects"] == len(keys))
        assert decoded(receipt["first"]) == min(keys, default=None)
        assert decoded(receipt["last"]) == max(keys, default=None)
        found += keys
        receipts.append(f"r{number}.json")
    assert sorted(found) == expected
    assert run(audit, "plan", "--check", *receipts).stdout == b""
    assert b"gap" in run(audit, "plan", "--check", *receipts[1:], status=2).stdout
    changed = (audit.home / "r2.json").read_bytes().replace(b'"next":"', b'"next":"x')
    rest = b"".join((audit.home / name).read_bytes() for name in receipts if name != "r2.json")
    assert b"r" in run(audit, "plan", "--check", "-", status=2, stdin=rest + changed).stdout


def test_keys_of_any_bytes_are_told_exactly(audit, simulator):
    server = simulator("--bucket", "odd:hostile:400")
    keys = sorted(key.encode() for key in listing(server.client(), "odd"))
    for number, (lower, upper) in enumerate([(keys[7], keys[300]), (keys[300], keys[399]), (b"\xff\xff", b"")]):
        text = ":".join(urllib.parse.quote_from_bytes(end, safe="/").replace("-", "%2D") for end in (lower, upper))
        found, receipt = listed(audit, "s3://odd", text, number)
        assert sorted(found) == [key for key in keys if lower < key and (not upper or key <= upper)]
        assert decoded(receipt["next"]) == next((key for key in keys if upper and key > upper), None)
    assert receipt["objects"] == 0 and receipt["first"] is None and receipt["last"] is None


@pytest.mark.parametrize("text, words", [
    ("abc", b"colon"), ("b:a", b"no key comes after"), ("a%2:", b"'%2' is no byte"), ("a:b:c", b"%3A")])
def test_bad_ranges_send_no_request(audit, text, words):
    result = run(audit, "list", "s3://logs", "--range", text, "--endpoint-url", "http://127.0.0.1:1", status=64)
    assert words in result.stderr


def test_a_range_outside_the_prefix_or_without_order_sends_no_request(audit):
    there = ["--endpoint-url", "http://127.0.0.1:1"]
    assert b"no key below" in run(audit, "list", "s3://logs/x/", "--range", "a:b", *there, status=64).stderr
    bucket = "s3://logs--use1-az1--x-s3"
    assert b"no order" in run(audit, "list", bucket, "--range", "a:b", *there, status=1).stderr
    assert b"no order" in run(audit, "plan", bucket, "--ranges", 2, *there, status=1).stderr


@pytest.mark.parametrize("options", [[], ["--sorted"], ["-c", "1"]], ids=str)
def test_a_server_that_ignores_start_after_lists_no_range(audit, bucket, options):
    bucket.page_size = 50

    def script(request, number):
        request.query.pop("start-after", None)
        return Answer(bucket.listing(request))
    bucket.list_script = script
    middle = sorted(KEYS)[len(KEYS) // 2]
    result = run(audit, "list", "-0", "s3://bucket", "--range", f"{middle}:", *options, status=1)
    assert result.stdout == b"" and b"cannot be listed alone" in result.stderr


def test_a_reader_that_goes_away_leaves_no_receipt(audit, simulator):
    simulator("--bucket", "logs:flat:30000")
    (audit.home / "r.json").write_text("of an earlier listing")
    child = subprocess.Popen(
        [audit.binary, "list", "s3://logs", "--receipt", "r.json"], env=audit.variables(None), cwd=audit.home,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    assert b"went away" in child.stderr.read() and child.wait(timeout=60) == 1
    child.stderr.close()
    assert not (audit.home / "r.json").exists()


def listing_into(audit, output, *options, status=0):
    with open(audit.home / output, "wb") as file:
        result = subprocess.run(
            [audit.binary, "list", "s3://few", "--range", ":a", *options], env=audit.variables(None), cwd=audit.home,
            stdout=file, stderr=subprocess.PIPE, timeout=60)
    assert result.returncode == status, result.stderr
    return result.stderr


@pytest.mark.parametrize("path, words", [
    ("-", b"behind the objects"), ("/dev/stdout", b"behind the objects"), ("out", b"take the place of the objects"),
    ("link", b"take the place of the objects"), ("./out", b"take the place of the objects")])
def test_a_receipt_never_meets_the_objects(audit, path, words):
    (audit.home / "link").symlink_to("out")
    assert words in listing_into(audit, "out", "--receipt", path, status=64)
    assert not (audit.home / "-").exists() and (audit.home / "link").is_symlink()


def test_a_receipt_goes_where_a_link_leads_and_into_open_files(audit, simulator):
    simulator("--bucket", "few:flat:30")
    (audit.home / "r.json").write_text("of an earlier listing")
    (audit.home / "link").symlink_to("r.json")
    listing_into(audit, "out", "--receipt", "link")
    assert (audit.home / "link").is_symlink() and json.loads((audit.home / "r.json").read_bytes())["bucket"] == "few"
    assert json.loads(listing_into(audit, "out", "--receipt", "/dev/stderr"))["bucket"] == "few"


def test_an_argument_that_is_no_utf_8_is_not_another_prefix(audit):
    assert b"no UTF-8" in run(audit, "list", b"s3://few/\xff".decode(errors="surrogateescape"), status=64).stderr


def test_more_ranges_than_keys(audit, simulator):
    simulator("--bucket", "few:flat:30", "--bucket", "none:flat:0")
    assert b"ask for 30 ranges" in run(audit, "plan", "s3://few", "--ranges", 31, status=1).stderr
    assert len(plan(audit, "s3://few", "--ranges", 30)) == 30
    assert plan(audit, "s3://none", "--ranges", 1) == [{"bucket": "none", "objects": 0, "range": ":"}]
    assert b"no index" in run(audit, "plan", "s3://few", "--ranges", 2, "--from", "index", status=1).stderr
