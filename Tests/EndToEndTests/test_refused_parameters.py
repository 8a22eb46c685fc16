"""Servers that refuse what only helps, and answer without."""

import pytest

from support import scripted_s3
from support.scripted_s3 import KEYS

REFUSALS = [
    (400, "InvalidArgument"), (403, "AccessDenied"), (404, "NoSuchKey"), (405, "MethodNotAllowed"),
    (501, "NotImplemented"), (500, "InternalError"), (409, "OperationAborted"), (404, "NoSuchBucket"),
    (403, "SignatureDoesNotMatch")]
# What comes where S3 would send its error document.
BODIES = ["<html><title>Bad</title></html>", '{"error":"bad param"}', ""]
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


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("parameter", ["start-after", "max-buckets", "encoding-type", "max-keys", "list-type"])
def test_a_refusal_may_have_any_body(audit, s3, parameter, body):
    s3.buckets = {"bucket": ALL}
    s3.script = lambda request, number: (
        scripted_s3.Answer(body, 400) if parameter in request.query and not request.subresource
        else by_marker(request))
    audit.sync("--no-properties")
    audit.assert_complete(ALL)


def test_older_listing_is_tried_where_the_newer_is_denied(audit, s3):
    s3.buckets = {"bucket": ALL}
    s3.script = lambda request, number: (
        scripted_s3.error("AccessDenied", 403) if "list-type" in request.query else by_marker(request))
    audit.sync("--no-properties")
    audit.assert_complete(ALL)


@pytest.mark.parametrize("status, code", [(404, "NoSuchBucket"), (403, "SignatureDoesNotMatch"), (403, "AccessDenied")])
def test_what_is_refused_without_parameters_too_is_told(audit, s3, status, code):
    s3.buckets = {"bucket": KEYS}
    s3.script = lambda request, number: scripted_s3.error(code, status) if request.bucket else None
    listed = audit.run("list", "s3://bucket")
    assert listed.returncode != 0 and code in listed.stderr


# The end of a listing


def by_marker(request):
    """The answer to ListObjects for what follows a marker; None to other requests."""
    if not request.bucket or "list-type" in request.query or request.subresource or request.method != "GET":
        return None
    if "location" in request.query or "session" in request.query:
        return None
    keys = [key for key in ALL if key > request.query.get("marker", "")]
    return scripted_s3.Answer(
        scripted_s3.page(keys[:1_000], len(keys) > 1_000, encoding=request.query.get("encoding-type")))


@pytest.mark.parametrize("options", [["-c", "1"], []])
def test_token_that_leads_past_the_end_is_found_out(audit, s3, options):
    s3.buckets = {"bucket": KEYS}
    s3.list_script = lambda request, number: (
        scripted_s3.Answer(scripted_s3.page([])) if "continuation-token" in request.query else None)
    listed = audit.run("list", *options, "s3://bucket", "--format", "jsonl")
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == len(KEYS)
    audit.sync("--no-properties", *options)
    audit.assert_complete(KEYS)


def following(how):
    """What a server answers to a request for what follows a key; None for the right answer."""
    return {
        "refused": scripted_s3.error("InvalidArgument", 400), "denied": scripted_s3.error("AccessDenied", 403),
        "ignored": scripted_s3.Answer(scripted_s3.page(ALL[:1_000], True, "t1000")),
        "nothing": scripted_s3.Answer(scripted_s3.page([]))}.get(how)


@pytest.mark.parametrize("options", [["-c", "1"], []])
@pytest.mark.parametrize("start_after", ["refused", "denied", "ignored", "nothing"])
@pytest.mark.parametrize("marker", ["right", "refused", "ignored"])
def test_token_past_the_end_never_ends_a_listing(audit, s3, options, start_after, marker):
    """Nothing that was listed before is taken for removed, whoever can say what follows the last key."""
    s3.buckets = {"bucket": ALL}
    audit.sync("--no-properties")

    def script(request, number):
        if "start-after" in request.query:
            return following(start_after)
        if request.query.get("continuation-token") == "t1000":
            return scripted_s3.Answer(scripted_s3.page([]))
        if "marker" in request.query:
            return by_marker(request) if marker == "right" else following(marker)
    s3.script = script
    synced = audit.run("sync", "--no-properties", "--full", *options)
    state = audit.bucket("bucket")["state"]
    assert len(audit.objects("bucket")) == len(ALL)
    if marker == "right":
        assert (synced.returncode, state) == (0, "complete"), synced.stderr
    else:
        assert synced.returncode == 3 and state != "complete"
        assert "ends after 'k0999'" in synced.stderr
    listed = audit.run("list", "s3://bucket", *options)
    assert (listed.returncode == 0) == (marker == "right")


@pytest.mark.parametrize("takes_page_size", [True, False])
def test_end_is_believed_where_another_page_comes_to_it(audit, s3, takes_page_size):
    """An empty last page, on a server that takes neither start-after nor markers."""
    keys = KEYS[:2_000]
    s3.buckets = {"bucket": keys}

    def script(request, number):
        if "start-after" in request.query:
            return scripted_s3.error("NotImplemented", 501)
        if request.method == "GET" and request.bucket and not request.subresource and "list-type" in request.query:
            start = int(request.query.get("continuation-token", "t0")[1:])
            size = min(1_000, int(request.query["max-keys"])) if takes_page_size else 1_000
            page = keys[start:start + size]
            more = len(page) == size
            return scripted_s3.Answer(scripted_s3.page(page, more, f"t{start + len(page)}" if more else None))
    s3.script = script
    synced = audit.run("sync", "--no-properties", "-c", "1")
    if takes_page_size:
        assert synced.returncode == 0, synced.stderr
        audit.assert_complete(keys)
    else:
        assert synced.returncode == 3 and audit.bucket("bucket")["state"] != "complete"


# What says that there is more


@pytest.mark.parametrize("options", [["-c", "1"], []])
@pytest.mark.parametrize("more", [
    "<ContinuationToken>{}</ContinuationToken>", "<NextToken>{}</NextToken>", "<NextKeyMarker>{}</NextKeyMarker>",
    "<isTruncated>true</isTruncated><nextContinuationToken>{}</nextContinuationToken>", "<NextPage>{}</NextPage>"])
def test_pages_that_go_on_in_other_words_are_not_all(audit, s3, options, more):
    s3.buckets = {"bucket": ALL}
    s3.page_size = 100

    def script(request, number):
        if not request.is_list:
            return None
        body = s3.listing(request)
        token = body.partition("<NextContinuationToken>")[2].partition("<")[0]
        body = body.replace(f"<NextContinuationToken>{token}</NextContinuationToken>", "")
        body = body.replace("<IsTruncated>true</IsTruncated>", "").replace("<IsTruncated>false</IsTruncated>", "")
        return scripted_s3.Answer(body.replace("<KeyCount>", (more.format(token) if token else "") + "<KeyCount>"))
    s3.script = script
    audit.sync("--no-properties", *options)
    audit.assert_complete(ALL)
