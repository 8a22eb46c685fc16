"""Servers that are not AWS, and networks that are not perfect: each has bitten a client somewhere.

The rule behind all of them: the index equals what the server holds, or the exit code is not 0 and the
bucket is marked. Never a wrong total with exit 0.
"""

import resource
import urllib.parse

import pytest

from support import scripted_s3
from support.limits import limited
from support.scripted_s3 import KEYS, Answer, error, page

FEW = {"AWS_MAX_ATTEMPTS": "2"}


@pytest.fixture(autouse=True)
def one_page_after_another(audit):
    """What the server is asked, and when, stands in the scripts."""
    audit.sync_options = ("--concurrency", "1")


# Pages


def test_short_pages_with_more_to_come(audit, bucket):
    bucket.page_size = 868
    audit.sync()
    audit.assert_complete(KEYS)


def test_empty_page_in_the_middle(audit, bucket):
    bucket.list_script = lambda request, number: {
        0: Answer(page(KEYS[:100], True, "t100")), 1: Answer(page([], True, "t101")),
        2: Answer(page(KEYS[100:], False))}[number]
    audit.sync()
    audit.assert_complete(KEYS)
    assert bucket.lists[2].query["continuation-token"] == "t101"


def test_truncated_page_that_holds_the_last_key(audit, bucket):
    # The empty end is asked about once more, by the last key but one.
    bucket.list_script = lambda request, number: {
        0: Answer(page(KEYS, True, "t3000")), 1: Answer(page([], False)),
        2: Answer(page(KEYS[-1:], False))}[number]
    audit.sync()
    audit.assert_complete(KEYS)
    assert bucket.lists[2].query["start-after"] == KEYS[-2]


def test_endless_empty_pages_are_a_failure(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page([], True, f"t{number}"))
    audit.assert_marked()


def test_empty_page_whose_token_does_not_change_is_a_failure(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page([], True, "again"))
    audit.assert_marked()
    assert len(bucket.lists) < 5


def test_control_character_reference_in_a_token(audit, bucket):
    """Some gateways send what no XML 1.0 parser takes, although encoding-type=url was asked for."""
    def script(request, number):
        if number == 0:
            return Answer(page(KEYS[:1_000], True, "next&#x01;page"))
        assert request.query.get("continuation-token", "") in ("next\x01page", "")
        after = request.query.get("start-after", KEYS[999])
        return Answer(page(KEYS[KEYS.index(after) + 1:]))
    bucket.list_script = script
    audit.sync()
    audit.assert_complete(KEYS)


@pytest.mark.parametrize("token", [
    "a+b/c==", "ünïcode", "with space", "100%25", "&amp;&lt;", "key-0999", "x" * 4_000])
def test_tokens_are_sent_back_as_they_came(audit, bucket, token):
    plain = token.replace("&amp;", "&").replace("&lt;", "<")

    def script(request, number):
        if number == 0:
            return Answer(page(KEYS[:1_000], True, token))
        assert request.query.get("continuation-token") == plain, "AssertionError reaches nobody"
        return Answer(page(KEYS[1_000:]))
    bucket.list_script = script
    audit.sync()
    audit.assert_complete(KEYS)
    assert bucket.lists[1].query["continuation-token"] == plain


def test_no_token_although_truncated_goes_on_after_the_last_key(audit, bucket):
    def script(request, number):
        after = request.query.get("start-after")
        start = KEYS.index(after) + 1 if after else 0
        return Answer(page(KEYS[start:start + 1_000], start + 1_000 < len(KEYS)))
    bucket.list_script = script
    audit.sync()
    audit.assert_complete(KEYS)


def test_token_that_repeats_a_page_falls_back_to_start_after(audit, bucket):
    def script(request, number):
        after = request.query.get("start-after")
        start = KEYS.index(after) + 1 if after else 0
        return Answer(page(KEYS[start:start + 1_000], start + 1_000 < len(KEYS), "same"))
    bucket.list_script = script
    audit.sync()
    audit.assert_complete(KEYS)
    assert any("start-after" in request.query for request in bucket.lists)


def test_token_that_leads_back_to_the_beginning_later(audit, bucket):
    def script(request, number):
        token, after = request.query.get("continuation-token"), request.query.get("start-after")
        start = KEYS.index(after) + 1 if after else {None: 0, "t1": 1_000, "t2": 0}[token]
        return Answer(page(KEYS[start:start + 1_000], start < 2_000, "t1" if start == 0 else "t2"))
    bucket.list_script = script
    audit.sync()
    audit.assert_complete(KEYS)


def test_listing_that_never_advances_is_a_failure(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page(KEYS[:1_000], True, "same"))
    result = audit.assert_marked()
    assert "does not advance" in result.stderr
    assert len(bucket.lists) < 10


def test_overlapping_pages_count_each_key_once(audit, bucket):
    bucket.list_script = lambda request, number: {
        0: Answer(page(KEYS[:1_000], True, "t")), 1: Answer(page(KEYS[900:2_000], True, "u")),
        2: Answer(page(KEYS[1_999:]))}[number]
    audit.sync()
    audit.assert_complete(KEYS)


@pytest.mark.parametrize("keys", [
    ["a", "c", "b"], ["a", "a", "b"], ["b", "a"], ["a", "B"], ["\U00010000", "\uffee"]],
    ids=["order", "duplicate", "reversed", "case", "utf-16 order"])
def test_keys_out_of_order_are_sorted(audit, bucket, keys):
    bucket.list_script = lambda request, number: Answer(page(keys))
    audit.sync()
    audit.assert_complete(sorted(set(keys), key=str.encode))


@pytest.mark.parametrize("pages", [
    [["m", "n"], ["a", "b"]], [["m", "n"], ["a", "z"]], [["m", "n"], ["a", "b"], ["x", "y"]],
    [["m", "n"], ["a", "z"], ["zz"]]])
def test_pages_out_of_order_lose_no_key_in_silence(audit, bucket, pages):
    """Directory buckets of S3 list without order: what comes late is neither passed over nor removed."""
    def script(request, number):
        token = request.query.get("continuation-token")
        at = int(token) if token else 0
        return Answer(page(pages[at], at + 1 < len(pages), str(at + 1)))
    bucket.list_script = script
    result = audit.run("sync")
    if result.returncode == 0:
        assert set(audit.objects("bucket")) == {key for keys in pages for key in keys}
    else:
        assert result.returncode == 3 and audit.bucket("bucket")["state"] == "partial"


def test_a_size_that_cannot_be_is_a_failure_that_names_it(audit, s3):
    s3.buckets = {name: ["k"] for name in ("good", "huge", "minus")}
    sizes = {"good": 1 << 53, "huge": (1 << 63) - 1, "minus": (1 << 64) - 1}
    s3.list_script = lambda request, number: Answer(
        page(["a/k", "b"], size=sizes[request.bucket]))
    result = audit.sync(status=3, env=FEW)
    for name in ("huge", "minus"):
        assert f"not '{sizes[name]}' of the key 'a/k'" in result.stderr
    assert [audit.bucket(name)["state"] for name in sizes] == ["complete", "partial", "partial"]
    for question in (["totals"], ["totals", "--min-size", "1"], ["buckets"], ["du"], ["top"]):
        assert audit.run("query", *question).returncode == 0
    result = audit.run("list", "huge", env=FEW)
    assert result.returncode == 1 and "a/k" in result.stderr


def test_sizes_that_do_not_fit_together_fail_their_bucket_alone(audit, s3):
    s3.buckets = {"good": KEYS, "huge": KEYS}
    s3.page_size = 100
    well = s3.listing
    s3.list_script = lambda request, number: Answer(well(request).replace(
        "<Size>1<", f"<Size>{1 << 53}<") if request.bucket == "huge" else well(request))
    for _ in range(2):
        result = audit.sync(status=3)
        assert "s3://huge" in result.stderr and "bytes together" in result.stderr
        assert "s3://good" not in result.stderr
        assert (audit.bucket("good")["state"], audit.bucket("huge")["state"]) == ("complete", "partial")
        assert audit.run("query", "totals").returncode == 0
    s3.list_script = lambda request, number: None
    audit.sync()
    audit.check_index()


def test_a_full_disk_under_what_is_sorted_fails_that_bucket_alone(audit, s3, tmp_path):
    keys = [f"{number:05}-" + "x" * 900 for number in range(8_000)]
    s3.buckets = {"good": KEYS, "unsorted": keys}

    def script(request, number):
        if request.bucket == "good":
            return None
        start = int(request.query.get("continuation-token", "t0")[1:])
        some = keys[start:start + 1_000][::-1]
        more = start + 1_000 < len(keys)
        return Answer(page(some, more, f"t{start + 1_000}" if more else None))
    s3.list_script = script
    options = {"preexec_fn": limited(resource.RLIMIT_FSIZE, 4 << 20), "env": {"TMPDIR": str(tmp_path)}}
    result = audit.sync(status=3, **options)
    assert "s3://unsorted" in result.stderr and "temporary" in result.stderr
    assert "TMPDIR" in result.stderr and "the index's disk" not in result.stderr
    assert (audit.bucket("good")["state"], audit.bucket("unsorted")["state"]) == ("complete", "partial")
    result = audit.run("list", "unsorted", "-0", **options)
    assert result.returncode == 1 and "TMPDIR" in result.stderr and "the index's disk" not in result.stderr
    audit.sync()
    assert audit.bucket("unsorted")["objects"] == len(keys)


def test_keys_outside_the_prefix_are_a_failure(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page(["a", "key-1"]))
    result = audit.sync("s3://bucket/key-", status=3)
    assert "prefix" in result.stderr
    assert audit.objects("bucket") == {}


def test_failure_after_a_complete_sync_keeps_what_was_not_listed(audit, bucket):
    audit.sync()
    del bucket.buckets["bucket"][10:20]
    bucket.list_script = lambda request, number: (
        None if request.query.get("continuation-token") is None and "start-after" not in request.query
        else error("InternalError", 500))
    audit.assert_marked(env=FEW)
    assert len(audit.objects("bucket")) == 2_990
    assert audit.bucket("bucket")["synced_at"], "the last complete sync is not forgotten"
    bucket.list_script = lambda request, number: None
    audit.sync()
    audit.assert_complete(bucket.buckets["bucket"])


# Encodings

ODD = sorted(["a b", "a+b", "a%20b", "a%2Bb", "100%", "ü", "<&>", "\x01\x1f", "line\r\nend", "%", "%zz"],
             key=str.encode)


def test_encoded_keys_are_decoded_plus_as_space(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page(ODD))
    audit.sync()
    audit.assert_complete(ODD)


def test_keys_are_decoded_with_encoded_spaces_too(audit, bucket):

    bucket.list_script = lambda request, number: Answer(
        page(ODD, encode=lambda key: urllib.parse.quote(key, safe="")))
    audit.sync()
    audit.assert_complete(ODD)


def test_keys_are_left_alone_when_the_answer_says_no_encoding(audit, bucket):
    keys = sorted(["a b", "a+b", "a%20b", "a%2Bb", "100%", "ü", "<&>"], key=str.encode)
    bucket.list_script = lambda request, number: Answer(page(keys, encoding=None))
    audit.sync()
    audit.assert_complete(keys)


@pytest.mark.parametrize("etag, stored", [
    ('"d41d8cd98f00b204e9800998ecf8427e"', "d41d8cd98f00b204e9800998ecf8427e"),
    ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
    ('"d41d8cd98f00b204e9800998ecf8427e-12"', "d41d8cd98f00b204e9800998ecf8427e-12"), ("", "")])
def test_etags_are_stored_without_quotes(audit, bucket, etag, stored):
    bucket.list_script = lambda request, number: Answer(page(["k"], etag=etag))
    audit.sync()
    assert audit.objects("bucket")["k"][1] == stored


def test_sizes_beyond_32_bits(audit, bucket):
    bucket.list_script = lambda request, number: Answer(page(["a", "b"], size=5 << 40))
    audit.sync()
    assert audit.sql("SELECT bytes FROM buckets") == [(10 << 40,)]


@pytest.mark.parametrize("body", [
    page(["a"]).replace("<Size>1</Size>", ""), page(["a"], size="-1"), page(["a"], size="1e3"),
    page(["a"]).replace(scripted_s3.MODIFIED, "yesterday"), page(["a"]).replace("<Key>a</Key>", ""),
    page(["a"], size=1 << 64)])
def test_fields_that_cannot_be_are_a_failure(audit, bucket, body):
    bucket.list_script = lambda request, number: Answer(body)
    audit.assert_marked(env=FEW)
    assert audit.objects("bucket") == {}


def test_entities_of_a_hostile_document_are_refused(audit, bucket):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    bucket.list_script = lambda request, number: Answer(
        page(["k"]).replace("<ListBucketResult", bomb + "<ListBucketResult", 1)
        .replace("<Key>k", "<Key>&b;"))
    audit.assert_marked(env=FEW)


# Answers that are errors, or not answers


def failing(first, count=1):
    """The first `count` LIST requests get `first`, the others what is right."""
    return lambda request, number: first if number < count else None


@pytest.mark.parametrize("answer", [
    error("InternalError", 200), error("SlowDown", 503), error("InternalError", 500),
    Answer("", 503), Answer("<html>Bad Gateway</html>", 502, {"Content-Type": "text/html"}),
    error("RequestTimeout", 400), Answer(page(KEYS[:500])[:20_000]), Answer(""),
    Answer(page(KEYS[:500]), cut_at=20_000), Answer(page(KEYS[:500]), cut_at=0),
    Answer("<?xml version='1.0'?><html>portal</html>"), error("ServiceUnavailable", 503)],
    ids=["200 error", "slow down", "500", "503 empty", "502 html", "timeout", "xml cut short", "empty",
         "connection cut", "no body", "not s3", "unavailable"])
def test_passing_trouble_is_retried(audit, bucket, answer):
    bucket.list_script = failing(answer, 2)
    audit.sync()
    audit.assert_complete(KEYS)
    assert audit.last_sync()["retries"] >= 2


@pytest.mark.parametrize("answer, lists", [
    # A server may mean what only helps in the request: it is asked without, and in version 1, twice each.
    (error("InternalError", 200), 8), (error("InternalError", 500), 8),
    (Answer("<html></html>", 500), 8),
    (Answer(page(KEYS[:500])[:20_000]), 2), (Answer(page(KEYS[:500]), cut_at=20_000), 2)])
def test_lasting_trouble_marks_the_bucket(audit, bucket, answer, lists):
    bucket.list_script = failing(answer, 10_000)
    audit.assert_marked(env=FEW)
    assert len(bucket.lists) == lists


def test_trouble_in_the_middle_keeps_what_was_listed_before(audit, bucket):
    bucket.list_script = lambda request, number: None if number == 0 else error("InternalError", 500)
    audit.assert_marked(env=FEW)
    assert set(audit.objects("bucket")) == set(KEYS[:1_000])
    bucket.list_script = lambda request, number: None
    result = audit.synced()["bucket"]
    assert result["resumed"] is True
    assert bucket.lists[-2].query["start-after"] == KEYS[999]
    audit.assert_complete(KEYS)


def test_a_token_that_is_answered_with_a_web_page_does_not_end_the_sync_as_complete(audit, bucket):
    bucket.list_script = lambda request, number: (
        Answer("<!doctype html><title>500</title>", 500, {"Content-Type": "text/html"})
        if "continuation-token" in request.query else None)
    result = audit.run("sync", env=FEW)
    assert result.returncode == 3 or set(audit.objects("bucket")) == set(KEYS)
    if result.returncode == 3:
        assert audit.bucket("bucket")["state"] == "partial"
        assert audit.run("sync", env=FEW).returncode == 3
        audit.check_index()


def test_connection_closed_after_each_request(audit, bucket):
    bucket.closes_connections = True
    bucket.page_size = 100
    audit.sync()
    audit.assert_complete(KEYS)


def test_hostile_error_text_reaches_no_terminal(audit, bucket):
    bucket.list_script = lambda request, number: error(
        "Strange\x1b[31mCode", 400, "\u202eevil \x1b]0;owned\x07 message")
    result = audit.sync(status=3)
    shown = result.stderr + audit.run("query", "buckets").stdout + audit.run("query", "totals").stderr
    assert not set("\x1b\x07\u202e") & set(shown)
