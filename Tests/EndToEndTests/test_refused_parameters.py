"""Servers that refuse what only helps, and answer without."""

import pytest

from support import scripted_s3
from support.scripted_s3 import KEYS

REFUSALS = [
    (400, "InvalidArgument"), (403, "AccessDenied"), (404, "NoSuchKey"), (405, "MethodNotAllowed"),
    (501, "NotImplemented"), (500, "InternalError")]
ALL = [f"k{number:04}" for number in range(2_200)]
# A failure is repeated before it is believed.
FEW = {"AWS_MAX_ATTEMPTS": "3"}


def refusing(parameter, status, code):
    def script(request, number):
        if parameter in request.query and not request.subresource:
            return scripted_s3.error(code, status, "The parameter is not for you")
    return script


@pytest.mark.parametrize("status, code", REFUSALS)
def test_bucket_is_listed_by_token_where_start_after_is_refused(audit, s3, status, code):
    s3.buckets = {"bucket": ALL}
    s3.script = refusing("start-after", status, code)
    for options in ([], [], ["--full"], ["-c", "1"]):
        audit.sync("--no-properties", *options, env=FEW)
        audit.assert_complete(ALL)
    listed = audit.run("list", "s3://bucket", "--format", "jsonl", env=FEW)
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == len(ALL)


def test_denied_start_after_never_denies_the_bucket(audit, s3):
    """Whichever range is refused first: the answers come in another order each time."""
    s3.buckets = {"bucket": ALL}
    s3.script = refusing("start-after", 403, "AccessDenied")
    for _ in range(12):
        audit.sync("--no-properties")
        audit.assert_complete(ALL)


def test_crawl_that_was_cut_off_begins_anew_where_start_after_is_refused(audit, s3):
    s3.buckets = {"bucket": KEYS}
    s3.list_script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if request.query.get("start-after", "") > "key-1" else None)
    s3.script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if "continuation-token" in request.query else None)
    audit.sync("--no-properties", "-c", "1", status=3)
    assert audit.bucket("bucket")["state"] != "complete"
    s3.list_script, s3.script = (lambda request, number: None), refusing("start-after", 501, "NotImplemented")
    audit.sync("--no-properties")
    audit.assert_complete(KEYS)


@pytest.mark.parametrize("status, code", [
    (403, "ExpiredToken"), (400, "ExpiredToken"), (403, "RequestTimeTooSkewed"), (403, "InvalidAccessKeyId")])
def test_doubts_about_who_asks_keep_the_checkpoints(audit, s3, status, code):
    s3.buckets = {"bucket": ALL}
    s3.list_script = lambda request, number: (
        scripted_s3.error(code, status) if number >= 2 else None)
    audit.sync("--no-properties", "-c", "1", status=3)
    stored = len(audit.objects("bucket"))
    assert stored == 2_000
    s3.list_script = lambda request, number: None
    before = len(s3.lists)
    audit.sync("--no-properties", "-c", "1")
    audit.assert_complete(ALL)
    assert len(s3.lists) - before <= 2, "what was listed is not listed again"


@pytest.mark.parametrize("status, code", REFUSALS)
@pytest.mark.parametrize("parameter", ["encoding-type", "max-keys"])
def test_listing_does_without_what_is_refused(audit, s3, parameter, status, code):
    keys = [f"a b+c%25/{number:04}&<>" for number in range(1_500)]
    s3.buckets = {"bucket": keys}
    s3.script = refusing(parameter, status, code)
    audit.sync("--no-properties", env=FEW)
    audit.assert_complete(keys)


@pytest.mark.parametrize("status, code", REFUSALS)
def test_buckets_are_listed_without_max_buckets(audit, s3, status, code):
    s3.buckets = {"one": ["a"], "two": ["b"]}
    s3.script = lambda request, number: (
        scripted_s3.error(code, status) if "max-buckets" in request.query else None)
    audit.sync("--no-properties", env=FEW)
    assert audit.sql("SELECT bucket FROM buckets ORDER BY 1") == [("one",), ("two",)]


@pytest.mark.parametrize("options", [["-c", "1"], []])
def test_token_that_leads_past_the_end_is_found_out(audit, s3, options):
    s3.buckets = {"bucket": KEYS}
    s3.list_script = lambda request, number: (
        scripted_s3.Answer(scripted_s3.page([])) if "continuation-token" in request.query else None)
    listed = audit.run("list", *options, "s3://bucket", "--format", "jsonl")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == len(KEYS)
    audit.sync("--no-properties", *options)
    audit.assert_complete(KEYS)


def test_end_is_believed_where_nobody_can_say(audit, s3):
    """An empty last page, on a server that refuses start-after."""
    s3.buckets = {"bucket": KEYS[:2_000]}

    def script(request, number):
        if "start-after" in request.query:
            return scripted_s3.error("NotImplemented", 501)
        if request.query.get("continuation-token") == "t2000":
            return scripted_s3.Answer(scripted_s3.page([]))
        if request.query.get("continuation-token") == "t1000":
            return scripted_s3.Answer(scripted_s3.page(KEYS[1_000:2_000], True, "t2000"))
    s3.list_script = script
    audit.sync("--no-properties", "-c", "1")
    audit.assert_complete(KEYS[:2_000])
